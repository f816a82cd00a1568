import {
  type Operation,
  type OperationName,
  operations,
  type ParametersOf,
  Random,
  type ValuesOf,
} from '@headwise/operation-cases';
import type { Dtype } from '../row.ts';
import type { BertConfig, EncoderModelName } from './bert.ts';
import type { DecoderConfig, DecoderModelName, LlamaConfig } from './decoders.ts';
import type { SpeechWork } from './speech.ts';
import type { TokenizeWork } from './tokenize.ts';
import type { TrainWork } from './train.ts';

/** One backend operation and the values of its operands. */
export type OperationWork<N extends OperationName = OperationName> = {
  [K in N]: { readonly kind: K; readonly parameters: ParametersOf<K>; readonly values: ValuesOf<K> };
}[N];

/** Draws the operands of an operation. */
export function operationWork<N extends OperationName>(
  kind: N,
  parameters: ParametersOf<N>,
  seed = 1,
): OperationWork<N> {
  const operation = operations[kind] as unknown as Operation<ParametersOf<N>, ValuesOf<N>>;
  return { kind, parameters, values: operation.values(parameters, new Random(seed)) } as OperationWork<N>;
}

/**
 * All linear layers of a decoder on one token, each on the input of its width. The output is all layers' outputs, concatenated. The layers do
 * not feed each other, so that the error of each is checked.
 */
export interface DecodeWork {
  readonly kind: 'decode';
  readonly dtype: Dtype;
  /** Layers of equal `inFeatures` have the same input array. */
  readonly layers: readonly OperationWork<'linear'>[];
}

/** One text through a BERT encoder to an embedding: the L2-normalised mean over its tokens. */
export interface EncoderWork {
  readonly kind: 'encoder';
  readonly dtype: Dtype;
  readonly model: EncoderModelName;
  readonly config: BertConfig;
  readonly text: string;
  /** The text's token ids, for engines without a tokenizer. */
  readonly ids: Int32Array;
  /** Random weights by checkpoint name; undefined for a model with files. */
  readonly weights: ReadonlyMap<string, Float32Array> | undefined;
}

/** Texts of different lengths through an encoder in one call. The output is their embeddings, concatenated. */
export interface BatchWork {
  readonly kind: 'batch';
  readonly encoder: EncoderWork;
  readonly texts: readonly string[];
}

/** Given tokens through a decoder with a filled cache. The output is the logits after the last token. */
export interface GenerateWork {
  readonly kind: 'generate';
  readonly dtype: Dtype;
  readonly model: DecoderModelName;
  readonly config: DecoderConfig;
  /** Random weights by checkpoint name; undefined for a model with files. */
  readonly weights: ReadonlyMap<string, Float32Array> | undefined;
  /** Tokens in the cache when a run begins; not timed. */
  readonly past: Int32Array;
  readonly tokens: Int32Array;
  /** Tokens per forward pass: all of a prompt, or 1. */
  readonly atOnce: number;
}

/** Greedy tokens of a GGUF file, through the function that users call. The output is the beginning of the text. */
export interface StreamWork {
  readonly kind: 'stream';
  /** Headwise's type of the weights; the file's is `type`. */
  readonly dtype: Dtype;
  readonly type: 'F32' | 'Q8_0' | 'Q4_0';
  readonly model: DecoderModelName;
  readonly config: LlamaConfig;
  /** Random weights by checkpoint name; undefined for a model with files. */
  readonly weights: ReadonlyMap<string, Float32Array> | undefined;
  readonly prompt: string;
  readonly newTokens: number;
  /** Characters of the text that engines must agree on. */
  readonly checkedCharacters: number;
}

/** Greedy tokens after a prompt of random words. The output is their ids. */
export interface GreedyWork {
  readonly kind: 'greedy';
  readonly dtype: Dtype;
  readonly model: DecoderModelName;
  readonly config: DecoderConfig;
  /** Random weights by checkpoint name; undefined for a model with files. */
  readonly weights: ReadonlyMap<string, Float32Array> | undefined;
  /** Words `w<id>`, of which each is a token. */
  readonly prompt: string;
  readonly newTokens: number;
}

export type Work =
  | StreamWork
  | GreedyWork
  | OperationWork
  | DecodeWork
  | EncoderWork
  | BatchWork
  | GenerateWork
  | TrainWork
  | TokenizeWork
  | SpeechWork;

/** Weight type of a work. */
export function dtypeOf(work: Work): Dtype {
  if (work.kind === 'linear') return (work.parameters.dtype ?? 'f32') as Dtype;
  return 'dtype' in work ? work.dtype : 'f32';
}

/** The same work with f32 weights, if its output is nearly that of f32. */
export function withF32(work: Work): Work {
  if (work.kind === 'linear') return { ...work, parameters: { ...work.parameters, dtype: 'f32' } };
  // Tokens depend on the type.
  if (work.kind === 'greedy') return work;
  if (work.kind !== 'decode') return 'dtype' in work ? { ...work, dtype: 'f32' } : work;
  const layers = work.layers.map((layer) => withF32(layer) as OperationWork<'linear'>);
  return { ...work, dtype: 'f32', layers };
}
