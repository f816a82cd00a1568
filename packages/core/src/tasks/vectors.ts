import { ConfigError } from '../errors.ts';
import { describeValue } from '../options.ts';
import { cosineSimilarity as similarityOf } from './similarity.ts';

/** Cosine similarity, −1 … 1; 0 if either vector is zero. Throws `ShapeError` for vectors of different lengths, and `ConfigError` for what is no vector. */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  requireVector('cosineSimilarity', a);
  requireVector('cosineSimilarity', b);
  return similarityOf(a, b);
}

/** Throws `ConfigError` unless the value is an array of numbers or a typed array of them. */
export function requireVector(task: string, vector: unknown): void {
  const isVector = Array.isArray(vector)
    ? vector.every((value) => typeof value === 'number')
    : ArrayBuffer.isView(vector) && 'length' in vector && typeof (vector as Float32Array)[0] !== 'bigint';
  if (!isVector)
    throw new ConfigError(`${task}: vectors must be arrays of numbers, got ${describeValue(vector)}`);
}
