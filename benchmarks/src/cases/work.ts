import type { Dtype } from '../row.ts';
import type { BertConfig, EncoderModelName } from './bert.ts';
import type { DecoderConfig, DecoderModelName } from './decoders.ts';

/** `c[m, n] = a[m, k] · b[k, n]`, where `b` are weights: an engine may pack or quantise them ahead. m = 1 is GEMV. */
export interface MatmulWork {
  readonly kind: 'matmul';
  readonly dtype: Dtype;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** Softmax of every row of `x[rows, columns]`. */
export interface SoftmaxWork {
  readonly kind: 'softmax';
  readonly rows: number;
  readonly columns: number;
  readonly x: Float32Array;
}

/** Layer norm of every row of `x[rows, columns]`, then times `gamma[columns]` plus `beta[columns]`. */
export interface LayerNormWork {
  readonly kind: 'layer-norm';
  readonly rows: number;
  readonly columns: number;
  readonly epsilon: number;
  readonly x: Float32Array;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
}

/** x / √(mean(x²) + epsilon) · gamma of every row of `x[rows, columns]`. */
export interface RmsNormWork {
  readonly kind: 'rms-norm';
  readonly rows: number;
  readonly columns: number;
  readonly epsilon: number;
  readonly x: Float32Array;
  readonly gamma: Float32Array;
}

/** The middle of a gated feed-forward: silu(left half) · right half of every row of `x[rows, 2 · columns]`. */
export interface GateWork {
  readonly kind: 'gate';
  readonly rows: number;
  readonly columns: number;
  readonly x: Float32Array;
}

/** x + y, x · factor or GELU(x) of all of `x[rows, columns]`: what is bound by memory alone, but for the last. */
export interface PointwiseWork {
  readonly kind: 'pointwise';
  readonly operation: 'add' | 'scale' | 'gelu';
  readonly rows: number;
  readonly columns: number;
  readonly x: Float32Array;
  /** Added; as long as x. */
  readonly y: Float32Array;
  readonly factor: number;
}

/** Rows of `table[rows, columns]`, one for each id. */
export interface EmbeddingWork {
  readonly kind: 'embedding';
  readonly rows: number;
  readonly columns: number;
  readonly table: Float32Array;
  readonly ids: Int32Array;
}

/** The mean over the tokens of each text in `x[texts · tokens, columns]`, divided by its length. */
export interface PoolWork {
  readonly kind: 'pool';
  readonly texts: number;
  readonly tokens: number;
  readonly columns: number;
  readonly x: Float32Array;
}

/**
 * Rotary positions 0 … tokens − 1 of `x[tokens, heads · size]`: in each head, features that are half a head apart are turned together by
 * the position's angles, whose cosines and sines are `[tokens, size / 2]`.
 */
export interface RotaryWork {
  readonly kind: 'rotary';
  readonly tokens: number;
  readonly heads: number;
  readonly size: number;
  readonly x: Float32Array;
  readonly cosines: Float32Array;
  readonly sines: Float32Array;
}

/**
 * The end of an LSTM step, after its matrix products: gates i, f, g, o side by side in `gates[rows, 4 · size]`, and the cell state
 * `[rows, size]`. The output is the hidden state `[rows, size]`, and after it the new cell state.
 */
export interface LstmWork {
  readonly kind: 'lstm';
  readonly rows: number;
  readonly size: number;
  readonly gates: Float32Array;
  readonly cell: Float32Array;
}

/** The same of a GRU: gates r, z, n of the input and of the hidden state, `[rows, 3 · size]` each, and the state `[rows, size]`. */
export interface GruWork {
  readonly kind: 'gru';
  readonly rows: number;
  readonly size: number;
  readonly input: Float32Array;
  readonly hidden: Float32Array;
  readonly state: Float32Array;
}

/**
 * Scaled dot-product attention, no mask. Keys and values are `[heads, tokens, size]`, queries and the output `[heads, queryTokens, size]`:
 * each head's rows together, which is what the peers' batched products want. A single query is what a decoder's new token has.
 */
export interface AttentionWork {
  readonly kind: 'attention';
  readonly heads: number;
  readonly tokens: number;
  readonly queryTokens: number;
  readonly size: number;
  readonly queries: Float32Array;
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** One linear layer of a decoding step: `[1, k] · weights[k, n]`. */
export interface DecodeLayer {
  readonly k: number;
  readonly n: number;
  readonly weights: Float32Array;
}

/**
 * All linear layers of a decoder, one token, each on the input of its width; the output is theirs in order, one after
 * the other. They don't feed each other, so that every layer's own error is seen and not what 48 make of it.
 */
export interface DecodeWork {
  readonly kind: 'decode';
  readonly dtype: Dtype;
  readonly layers: readonly DecodeLayer[];
  /** Inputs by width. */
  readonly inputs: ReadonlyMap<number, Float32Array>;
}

/** A text through a whole BERT encoder to one embedding: mean over its tokens, L2-normalised. */
export interface EncoderWork {
  readonly kind: 'encoder';
  readonly dtype: Dtype;
  readonly model: EncoderModelName;
  readonly config: BertConfig;
  readonly text: string;
  /** What the tokeniser makes of the text, for engines that have none. */
  readonly ids: Int32Array;
  /** Random weights by their names in Hugging Face checkpoints; undefined for a model whose files are real. */
  readonly weights: ReadonlyMap<string, Float32Array> | undefined;
}

/** Many texts of different lengths through an encoder, in one call: an embedding each, one after the other. */
export interface BatchWork {
  readonly kind: 'batch';
  readonly encoder: EncoderWork;
  readonly texts: readonly string[];
}

/**
 * Tokens through a decoder that holds others in its cache; the output are the logits of what follows the last of them. Which tokens they
 * are is given, so that every engine does the same work, whatever it would have written itself.
 */
export interface GenerateWork {
  readonly kind: 'generate';
  readonly dtype: Dtype;
  readonly model: DecoderModelName;
  readonly config: DecoderConfig;
  /** Random weights by their names in Hugging Face checkpoints; undefined for a model whose files are real. */
  readonly weights: ReadonlyMap<string, Float32Array> | undefined;
  /** What is in the cache when a run begins, put there before anything is timed. */
  readonly past: Int32Array;
  readonly tokens: Int32Array;
  /** How many tokens are read at once: all of a prompt, or one after the other, as they would be written. */
  readonly atOnce: number;
}

export type Work =
  | MatmulWork
  | SoftmaxWork
  | LayerNormWork
  | RmsNormWork
  | GateWork
  | PointwiseWork
  | EmbeddingWork
  | PoolWork
  | RotaryWork
  | LstmWork
  | GruWork
  | AttentionWork
  | DecodeWork
  | EncoderWork
  | BatchWork
  | GenerateWork;

/** What is a single operation or a few of them, and no whole model. */
export type OperationWork = Exclude<Work, EncoderWork | BatchWork | GenerateWork>;
