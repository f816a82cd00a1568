import type { ActivationName } from '@headwise/kernel';
import type { WeightWriter } from './weight-writer.ts';

/** The backends that ship with Headwise. */
export type BackendName = 'reference' | 'wasm-simd' | 'wasm-relaxed-simd';

export type { ActivationName };

/** A float tensor in a backend's memory, row-major. Its values are read with {@link Backend.read}. */
export interface Tensor {
  readonly shape: readonly number[];
}

/**
 * How weights are stored:
 *
 * - `f32`: 32-bit floats
 * - `f16`: 16-bit floats (IEEE 754 binary16), converted to f32 for products
 * - `q8`: 8 bits, with a scale for each output feature
 * - `q4`: 4 bits, with a scale for each 32 input features of an output feature
 *
 * Activations are 32-bit floats. Products with `q8` and `q4` weights quantise them row by row (dynamic quantisation).
 *
 * Cosine similarity of all-MiniLM-L6-v2 embeddings to those in f32, for 200 sentences: q8 0.999 on average and at least 0.99;
 * q4, with word embeddings in 4 bits too, 0.989 on average and at least 0.95 (lowest for very short sentences). In q4, encoders keep the query, key and value
 * projections and the first feed-forward layer in 8 bits: the linear layers of MiniLM take 9.4 MB, against 11.4 MB in q8, and
 * against 6.6 MB with 4 bits throughout, where the lowest similarity is 0.856. Decoders are in 4 bits throughout: the
 * perplexity of stories15M on its own texts is 3.62, against 3.24 in f32 and q8.
 */
export const weightTypes = ['f32', 'f16', 'q8', 'q4'] as const;
export type WeightType = (typeof weightTypes)[number];

/** Weight and bias of a linear layer in the backend's own layout. */
export interface LinearWeights {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly dtype: WeightType;
}

/**
 * The boundaries of the sequences of a batch, `[batch + 1]`: sequence `s` is the rows `offsets[s]` to `offsets[s + 1]`. Sequences
 * are concatenated without padding.
 */
export type Offsets = Int32Array;

/** Options of {@link Backend.linear}. */
export interface LinearOptions {
  /** Applied to the product plus bias. Default `none`. */
  activation?: ActivationName;
  /** `[rows, outFeatures]`, added after the activation. */
  residual?: Tensor;
}

/** Options of {@link Backend.attention}, {@link Backend.attentionScores} and {@link Backend.attentionContext}. */
export interface AttentionOptions {
  /** Number of query heads. Queries have `heads · headDim` features. */
  heads: number;
  /** Number of key-value heads, a divisor of `heads` (grouped-query attention, Ainslie et al. 2023). Default `heads`. */
  keyValueHeads?: number;
  /** Factor of the scores. Default 1/√headDim (Vaswani et al. 2017, §3.2.1). */
  scale?: number;
  /** The sequences of the queries. */
  queryOffsets: Offsets;
  /** The sequences of the keys and values. Default `queryOffsets` (self-attention). */
  keyOffsets?: Offsets;
  /**
   * First row and number of rows of each sequence's keys and values, `[batch]` each, instead of `keyOffsets`: for the slots of a
   * key-value cache, or for a prefix that several sequences share. Rows outside the ranges are not read.
   */
  keyRanges?: { readonly starts: Int32Array; readonly lengths: Int32Array };
  /**
   * Whether to mask keys after a query's position; see `queryStarts`. Default false.
   */
  causal?: boolean;
  /**
   * Sliding window: masks keys `window` or more positions before a query and, unless `causal`, after it. A pair is the number of visible
   * keys before and after a query's position; ∞ for no limit. Default: no window.
   */
  window?: number | readonly [before: number, after: number];
  /**
   * The position of each sequence's first query among its keys, `[batch]`, for `causal` and `window`: 0 aligns the beginnings of queries and
   * keys. Default keys − queries: the last query is at the position of the last key, as in decoding with a cache.
   */
  queryStarts?: Int32Array;
  /**
   * Bounds the scaled scores, before the bias is added: softCap · tanh(score / softCap) (Gemma Team 2024,
   * https://arxiv.org/abs/2408.00118, §2). Above 0. Default: no bound.
   */
  softCap?: number;
  /**
   * Added to the scaled scores: `[batch | 1, heads | 1, queries | 1, keys]`, where axes of size 1 are broadcast, and `queries` and
   * `keys` are the lengths of the longest sequences. −∞ masks a key, as `causal` and `window` do, whatever its score is.
   */
  bias?: Tensor;
}

