import { readFileSync } from 'node:fs';
import { type Backend, type Checkpoint, SafetensorsCheckpoint } from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  type DecodeBatch,
  type Decoder,
  decoderFromCheckpoint,
  type EncodeOutput,
  readDecoderConfig,
  type WeightPlan,
} from '../../src/internal.ts';
import { checkpointOf } from '../../src/nn/torch/state-dict.ts';
import type { FloatArray } from '../../src/nn.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import type { StoredArray } from './fixture.ts';

/** Models with a checkpoint from test/fixtures/make/causal_lm.py. */
export const tinyDecoders = ['gpt2', 'llama', 'llama-linear', 'llama3', 'mistral', 'qwen2', 'qwen3'] as const;

/** Models with a checkpoint from test/fixtures/make/decoder_families.py. */
export const tinyFamilies = [
  'cohere',
  'cohere2',
  'falcon-11b',
  'falcon-40b',
  'falcon-7b',
  'falcon-rw',
  'gemma',
  'gemma2',
  'gemma3',
  'gpt-neo',
  'gpt-neox',
  'gpt-neox-sequential',
  'gptj',
  'granite',
  'llama-dynamic',
  'llama-yarn',
  'mixtral',
  'olmo2',
  'opt',
  'opt-350m',
  'phi',
  'phi-norms',
  'phi3',
  'phi3-longrope',
  'qwen2-moe',
  'qwen3-moe',
  'smollm3',
  'stablelm',
  'stablelm-parallel',
] as const;
export type TinyDecoder = (typeof tinyDecoders)[number] | (typeof tinyFamilies)[number];

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

/** Loads a tiny decoder. `config` overrides values of config.json. */
export async function loadTinyDecoder(
  name: TinyDecoder,
  backend: Backend,
  config: Record<string, unknown> = {},
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<Decoder> {
  const parsed = await readDecoderConfig({ ...tinyDecoderConfig(name), ...config });
  return decoderFromCheckpoint(parsed, await tinyDecoderCheckpoint(name), backend, plan);
}

/** The new tokens of a sequence, its slot and its number of cached tokens. */
export interface NewTokens {
  readonly ids: readonly number[];
  readonly slot?: number;
  readonly start?: number;
}

export function decodeBatch(...sequences: readonly NewTokens[]): DecodeBatch {
  const offsets = new Int32Array(sequences.length + 1);
  for (const [s, { ids }] of sequences.entries()) offsets[s + 1] = offsets[s]! + ids.length;
  return {
    ids: Int32Array.from(sequences.flatMap(({ ids }) => ids)),
    offsets,
    slots: Int32Array.from(sequences, ({ slot = 0 }) => slot),
    starts: Int32Array.from(sequences, ({ start = 0 }) => start),
  };
}

/** Rows `from` to `to` of logits. */
export function logitRows({ shape, data }: EncodeOutput, from: number, to: number): Float32Array {
  const width = shape[1]!;
  return data.subarray(from * width, to * width);
}

/** Pseudorandom token ids below `vocabulary`, from a seed. */
export function someIds(count: number, seed = 1, vocabulary = 61): number[] {
  let state = seed;
  // Mulberry32.
  return Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * vocabulary);
  });
}

/** A tiny decoder's tensors, some of them changed, deleted or added. */
export async function changedDecoder(
  name: TinyDecoder,
  change: (tensors: Map<string, FloatArray>) => void,
): Promise<Checkpoint> {
  const checkpoint = await tinyDecoderCheckpoint(name);
  const tensors = new Map<string, FloatArray>();
  for (const tensor of checkpoint.names) {
    const read = await checkpoint.read(tensor);
    tensors.set(tensor, { shape: read.shape, data: toFloat32(read) });
  }
  change(tensors);
  return checkpointOf(tensors);
}
