import type { TensorDType } from './dtypes.ts';

/** Indices `from` (inclusive) to `to` (exclusive) of a tensor's first or second axis. */
export interface TensorSlice {
  axis: 0 | 1;
  from: number;
  to: number;
}

/** Element type and shape of a tensor. */
export interface TensorInfo {
  readonly dtype: TensorDType;
  /** Row-major; `[]` for a scalar. */
  readonly shape: readonly number[];
  /** Bits of a value in the file, of a tensor that is quantised in blocks and read as `dtype`. */
  readonly storedBits?: number;
  /** Where the tensor's quantised rows are, of a file that `saveModel` wrote, and what is told while a model is saved. */
  readonly origin?: TensorOrigin;
}

/** A tensor of a file as the file has it; views of a checkpoint that rename tensors pass it on, those that compute values do not. */
export interface TensorOrigin {
  /** Its name in the file. */
  readonly tensor: string;
  /**
   * Types in which the file has its rows as the engine keeps them, `[outFeatures, inFeatures]`: in tensors of the names that `quantizedNames` of
   * `weights/quantized` gives.
   */
  readonly types: readonly ('q8' | 'q4')[];
  /** The first of those rows that is the tensor's, of a file in which several are one. */
  readonly firstRow?: number;
  /** Whether the tensor is the transpose of those rows. */
  readonly isTransposed?: boolean;
  /** The type that the file's weights were saved in. */
  readonly savedAs?: 'f32' | 'f16' | 'q8' | 'q4';
  /** Told the type in which a model keeps the tensor, and whether rows and columns are swapped before; or that it is a copy of another. */
  readonly use?: (type: 'f32' | 'f16' | 'q8' | 'q4' | 'copy', isTransposed: boolean) => void;
}

/**
 * The values of a tensor, little-endian and row-major. `bytes` may be a view of shared memory and must not be modified; it may not be
 * aligned to the element size. If it spans its whole buffer, it belongs to the caller, who may transfer it to another thread.
 */
export interface TensorData extends TensorInfo {
  readonly bytes: Uint8Array;
}

/**
 * Random access to named tensors. Models read weights only through this interface; implementations may read one file,
 * several files, or receive slices from another thread.
 */
export interface Checkpoint {
  readonly names: readonly string[];
  /** Element type and shape of a tensor. Throws `LoadError` for an unknown name. */
  info(name: string): TensorInfo;
  /**
   * Reads a tensor, or a slice of it whose shape has `to - from` on the sliced axis. Rejects with `LoadError` for an
   * unknown name and with `ShapeError` for a slice out of range.
   */
  read(name: string, slice?: TensorSlice): Promise<TensorData>;
}

/** What changes the weights of a checkpoint while they are loaded, such as a low-rank adapter; see `loadAdapter` of `@headwise/core/train`. */
export interface WeightAdapter {
  /** A view of the checkpoint with the changed weights. */
  mergeInto(checkpoint: Checkpoint): Checkpoint;
}