/** Options of {@link Backend.rotary}. */
export interface RotaryOptions {
  /** Number of heads, side by side in a row. */
  heads: number;
  /**
   * The pairs of features that are rotated together: `half` (i, i + pairs), as in GPT-NeoX and Hugging Face; `interleaved`
   * (2i, 2i + 1), as in the paper, GPT-J and Meta's Llama. The checkpoints of a model for the two layouts differ by a permutation of
   * rows of the query and key projections.
   */
  layout: 'half' | 'interleaved';
}

/** A table that holds a part of a vocabulary: ids `first` to `first + rows`, of `of` ids in all. */
export interface VocabularyPart {
  first: number;
  of: number;
}

/** Some values of a vector and their indices, as {@link Backend.topK} returns. */
export interface SelectedValues {
  readonly values: Float32Array;
  readonly indices: Int32Array;
}

/**
 * The operations from which all layers are built. Each backend implements all of them.
 *
 * Operations are synchronous. They return new tensors and do not modify their arguments, unless documented otherwise. All check
 * the shapes of their arguments, and throw `ShapeError` with the expected and the given shape. A tensor or weights of another
 * backend are a `ConfigError`; a tensor used after its scope has ended, or weights used after `release`, are a
 * `HeadwiseError` with code `ERR_RELEASED`; an activation created outside of a scope is one with code `ERR_SCOPE`. (The
 * reference backend, whose memory is garbage-collected, has no scopes and detects only a second `release`.)
 *
 * Tensors of two axes are `[rows, features]`, where rows are the concatenated tokens of all sequences of a batch
 * ({@link Offsets}). "Row" of a tensor with more axes means a row of its last axis.
 */
export interface Backend {
  /** For example `wasm-simd`. */
  readonly name: string;

  // Memory -----------------------------------------------------------------------------------------------------------

  /**
   * Creates a tensor that exists until {@link release}, for example a weight or a key-value cache.
   *
   * @param data copied; as many values as `shape` has
   */
  constant(data: Float32Array, shape: readonly number[]): Tensor;
  /**
   * Packs the weights of a linear layer, which exist until {@link release}. Throws `ShapeError` for values that `dtype` cannot
   * represent (NaN, ±∞, in f16 magnitudes above 65504).
   *
   * @param weight `[outFeatures, inFeatures]`, as in PyTorch; copied
   * @param bias `[outFeatures]`; copied
   * @param dtype default `f32`
   */
  linearWeights(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    dtype?: WeightType,
  ): LinearWeights;
  /**
   * Packs a table for {@link embedding}, which exists until {@link release} and is not valid in other operations. `q8` and `q4`
   * both store 8 bits with a scale for each row. Throws `ShapeError` for values that `dtype` cannot represent.
   *
   * @param data `[rows, width]`; copied
   * @param dtype default `f32`
   */
  embeddingTable(data: Float32Array, width: number, dtype?: WeightType): Tensor;
  /**
   * As {@link linearWeights}, of rows that come in parts. Absent in backends that record for training.
   */
  linearWriter?(outFeatures: number, inFeatures: number, dtype: WeightType): WeightWriter<LinearWeights>;
  /** As {@link embeddingTable}, of rows that come in parts. Absent in backends that record for training. */
  tableWriter?(rows: number, width: number, dtype: WeightType): WeightWriter<Tensor>;
  /**
   * Frees a constant, the weights of a linear layer or an embedding table. Throws `HeadwiseError` with code `ERR_RELEASED` for
   * anything else, or for the second release.
   */
  release(weights: Tensor | LinearWeights): void;
  /** Bytes of all constants and weights. */
  readonly weightBytes: number;
  /**
   * Opens a scope and returns a function that closes it. Activations created in a scope are freed when it closes. Scopes must
   * close in reverse order; otherwise `HeadwiseError` with code `ERR_SCOPE` is thrown. See `withScope`.
   */
  openScope(): () => void;

