import { readFileSync } from 'node:fs';
import { SafetensorsCheckpoint } from '../../src/weights/index.ts';
import type { StoredArray } from './fixture.ts';

/** Checkpoints that test/fixtures/make/causal_lm.py has made. */
export const tinyDecoders = ['gpt2', 'llama', 'llama-linear', 'llama3', 'mistral', 'qwen2', 'qwen3'] as const;
export type TinyDecoder = (typeof tinyDecoders)[number];

export interface ReferenceSequence {
  readonly ids: readonly number[];
  /** `[tokens, vocabulary]` */
  readonly logits: StoredArray;
  /** `[layers, heads, tokens, tokens]` */
  readonly attention: StoredArray;
  /** `[layers, tokens, vocabulary]` */
  readonly lens: StoredArray;
}

export interface DecoderReference {
  readonly sequences: readonly ReferenceSequence[];
  readonly greedy: { readonly prompt: readonly number[]; readonly ids: readonly number[] };
}

const folder = (name: TinyDecoder) => new URL(`../fixtures/decoders/${name}/`, import.meta.url);
const readJson = (name: TinyDecoder, file: string) =>
  JSON.parse(readFileSync(new URL(file, folder(name)), 'utf8'));

export const tinyDecoderConfig = (name: TinyDecoder): Record<string, unknown> =>
  readJson(name, 'config.json');

export const tinyDecoderReference = (name: TinyDecoder): DecoderReference => readJson(name, 'reference.json');

export const tinyDecoderWeights = (name: TinyDecoder): Uint8Array =>
  new Uint8Array(readFileSync(new URL('model.safetensors', folder(name))));

export function tinyDecoderCheckpoint(name: TinyDecoder): Promise<SafetensorsCheckpoint> {
  const bytes = tinyDecoderWeights(name);
  return SafetensorsCheckpoint.open({
    size: bytes.length,
    read: async (from, to) => bytes.subarray(from, to),
  });
}
