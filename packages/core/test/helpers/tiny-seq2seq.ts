import { readFileSync } from 'node:fs';
import { type Backend, type Checkpoint, SafetensorsCheckpoint } from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  type Decoder,
  parseSeq2SeqConfig,
  seq2SeqFromCheckpoint,
  type TokenBatch,
  type WeightPlan,
} from '../../src/internal.ts';
import { checkpointOf } from '../../src/nn/torch/state-dict.ts';
import type { FloatArray } from '../../src/nn.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import type { StoredArray } from './fixture.ts';

/** Models with a checkpoint from test/fixtures/make/seq2seq_lm.py. */
export const tinySeq2Seqs = [
  't5',
  't5-v1.1',
  'bart',
  'bart-base',
  'marian',
  'umt5',
  'mbart',
  'm2m100',
  'pegasus',
] as const;
/** Those that can be created and trained. */
export const trainableSeq2Seqs = ['t5', 't5-v1.1', 'bart', 'bart-base', 'marian'] as const;
export type TinySeq2Seq = (typeof tinySeq2Seqs)[number];

export interface Seq2SeqSequence {
  readonly ids: readonly number[];
  /** `[source, hiddenSize]` */
  readonly encoded: StoredArray;
  /** `[layers, heads, source, source]` */
  readonly encoderAttention: StoredArray;
  /** The decoder inputs. */
  readonly target: readonly number[];
  /** `[target, vocabulary]` */
  readonly logits: StoredArray;
  /** `[layers, heads, target, target]` */
  readonly decoderAttention: StoredArray;
  /** `[layers, heads, target, source]` */
  readonly crossAttention: StoredArray;
}

export interface Seq2SeqReference {
  readonly sequences: readonly Seq2SeqSequence[];
  readonly greedy: { readonly prompt: readonly number[]; readonly ids: readonly number[] };
}

const folder = (name: TinySeq2Seq) => new URL(`../fixtures/seq2seq-lm/${name}/`, import.meta.url);
const readJson = (name: TinySeq2Seq, file: string) =>
  JSON.parse(readFileSync(new URL(file, folder(name)), 'utf8'));

export const tinySeq2SeqConfig = (name: TinySeq2Seq): Record<string, unknown> =>
  readJson(name, 'config.json');

export const tinySeq2SeqReference = (name: TinySeq2Seq): Seq2SeqReference => readJson(name, 'reference.json');

export const tinySeq2SeqWeights = (name: TinySeq2Seq): Uint8Array =>
  new Uint8Array(readFileSync(new URL('model.safetensors', folder(name))));

export function tinySeq2SeqCheckpoint(name: TinySeq2Seq): Promise<SafetensorsCheckpoint> {
  const bytes = tinySeq2SeqWeights(name);
  return SafetensorsCheckpoint.open({
    size: bytes.length,
    read: async (from, to) => bytes.subarray(from, to),
  });
}

/** A tiny encoder–decoder's tensors, some of them changed, deleted or added. */
export async function changedSeq2Seq(
  name: TinySeq2Seq,
  change: (tensors: Map<string, FloatArray>) => void,
): Promise<Checkpoint> {
  const checkpoint = await tinySeq2SeqCheckpoint(name);
  const tensors = new Map<string, FloatArray>();
  for (const tensor of checkpoint.names) {
    const read = await checkpoint.read(tensor);
    tensors.set(tensor, { shape: read.shape, data: toFloat32(read) });
  }
  change(tensors);
  return checkpointOf(tensors);
}

/** Loads a tiny encoder–decoder. `config` overrides values of config.json. */
export async function tinySeq2Seq(
  name: TinySeq2Seq,
  backend: Backend,
  options: { plan?: WeightPlan; checkpoint?: Checkpoint; config?: Record<string, unknown> } = {},
): Promise<Decoder> {
  const { plan = ALL_WEIGHTS, checkpoint = await tinySeq2SeqCheckpoint(name), config } = options;
  return seq2SeqFromCheckpoint(
    parseSeq2SeqConfig({ ...tinySeq2SeqConfig(name), ...config }),
    checkpoint,
    backend,
    plan,
  );
}

/** The batch of sources for `encodeSource`. */
export function sourcesOf(...texts: readonly (readonly number[])[]): TokenBatch {
  const ids = Int32Array.from(texts.flat());
  const offsets = new Int32Array(texts.length + 1);
  for (const [s, text] of texts.entries()) offsets[s + 1] = offsets[s]! + text.length;
  return { ids, typeIds: new Int32Array(ids.length), offsets };
}