  /** Creates an activation. `data` is copied, and must have as many values as `shape`. */
  tensor(data: Float32Array, shape: readonly number[]): Tensor;
  /** Creates an activation of zeros. */
  zeros(shape: readonly number[]): Tensor;
  /** Copies the values, row-major, into `into` if it has exactly as many values, else into a new array. Returns the array. */
  read(x: Tensor, into?: Float32Array): Float32Array;
  /** Overwrites the values of a tensor, and so of all views of it. `data` must have as many values as `x`. */
  write(x: Tensor, data: Float32Array): void;
  /** A view of the columns `from` to `to` of `x[rows, features]`: `[rows, to − from]`, sharing memory with x. */
  columns(x: Tensor, from: number, to: number): Tensor;
  /** A view of the rows `from` to `to` of `x[rows, features]`: `[to − from, features]`, sharing memory with x. */
  rows(x: Tensor, from: number, to: number): Tensor;
  /**
   * The windows of `size` rows of `x[rows, features]`, each `step` rows after the one before, as PyTorch's `unfold`: `[windows, size · features]`, none
   * if x has fewer rows than `size`. The product of {@link linear} with them is a convolution. May share memory with x: neither may be written to
   * afterwards.
   */
  windows(x: Tensor, size: number, step: number): Tensor;
  /** Copies the values of `x` into `to`, which has the same shape and may be a constant or a view, for example of a cache. */
  assign(to: Tensor, x: Tensor): void;
  /**
   * The same values, row-major, in another shape of equal size. May share memory with x: neither may be written to afterwards.
   */
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  /**
   * Concatenates matrices: along rows (axis 0, equal numbers of features) or along features (axis 1, equal numbers of rows).
   * Throws `ShapeError` for an empty list.
   */
  concat(parts: readonly Tensor[], axis: 0 | 1): Tensor;

  // Operations -------------------------------------------------------------------------------------------------------

  /**
   * activation(x · weightᵀ + bias) + residual.
   *
   * With `q8` and `q4` weights the wasm backends also quantise x, dynamically: for `q4` with a scale for each 32 values of a row, to 8 bits in
   * relaxed SIMD and to 16 bits otherwise; for `q8` with a scale and a zero point for each 32 values, to 7 bits, or in the portable
   * build with a scale for each row, to 12 bits. A row with NaN or ±∞ has no finite output, whichever the weights and the number of rows; other
   * rows are not affected.
   *
   * @param x `[rows, inFeatures]`
   * @returns `[rows, outFeatures]`
   */
  linear(x: Tensor, weights: LinearWeights, options?: LinearOptions): Tensor;
  /** x + y, elementwise. The shapes must be equal. */
  add(x: Tensor, y: Tensor): Tensor;
  /** x · factor. `factor` must be finite. */
  scale(x: Tensor, factor: number): Tensor;
  /**
   * activation(x), elementwise. `gelu` is the exact form with erf, `geluTanh` its tanh approximation (Hendrycks & Gimpel 2016);
   * `silu` is x · σ(x) (Elfwing et al. 2017).
   */
  activate(x: Tensor, activation: ActivationName): Tensor;
  /**
   * Layer normalisation (Ba et al. 2016) of each row: (x − mean) / √(variance + epsilon) · gain + bias, with the biased variance.
   *
   * @param x `[rows, features]`; @param gain `[features]`; @param bias `[features]`
   */
  layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor;
  /**
   * Root mean square normalisation (Zhang & Sennrich 2019) of each row: x / √(mean(x²) + epsilon) · gain.
   *
   * @param x `[rows, features]`; @param gain `[features]`
   */
  rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor;
  /**
   * Gated linear unit (Shazeer 2020): activation(x[:, :n]) · x[:, n:].
   *
   * @param x `[rows, 2n]`
   * @returns `[rows, n]`
   */
  gate(x: Tensor, activation: ActivationName): Tensor;
  /** Softmax over the last axis. A row of only −∞ gives zeros. */
  softmax(x: Tensor): Tensor;
  /**
   * Rows of a table: `[ids.length, width]`.
   *
   * With `part`, the table holds a part of a vocabulary (vocabulary sharding): ids outside that part give zeros, so that the
   * results of all parts sum to the embeddings. Throws `ShapeError` for an id outside the vocabulary.
   *
   * @param table `[rows, width]`, or the weights of a linear layer, whose rows are its output features: a language-model head
   * tied to the embeddings (Press & Wolf 2017) is stored once
   */
  embedding(table: Tensor | LinearWeights, ids: Int32Array, part?: VocabularyPart): Tensor;
  /**
   * Mean of the rows of each sequence, zeros for an empty sequence.
   *
   * @param x `[tokens, features]`
   * @returns `[batch, features]`
   */
  meanPool(x: Tensor, offsets: Offsets): Tensor;
  /** Divides each row by max(‖row‖₂, 1e-12). */
  l2Normalize(x: Tensor): Tensor;

