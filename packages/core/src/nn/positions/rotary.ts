import type { Backend, Tensor } from '../../backend/backend.ts';
import { withScope } from '../../backend/backend.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { positionsOf } from '../run/rows.ts';
import { type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import { type RotaryScaling, rotaryFrequencies } from './rotary-scaling.ts';

/** How many positions a table of angles has at least. */
const LEAST_POSITIONS = 64;

export interface RotaryEmbeddingOptions {
  /** Features of each head that are turned: even, at most the head's. */
  readonly dim: number;
  /** How many positions there are. Default 2048. */
  readonly maxPositions?: number;
  /** Base of the angles (`rope_theta`). Default 10000. */
  readonly theta?: number;
  /** Which features are turned together; see the backend's `RotaryOptions`. Default `half`, as Hugging Face's checkpoints have it. */
  readonly layout?: 'half' | 'interleaved';
  readonly scaling?: RotaryScaling;
}

/**
 * Rotary positions (RoFormer, Su et al. 2021): queries and keys are turned by angles that grow with their position, so that their
 * products depend on how far apart they are. Nothing is learned. Give one to `MultiHeadAttention`, or turn vectors yourself.
 */
export class RotaryEmbedding {
  readonly dim: number;
  readonly maxPositions: number;
  readonly layout: 'half' | 'interleaved';
  readonly #backend: Backend;
  readonly #frequencies: Float64Array;
  /** The angles of the positions that were needed so far: models announce far more than most texts have. */
  #table: Tensor | undefined;

  /** Throws `ConfigError` for an odd `dim` or a scaling that makes no sense. */
  constructor(backend: Backend, options: RotaryEmbeddingOptions) {
    const { dim, maxPositions = 2048, theta = 10_000, layout = 'half', scaling } = options;
    if (!(Number.isSafeInteger(dim) && dim >= 2 && dim % 2 === 0)) {
      throw new ConfigError(`rotary: dim must be an even number of at least 2, got ${dim}`);
    }
    if (!(Number.isSafeInteger(maxPositions) && maxPositions >= 1)) {
      throw new ConfigError(`rotary: maxPositions must be a whole number of at least 1, got ${maxPositions}`);
    }
    this.dim = dim;
    this.maxPositions = maxPositions;
    this.layout = layout;
    this.#backend = backend;
    this.#frequencies = rotaryFrequencies(dim, theta, scaling);
  }

  /**
   * `x[batch, length, heads · headDim]` with every head turned by its position: the first token of each sequence stands at position
   * `first`, by default 0.
   */
  forward(x: FloatArray, options: { heads: number; first?: number }): FloatArray {
    const { offsets } = sequencesOf('rotary', 'input', x);
    const backend = this.#backend;
    const data = withScope(backend, () =>
      backend.read(
        this.apply(backend, toRows(backend, x), positionsOf(offsets, options.first), options.heads),
      ),
    );
    return { data, shape: x.shape };
  }

  /** The same on a backend's rows, `[tokens, heads · headDim]`, each at its position. */
  apply(backend: Backend, x: Tensor, positions: Int32Array, heads: number): Tensor {
    let last = 0;
    for (const position of positions) last = Math.max(last, position);
    const table = this.reserve(last + 1);
    return backend.rotary(x, table, positions, { heads, layout: this.layout });
  }

  /**
   * Works out the angles of the first `positions` positions, so that no later call has to. Returns the table. Throws `ShapeError` for
   * more than there are.
   */
  reserve(positions: number): Tensor {
    if (positions > this.maxPositions) {
      throw new ShapeError(
        `rotary: there are ${this.maxPositions} positions, the last token would stand at ${positions - 1}`,
      );
    }
    const known = this.#table?.shape[0] ?? 0;
    if (this.#table && known >= positions) return this.#table;
    const count = Math.min(this.maxPositions, Math.max(positions, 2 * known, LEAST_POSITIONS));
    this.dispose();
    const table = this.#backend.constant(angles(this.#frequencies, count), [count, this.dim]);
    this.#table = table;
    return table;
  }

  /** Frees the table of angles. It is made again when it is needed. */
  dispose(): void {
    if (this.#table) this.#backend.release(this.#table);
    this.#table = undefined;
  }
}

/** `[positions, 2 · pairs]`: cosines, then sines. */
function angles(frequencies: Float64Array, positions: number): Float32Array {
  const pairs = frequencies.length;
  const table = new Float32Array(positions * 2 * pairs);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < pairs; i++) {
      const angle = position * frequencies[i]!;
      table[position * 2 * pairs + i] = Math.cos(angle);
      table[position * 2 * pairs + pairs + i] = Math.sin(angle);
    }
  }
  return table;
}
