import type { ActivationName } from '@headwise/kernel';

/** The backends that ship with Headwise. */
export type BackendName = 'reference' | 'wasm-simd' | 'wasm-relaxed-simd';

export type { ActivationName };

/**
 * Float values that a backend holds, row-major. What `shape` says is all that can be asked of one directly; its values are
 * read with {@link Backend.read}.
 */
export interface Tensor {
  readonly shape: readonly number[];
}

/**
 * How weights are kept: as they are; as 16-bit floats, which saves memory alone; in 8 bits with a scale for each output feature;
 * in 4 bits with a scale for each 32 input features. Activations are 32-bit floats always; what multiplies them with 8-bit and
 * 4-bit weights rounds them row by row on the way.
 *
 * What that costs, by the smallest cosine that an embedding of all-MiniLM-L6-v2 has with its f32 one, of 200 sentences (the very short ones
 * lose most): 0.99 in q8, 0.955 in q4; on average 0.999 and 0.991. In q4 an encoder keeps in 8 bits what makes queries, keys and values, and
 * the first layer of the feed-forward: of MiniLM's linear layers that makes 9.4 MB, where 8 bits throughout would make 11.4 MB, and 4 bits
 * 6.6 MB with a smallest cosine of 0.856. Decoders are in 4 bits throughout: the perplexity of stories15M on texts of its own goes from
 * 3.24 to 3.62, in q8 it stays.
 */
export const weightTypes = ['f32', 'f16', 'q8', 'q4'] as const;
export type WeightType = (typeof weightTypes)[number];

/** A linear layer's weight and bias in whatever layout the backend multiplies fastest. */
export interface LinearWeights {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly dtype: WeightType;
}

/**
 * Where each sequence of a batch lies: sequence `s` is the rows `offsets[s]` to `offsets[s + 1]`. Sequences of different
 * lengths stand one after another without padding, so that no work is spent on tokens that are not there.
 */
export type Offsets = Int32Array;

/** Parameters of {@link Backend.linear}. */
export interface LinearOptions {
  /** Applied to the product plus bias. Default `none`. */
  activation?: ActivationName;
  /** `[rows, outFeatures]`, added last. */
  residual?: Tensor;
}

/** What the attention operations share. */
export interface AttentionOptions {
  /** Query heads. The feature axis of queries is `heads · headDim`. */
  heads: number;
  /** Heads of keys and values, a divisor of `heads` (grouped-query attention, Ainslie et al. 2023). Default `heads`. */
  keyValueHeads?: number;
  /** Factor on the scores. Default 1/√headDim (Vaswani et al. 2017, §3.2.1). */
  scale?: number;
  queryOffsets: Offsets;
  /** Default: those of the queries (self-attention). */
  keyOffsets?: Offsets;
  /**
   * Where the keys of each sequence begin and how many they are, in place of `keyOffsets` where they do not lie one after another: in the
   * slots of a cache, or in a text that several sequences read. Rows that no range covers are not looked at.
   */
  keyRanges?: { readonly starts: Int32Array; readonly lengths: Int32Array };
  /** Let a query see no key after its own position; the ends of queries and keys are aligned. Default false. */
  causal?: boolean;
  /** See only keys fewer than `window` positions away (in both directions unless causal). Default: all. */
  window?: number;
  /**
   * Added to the scaled scores: `[batch | 1, heads | 1, queries | 1, keys]`, an axis of 1 serving all. −∞ hides a key; a query that
   * sees no key gets zeros.
   */
  bias?: Tensor;
}

/** Parameters of {@link Backend.rotary}. */
export interface RotaryOptions {
  /** Heads that lie side by side in a row. */
  heads: number;
  /**
   * Which features of a head are turned together: `half` pairs i with i + half of the table's width (GPT-NeoX, Hugging Face),
   * `interleaved` 2i with 2i + 1 (the paper, GPT-J, Meta's Llama). The same model in either layout has its projections' rows
   * permuted.
   */
  layout: 'half' | 'interleaved';
}

/**
 * The closed set of operations from which every layer is made. An implementation exists per way of computing; layers know
 * only this. All operations are synchronous, return new tensors and leave their arguments as they were, unless said otherwise;
 * every one checks its shapes and throws `ShapeError` with what it expected and what came.
 *
 * Tensors of two axes are `[rows, features]`, where rows are the tokens of all sequences of a batch ({@link Offsets}).
 */
export interface Backend {
  readonly name: string;

  // Memory -----------------------------------------------------------------------------------------------------------

  /** A tensor that lives until {@link release}: a weight. `data` is copied. */
  constant(data: Float32Array, shape: readonly number[]): Tensor;
  /**
   * Lays out a linear layer. `weight` is `[outFeatures, inFeatures]`, as PyTorch keeps it; both are copied. `dtype` is `f32` unless
   * said otherwise; a weight that the type can't hold (NaN, ∞, above 65504 in f16) is a `ShapeError`.
   */
  linearWeights(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    dtype?: WeightType,
  ): LinearWeights;
  /** A table for {@link embedding} alone: `[data.length / width, width]`. In 8 bits for `q8` and `q4`, a scale for each row. */
  embeddingTable(data: Float32Array, width: number, dtype?: WeightType): Tensor;
  /** Frees a constant or a linear layer's weights. */
  release(weights: Tensor | LinearWeights): void;
  /** Bytes that weights take. */
  readonly weightBytes: number;
  /**
   * Opens a scope. Activations made until the returned function is called are freed then; using one later throws. Scopes
   * close in the reverse of the order in which they opened.
   */
  openScope(): () => void;

