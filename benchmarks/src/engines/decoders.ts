import { type Backend, type Checkpoint, type DecoderConfig, SafetensorsCheckpoint } from '@headwise/core';
import {
  type DecoderEngine,
  type DecoderSession,
  decoderFromCheckpoint,
  LocalDecoderEngine,
  parseDecoderConfig,
  toFloat32,
  WHOLE,
} from '@headwise/core/internal';
import { Llama2cCheckpoint } from '@headwise/core/llama2c';
import { decoderShapes } from '../cases/decoders.ts';
import type { GenerateWork } from '../cases/work.ts';
import type { Prepared } from './engine.ts';
import type { Platform } from './platform.ts';
import { safetensorsSource } from './safetensors.ts';

/** A decoder's weights by checkpoint name: the work's random weights, or those of stories15M's file. */
export async function decoderWeights(
  platform: Platform,
  { weights }: Pick<GenerateWork, 'weights'>,
): Promise<ReadonlyMap<string, Float32Array>> {
  if (weights) return weights;
  const file = await platform.stories15m();
  const source = { size: file.length, read: async (from: number, to: number) => file.subarray(from, to) };
  const checkpoint = await Llama2cCheckpoint.open(source, 'stories15M');
  const read = async (name: string) => {
    return [name, toFloat32(await checkpoint.read(name))] as const;
  };
  return new Map(await Promise.all(checkpoint.names.map(read)));
}

/** What a decoder is loaded by. */
type DecoderWork = Pick<GenerateWork, 'config' | 'weights' | 'dtype'>;

/** Cache key of a loaded decoder. */
export function decoderKey({ model, dtype }: GenerateWork): string {
  return `${model} ${dtype}`;
}

/** Config and checkpoint of a work's decoder. */
export async function decoderCheckpoint(
  platform: Platform,
  work: Pick<DecoderWork, 'config' | 'weights'>,
): Promise<{ config: DecoderConfig; checkpoint: Checkpoint }> {
  const weights = await decoderWeights(platform, work);
  const source = safetensorsSource(weights, decoderShapes(work.config));
  return {
    config: parseDecoderConfig(work.config),
    checkpoint: await SafetensorsCheckpoint.open(source),
  };
}

/** Loads a work's decoder on a backend of Headwise. */
export async function loadDecoderEngine(
  platform: Platform,
  backend: Backend,
  work: DecoderWork,
): Promise<LocalDecoderEngine> {
  const { config, checkpoint } = await decoderCheckpoint(platform, work);
  const plan = { shard: WHOLE, dtype: work.dtype };
  return new LocalDecoderEngine(backend, await decoderFromCheckpoint(config, checkpoint, backend, plan));
}

/** Opens a session with the past in its cache. Each run decodes the tokens after the past again. */
export async function prepareGeneration(
  engine: Pick<DecoderEngine, 'openSession'>,
  { past, tokens, atOnce }: GenerateWork,
): Promise<Prepared> {
  const session = await engine.openSession({ slots: 1, capacity: past.length + tokens.length });
  if (past.length > 0) await decode(session, past, 0);
  const run = async () => {
    let logits: Float32Array = new Float32Array(0);
    for (let i = 0; i < tokens.length; i += atOnce) {
      logits = await decode(session, tokens.subarray(i, i + atOnce), past.length + i);
    }
    return logits;
  };
  return { run, dispose: () => session.close() };
}

/** A forward pass of a sequence's tokens from position `start` on. The logits of the last one. */
export async function decode(session: DecoderSession, ids: Int32Array, start: number): Promise<Float32Array> {
  const { logits } = await session.decode({
    ids,
    offsets: Int32Array.of(0, ids.length),
    slots: Int32Array.of(0),
    starts: Int32Array.of(start),
  });
  return logits.data;
}
