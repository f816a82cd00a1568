import type { TensorDType } from './dtypes.ts';

/** A part of a tensor: indices `from` (included) to `to` (excluded) of its first or second axis. */
export interface TensorSlice {
  axis: 0 | 1;
  from: number;
  to: number;
}

/** What a checkpoint says of a tensor before any of its values are read. */
export interface TensorInfo {
  readonly dtype: TensorDType;
  /** Row-major; `[]` is a single number. */
  readonly shape: readonly number[];
}

/**
 * The values of a tensor as they lie in the file: little-endian, row-major. `bytes` may be a view of a part of memory that others
 * read too, so it must not be written to, and it need not be aligned to the element size. Only if it fills its whole buffer
 * is it the reader's own, to be given away to another thread.
 */
export interface TensorData extends TensorInfo {
  readonly bytes: Uint8Array;
}

/**
 * Random access to named tensors. Models are built from this alone, so a checkpoint may be a file, several files, or
 * another thread that answers with the slices asked for.
 */
export interface Checkpoint {
  readonly names: readonly string[];
  /** Throws a `LoadError` that names the tensor if there is none. */
  info(name: string): TensorInfo;
  /**
   * Reads a tensor, or the slice of it. A slice of axis 0 needs one axis, of axis 1 two; the result's shape has that
   * axis shortened. Throws `LoadError` for an unknown name and `ShapeError` for a slice that does not fit.
   */
  read(name: string, slice?: TensorSlice): Promise<TensorData>;
}