  /** An activation with these values. `data` is copied. */
  tensor(data: Float32Array, shape: readonly number[]): Tensor;
  /** A copy of the values, row-major: in `into`, if it is given and has exactly as many, else in a new array. */
  read(x: Tensor, into?: Float32Array): Float32Array;
  /** Overwrites the values of an activation, and of every view of it. */
  write(x: Tensor, data: Float32Array): void;
  /** Columns `from` to `to` of `x[rows, features]`: a view of the same values. */
  columns(x: Tensor, from: number, to: number): Tensor;
  /** Rows `from` to `to` of `x[rows, features]`: a view of the same values. */
  rows(x: Tensor, from: number, to: number): Tensor;
  /** Copies the values of `x` into `to`, which has the same shape and may be a constant or a view of one: what fills a cache. */
  assign(to: Tensor, x: Tensor): void;
  /** The same values, row-major, in another shape of as many. Neither is to be written to afterwards: they may share memory. */
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  /** Matrices joined: one below the other (axis 0, as many features each), or side by side (axis 1, as many rows each). */
  concat(parts: readonly Tensor[], axis: 0 | 1): Tensor;

  // Operations -------------------------------------------------------------------------------------------------------

  /** activation(x · weightᵀ + bias) + residual: `[rows, inFeatures]` → `[rows, outFeatures]`. */
  linear(x: Tensor, weights: LinearWeights, options?: LinearOptions): Tensor;
  /** x + y, of one shape. */
  add(x: Tensor, y: Tensor): Tensor;
  /** x · factor, a finite number. */
  scale(x: Tensor, factor: number): Tensor;
  /** f(x) for each value. */
  activate(x: Tensor, activation: ActivationName): Tensor;
  /** (x − mean) / √(variance + epsilon) · gain + bias over each row (Ba et al. 2016). `gain`, `bias`: `[features]`. */
  layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor;
  /** x / √(mean(x²) + epsilon) · gain over each row (Zhang & Sennrich 2019). `gain`: `[features]`. */
  rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor;
  /** activation(left half of each row) · right half: `[rows, 2n]` → `[rows, n]` (gated linear units, Shazeer 2020). */
  gate(x: Tensor, activation: ActivationName): Tensor;
  /** Softmax over the last axis. A row of −∞ only gives zeros. */
  softmax(x: Tensor): Tensor;
  /**
   * Rows of `table[rows, width]`: `[ids.length, width]`. With `part`, the table holds only ids from `part.first` on of a vocabulary of
   * `part.of`: ids that it does not hold give zeros. Throws `ShapeError` for an id outside the vocabulary.
   *
   * The table may be the weights of a linear layer, whose rows then are its output features: an output head that is tied to the
   * embeddings (Press & Wolf 2017) is held once.
   */
  embedding(table: Tensor | LinearWeights, ids: Int32Array, part?: { first: number; of: number }): Tensor;
  /** The mean over the rows of each sequence: `[tokens, features]` → `[batch, features]`; zeros for an empty one. */
  meanPool(x: Tensor, offsets: Offsets): Tensor;
  /** Each row divided by its Euclidean length, or by 1e-12 if that is larger. */
  l2Normalize(x: Tensor): Tensor;

  /**
   * softmax(q · kᵀ · scale + bias) · v for each head and sequence, without ever holding the matrix of scores.
   * Values have to be finite, those of hidden keys too: a weight of 0 does not hide an ∞ or a NaN.
   * `q[queries, heads · headDim]`, `k[keys, keyValueHeads · headDim]`, `v[keys, keyValueHeads · valueDim]` → `[queries, heads · valueDim]`.
   */
  attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor;
  /**
   * The scores q · kᵀ · scale + bias of the heads listed, for those who want to see them: `[batch, only.length, queries, keys]`, where
   * the last two are the longest sequences' lengths. −∞ stands where a query may not look and where a sequence has no token.
   */
  attentionScores(q: Tensor, k: Tensor, options: AttentionOptions, only: readonly number[]): Tensor;
  /**
   * The context weights · v of the heads listed, written into their columns of `context[queries, heads · valueDim]`.
   * `weights` is shaped as the scores.
   */
  attentionContext(
    weights: Tensor,
    v: Tensor,
    options: AttentionOptions,
    only: readonly number[],
    context: Tensor,
  ): void;
  /**
   * Rotary position embedding (Su et al. 2021): turns pairs of features of each head of `x[rows, heads · headDim]` by the angles of
   * the row's position. `table[positions, 2 · pairs]` holds the cosines and then the sines of each position's angles; features of a
   * head beyond `2 · pairs` stay as they are.
   */
  rotary(x: Tensor, table: Tensor, positions: Int32Array, options: RotaryOptions): Tensor;

  /**
   * The end of an LSTM step: from `gates[rows, 4 · hiddenSize]` (i, f, g, o side by side, before their functions) and the cell
   * state `[rows, hiddenSize]`, the new cell state σ(f) · c + σ(i) · tanh(g) and the new hidden state σ(o) · tanh(c').
   */
  lstmGates(gates: Tensor, cell: Tensor): { hidden: Tensor; cell: Tensor };
  /**
   * The end of a GRU step: from the gates r, z, n of the input and of the hidden state, `[rows, 3 · hiddenSize]` each, and the
   * hidden state `[rows, hiddenSize]`, the new one (1 − σ(z)) · tanh(n_input + σ(r) · n_hidden) + σ(z) · h.
   */
  gruGates(input: Tensor, hidden: Tensor, state: Tensor): Tensor;

  /** An activation of zeros. */
  zeros(shape: readonly number[]): Tensor;
}

/** Runs `body` in a scope of its own. What it returns must be plain values, since its tensors are freed. */
export function withScope<T>(backend: Backend, body: () => T): T {
  const close = backend.openScope();
  try {
    return body();
  } finally {
    close();
  }
}
