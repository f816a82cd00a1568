import type { Backend } from '../../src/index.ts';
import { createBackend } from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  type Decoder,
  decoderFromCheckpoint,
  type Encoder,
  encoderFromCheckpoint,
  parseDecoderConfig,
  parseEncoderConfig,
  parseSeq2SeqConfig,
  seq2SeqFromCheckpoint,
} from '../../src/internal.ts';
import type { TaskHeadKind } from '../../src/models/encoders/task-heads.ts';
import { Random } from '../../src/platform/random.ts';
import { loadTrainable, type Trainable } from '../../src/train/index.ts';
import type { backendNames } from './fixture.ts';
import { type TinyDecoder, tinyDecoderCheckpoint, tinyDecoderConfig } from './tiny-decoders.ts';
import { type TinyArchitecture, tinyCheckpoint, tinyConfig } from './tiny-encoders.ts';
import { type TinySeq2Seq, tinySeq2SeqCheckpoint, tinySeq2SeqConfig } from './tiny-seq2seq.ts';

export type BackendName = (typeof backendNames)[number];

/** A tiny decoder to train. */
export async function trainableDecoder(
  name: TinyDecoder,
  backendName: BackendName = 'wasm-simd',
): Promise<Trainable<Decoder>> {
  const config = parseDecoderConfig(tinyDecoderConfig(name));
  const weights = await tinyDecoderCheckpoint(name);
  return loadTrainable(await createBackend(backendName), weights, (checkpoint, recording) =>
    decoderFromCheckpoint(config, checkpoint, recording, ALL_WEIGHTS),
  );
}

/** A tiny encoder–decoder to train. */
export async function trainableSeq2Seq(
  name: TinySeq2Seq,
  backendName: BackendName = 'wasm-simd',
): Promise<Trainable<Decoder>> {
  const config = parseSeq2SeqConfig(tinySeq2SeqConfig(name));
  const weights = await tinySeq2SeqCheckpoint(name);
  return loadTrainable(await createBackend(backendName), weights, (checkpoint, recording) =>
    seq2SeqFromCheckpoint(config, checkpoint, recording, ALL_WEIGHTS),
  );
}

/** A tiny encoder with a task head to train. Tensors that its checkpoint lacks are initialised. */
export async function trainableEncoder(
  name: TinyArchitecture,
  heads: readonly TaskHeadKind[],
  backendName: BackendName = 'wasm-simd',
): Promise<Trainable<Encoder>> {
  return trainableEncoderOn(await createBackend(backendName), name, heads);
}

export async function trainableEncoderOn(
  backend: Backend,
  name: TinyArchitecture,
  heads: readonly TaskHeadKind[],
  configJson: Record<string, unknown> = tinyConfig(name),
): Promise<Trainable<Encoder>> {
  const config = parseEncoderConfig(configJson, heads);
  const checkpoint = await tinyCheckpoint(name);
  return loadTrainable(backend, checkpoint, (weights, recording) =>
    encoderFromCheckpoint(config, weights, recording, ALL_WEIGHTS),
  );
}

/** Token sequences of `least` to `most` tokens with ids from `firstId` to below `vocabulary`. */
export function someSequences(
  count: number,
  { least = 4, most = 9, vocabulary = 61, firstId = 5, seed = 1 } = {},
): Int32Array[] {
  const random = new Random(seed);
  const below = (limit: number) => Math.floor(random.next() * limit);
  return Array.from({ length: count }, () =>
    Int32Array.from({ length: least + below(most - least + 1) }, () => firstId + below(vocabulary - firstId)),
  );
}

/** A copy of the values of all parameters. */
export function valuesOf({ parameters }: Pick<Trainable<unknown>, 'parameters'>): Float32Array {
  return parameters.values.slice();
}
