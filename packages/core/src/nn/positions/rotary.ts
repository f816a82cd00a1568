import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { describeValue, type OptionNames, requireOptions } from '../../options.ts';
import { positionsOf, withScope } from '../run/forward.ts';
import { type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import { type RotaryScaling, rotaryAttentionFactor, rotaryFrequencies } from './rotary-scaling.ts';

/** Minimum rows of the table of angles. */
const MIN_POSITIONS = 64;

export interface RotaryEmbeddingOptions {
  /** Features of each head that are rotated: even, at most headDim. */
  readonly dim: number;
  /** Number of positions. Default 2048. */
  readonly maxPositions?: number;
  /** Base of the angles (`rope_theta`). Default 10000. */
  readonly theta?: number;
  /** Which features form a pair; see the backend's `RotaryOptions`. Default `half`, as in Hugging Face's checkpoints. */
  readonly layout?: 'half' | 'interleaved';
  readonly scaling?: RotaryScaling;
}

const OPTIONS = {
  dim: 'numeric',
  maxPositions: 'numeric',
  theta: 'positive',
  layout: ['half', 'interleaved'],
  scaling: 'object',
} satisfies OptionNames<RotaryEmbeddingOptions>;

/**
 * Rotary position embedding (RoPE; Su et al. 2021, https://arxiv.org/abs/2104.09864): rotates pairs of features of queries and keys by angles
 * proportional to their positions, so that scores depend on relative positions. It has no weights. Pass it to `MultiHeadAttention`, or apply it
 * with `forward`.
 */
export class RotaryEmbedding {
  readonly dim: number;
  readonly maxPositions: number;
  readonly layout: 'half' | 'interleaved';
  readonly #backend: Backend;
  readonly #frequencies: Float64Array;
  readonly #factor: number;
  /** Cosines and sines of the positions used so far, usually far fewer than `maxPositions`. */
  #table: Tensor | undefined;

  /** Throws `ConfigError` for an odd `dim` or an invalid scaling. */
  constructor(backend: Backend, options: RotaryEmbeddingOptions) {
    requireOptions('RotaryEmbedding', options, OPTIONS);
    const { dim, maxPositions = 2048, theta = 10_000, layout = 'half', scaling } = options;
    if (!(Number.isSafeInteger(dim) && dim >= 2 && dim % 2 === 0)) {
      throw new ConfigError(`rotary: dim must be an even number of at least 2, got ${describeValue(dim)}`);
    }
    if (!(Number.isSafeInteger(maxPositions) && maxPositions >= 1)) {
      throw new ConfigError(
        `rotary: maxPositions must be a whole number of at least 1, got ${describeValue(maxPositions)}`,
      );
    }
    this.dim = dim;
    this.maxPositions = maxPositions;
    this.layout = layout;
    this.#backend = backend;
    this.#frequencies = rotaryFrequencies(dim, theta, scaling);
    this.#factor = rotaryAttentionFactor(scaling);
  }

  /**
   * Rotates every head of `x[batch, length, heads · headDim]`; the first token of each sequence is at position `first`, by default 0.
   */
  forward(x: FloatArray, options: { heads: number; first?: number }): FloatArray {
    requireOptions('RotaryEmbedding.forward', options, { heads: 'count', first: 'whole' });
    const { offsets } = sequencesOf('rotary', 'input', x);
    const backend = this.#backend;
    const data = withScope(backend, () =>
      backend.read(
        this.apply(backend, toRows(backend, x), positionsOf(offsets, options.first), options.heads),
      ),
    );
    return { data, shape: x.shape };
  }

  /** Rotates every head of `x[tokens, heads · headDim]` by the position of its token. */
  apply(backend: Backend, x: Tensor, positions: Int32Array, heads: number): Tensor {
    let last = 0;
    for (const position of positions) last = Math.max(last, position);
    const table = this.reserve(last + 1);
    return backend.rotary(x, table, positions, { heads, layout: this.layout });
  }

  /**
   * Computes the table of the first `positions` positions ahead of later calls, `[at least positions, dim]`. Throws `ShapeError` for more than
   * `maxPositions`.
   */
  reserve(positions: number): Tensor {
    if (positions > this.maxPositions) {
      throw new ShapeError(
        `rotary: there are ${this.maxPositions} positions, the last token would be at position ${positions - 1}`,
      );
    }
    const rows = this.#table?.shape[0] ?? 0;
    if (this.#table && rows >= positions) return this.#table;
    const count = Math.min(this.maxPositions, Math.max(positions, 2 * rows, MIN_POSITIONS));
    this.dispose();
    const table = this.#backend.constant(angles(this.#frequencies, count, this.#factor), [count, this.dim]);
    this.#table = table;
    return table;
  }

  /** Releases the table. It is computed again when needed. */
  dispose(): void {
    if (this.#table) this.#backend.release(this.#table);
    this.#table = undefined;
  }
}

/** `[positions, 2 · pairs]`: cosines, then sines, times `factor`. */
function angles(frequencies: Float64Array, positions: number, factor: number): Float32Array {
  const pairs = frequencies.length;
  const table = new Float32Array(positions * 2 * pairs);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < pairs; i++) {
      const angle = position * frequencies[i]!;
      table[position * 2 * pairs + i] = factor * Math.cos(angle);
      table[position * 2 * pairs + pairs + i] = factor * Math.sin(angle);
    }
  }
  return table;
}
