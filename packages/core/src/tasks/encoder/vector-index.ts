import { ConfigError, FormatError, ShapeError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { parseSafetensors } from '../../weights/safetensors/checked.ts';
import { writeSafetensors } from '../../weights/safetensors/write.ts';
import { requireCount, requireText } from '../inputs.ts';
import { requireVector } from '../vectors.ts';
import { topIndices } from './scores.ts';

/** A search result. */
export interface SearchHit {
  readonly id: string;
  /** Cosine similarity, −1 … 1. */
  readonly score: number;
}

/** Value of `format` in a file's metadata: file type and version. */
const FORMAT = 'headwise-vector-index-1';

/**
 * Vectors by id, searched by cosine similarity. Exact: a search compares all vectors. Vectors are stored with Euclidean norm 1 (zero vectors
 * unchanged). 100,000 vectors of 384 features take 154 MB.
 */
export class VectorIndex {
  /** Features per vector. */
  readonly dimensions: number;
  readonly #rows = new Map<string, number>();
  readonly #ids: string[] = [];
  #vectors: Float32Array;

  constructor(dimensions: number) {
    requireCount('VectorIndex', 'dimensions', dimensions);
    if (dimensions > LIMITS.dimensions)
      throw new ConfigError(
        `VectorIndex: dimensions must be at most ${LIMITS.dimensions}, got ${dimensions}`,
      );
    this.dimensions = dimensions;
    this.#vectors = new Float32Array(dimensions);
  }

  /** Number of vectors. */
  get size(): number {
    return this.#ids.length;
  }

  /** Adds a vector or replaces the one with the same id. Throws `ShapeError` for a vector of another length. */
  set(id: string, vector: ArrayLike<number>): this {
    requireText('VectorIndex', 'an id', id);
    this.#check(vector);
    const row = this.#rows.get(id) ?? this.#ids.push(id) - 1;
    this.#rows.set(id, row);
    if ((row + 1) * this.dimensions > this.#vectors.length) {
      const grown = new Float32Array(this.#vectors.length * 2);
      grown.set(this.#vectors);
      this.#vectors = grown;
    }
    this.#vectors.set(normalized(vector), row * this.dimensions);
    return this;
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  /** Removes a vector. Returns whether it existed. */
  delete(id: string): boolean {
    const row = this.#rows.get(id);
    const last = this.#ids.pop();
    if (last === undefined) return false;
    if (row === undefined) {
      this.#ids.push(last);
      return false;
    }
    this.#rows.delete(id);
    if (last !== id) {
      // The last vector moves into the gap.
      const { dimensions } = this;
      const from = this.#ids.length * dimensions;
      this.#vectors.copyWithin(row * dimensions, from, from + dimensions);
      this.#ids[row] = last;
      this.#rows.set(last, row);
    }
    return true;
  }

  /** The `topK` most similar vectors, in descending order of score. Throws `ShapeError` for a vector of another length. */
  search(vector: ArrayLike<number>, topK = 10): SearchHit[] {
    this.#check(vector);
    requireCount('search', 'topK', topK);
    const query = normalized(vector);
    const scores = new Float32Array(this.size);
    for (let row = 0, at = 0; row < scores.length; row++) {
      let dot = 0;
      for (let i = 0; i < query.length; i++, at++) dot += query[i]! * this.#vectors[at]!;
      scores[row] = dot;
    }
    return topIndices(scores, topK).map((row) => ({ id: this.#ids[row]!, score: scores[row]! }));
  }

  /** Serialises the index as a safetensors file with one tensor, `vectors`. */
  save(): Uint8Array<ArrayBuffer> {
    const values = this.#vectors.subarray(0, this.size * this.dimensions);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return writeSafetensors(
      [['vectors', { dtype: 'F32', shape: [this.size, this.dimensions], bytes }]],
      [
        ['format', FORMAT],
        ['ids', JSON.stringify(this.#ids)],
      ],
    );
  }

  /** Reads a file that {@link save} wrote. Throws `FormatError` for any other file. */
  static load(file: Uint8Array): VectorIndex {
    const { tensors, metadata, dataStart } = parseSafetensors(file);
    const tensor = tensors.get('vectors');
    const ids = idsOf(metadata.get('ids'));
    const [count, dimensions] = tensor?.shape ?? [];
    const valid = metadata.get('format') === FORMAT && tensor?.dtype === 'F32' && tensor.shape.length === 2;
    if (
      !valid ||
      !dimensions ||
      dimensions > LIMITS.dimensions ||
      !ids ||
      ids.length !== count ||
      new Set(ids).size !== count
    ) {
      throw new FormatError('index-invalid', 'VectorIndex: this file was not saved by VectorIndex');
    }
    const bytes = file.subarray(dataStart + tensor.begin, dataStart + tensor.end);
    const values = toFloat32({ dtype: 'F32', shape: tensor.shape, bytes });
    const index = new VectorIndex(dimensions);
    for (const [row, id] of ids.entries())
      index.#restore(id, values.subarray(row * dimensions, (row + 1) * dimensions));
    return index;
  }

  /** Stores a vector without normalising it, so that saving and loading changes no bits. */
  #restore(id: string, vector: Float32Array): void {
    this.set(id, vector);
    this.#vectors.set(vector, (this.size - 1) * this.dimensions);
  }

  #check(vector: ArrayLike<number>): void {
    requireVector('VectorIndex', vector);
    if (vector.length === this.dimensions) return;
    throw new ShapeError(`VectorIndex: vectors have ${this.dimensions} features, got ${vector.length}`);
  }
}

function normalized(vector: ArrayLike<number>): Float32Array {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const length = Math.sqrt(squares);
  return Float32Array.from(vector, (value) => (length === 0 ? 0 : value / length));
}

function idsOf(json: string | undefined): string[] | undefined {
  try {
    const ids: unknown = JSON.parse(json ?? '');
    return Array.isArray(ids) && ids.every((id) => typeof id === 'string') ? ids : undefined;
  } catch {
    return undefined;
  }
}