  /**
   * Scaled dot-product attention (Vaswani et al. 2017): softmax(q · kᵀ · scale + bias) · v for each sequence and head, without storing
   * the matrix of scores. Queries without visible keys give zeros. Rows of k and v that a mask hides from a query have no effect on its output,
   * also if they are NaN or infinite.
   *
   * @param q `[queries, heads · headDim]`
   * @param k `[keys, keyValueHeads · headDim]`
   * @param v `[keys, keyValueHeads · valueDim]`
   * @returns `[queries, heads · valueDim]`
   */
  attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor;
  /**
   * The attention scores q · kᵀ · scale + bias of some heads, to be passed to {@link softmax} and {@link attentionContext}. −∞ for
   * masked keys and for padding.
   *
   * @param q `[queries, heads · headDim]`; @param k `[keys, keyValueHeads · headDim]`
   * @param headIndices the query heads
   * @returns `[batch, headIndices.length, queries, keys]`, where `queries` and `keys` are the lengths of the longest sequences
   */
  attentionScores(q: Tensor, k: Tensor, options: AttentionOptions, headIndices: readonly number[]): Tensor;
  /**
   * weights · v of some heads, written to their columns of `context`. The value of a key whose weight is 0 has no effect.
   *
   * @param weights `[batch, headIndices.length, queries, keys]`, as {@link attentionScores} returns
   * @param v `[keys, keyValueHeads · valueDim]`
   * @param headIndices the query heads
   * @param context `[queries, heads · valueDim]`, modified
   */
  attentionContext(
    weights: Tensor,
    v: Tensor,
    options: AttentionOptions,
    headIndices: readonly number[],
    context: Tensor,
  ): void;
  /**
   * Rotary position embedding (Su et al. 2021): rotates pairs of features (a, b) of each head by the angles of the row's position,
   * to (a · cos − b · sin, b · cos + a · sin). The other features of a head are copied. Throws `ShapeError` for a position outside
   * the table.
   *
   * @param x `[rows, heads · headDim]`
   * @param table `[positions, 2 · pairs]`, 2 · pairs ≤ headDim: the cosines, then the sines of each position's angles
   * @param positions `[rows]`
   * @returns `[rows, heads · headDim]`
   */
  rotary(x: Tensor, table: Tensor, positions: Int32Array, options: RotaryOptions): Tensor;

  // Reductions of one vector, such as the logits of one token. `x` has one row: `[n]` or `[1, n]`. NaN counts as larger than any number, as in
  // PyTorch, and −0 as equal to 0.

  /** The index of the largest value, of equal ones the first. Throws `ShapeError` for a vector without values. */
  argmax(x: Tensor): number;
  /** The `k` largest values in descending order, equal ones in the order of their indices. Throws `ShapeError` unless 0 ≤ k ≤ n. */
  topK(x: Tensor, k: number): SelectedValues;
  /** The values ≥ `threshold` in the order of their indices. NaN is not among them. */
  valuesAtLeast(x: Tensor, threshold: number): SelectedValues;
  /**
   * Σ e^((x − shift) · factor), in float64; 0 for a vector without values. With the maximum as `shift`, shift + ln of it is the log-sum-exp.
   * The kernel computes exponentials in float32 from products and sums without fused multiply-add (relative error ≤ 1.3e-7, 0 for
   * exponents below −88.03), and adds them in float64 in a fixed order: both builds give the same bits on every machine.
   *
   * @param shift finite, at least the maximum of x; @param factor above 0, default 1: 1 / temperature
   */
  sumExp(x: Tensor, shift: number, factor?: number): number;
  /**
   * The first index at which the running sum of the exponentials of {@link sumExp} exceeds `target`, for sampling; −1 if it never does.
   */
  searchExp(x: Tensor, shift: number, factor: number, target: number): number;

  /**
   * The elementwise part of an LSTM step (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000):
   * c' = σ(f) · c + σ(i) · tanh(g), h' = σ(o) · tanh(c').
   *
   * @param gates `[rows, 4 · hiddenSize]`: i, f, g, o side by side, before their activation functions
   * @param cell c, `[rows, hiddenSize]`
   * @returns h' and c', `[rows, hiddenSize]` each
   */
  lstmGates(gates: Tensor, cell: Tensor): { hidden: Tensor; cell: Tensor };
  /**
   * The elementwise part of a GRU step (Cho et al. 2014), with the reset gate after the matrix product as in PyTorch:
   * r = σ(r_input + r_hidden), z = σ(z_input + z_hidden), h' = (1 − z) · tanh(n_input + r · n_hidden) + z · h.
   *
   * @param input `[rows, 3 · hiddenSize]`: r, z, n of the input, before their activation functions
   * @param hidden `[rows, 3 · hiddenSize]`: r, z, n of the hidden state
   * @param state h, `[rows, hiddenSize]`
   * @returns h', `[rows, hiddenSize]`
   */
  gruGates(input: Tensor, hidden: Tensor, state: Tensor): Tensor;
}
