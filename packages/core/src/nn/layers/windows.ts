import type { Backend, Tensor } from '../../backend/backend.ts';

/** The arithmetic of a convolution over sequences. */
export interface WindowOptions {
  readonly kernelSize: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the first row of a sequence. */
  readonly before: number;
}

/**
 * The inputs of a convolution as matrices, so that a linear layer computes it: of `rows[batch · length, channels]`, for each element of the kernel,
 * the rows that it is multiplied with, `[batch · outputs, channels]`.
 */
export function convolutionWindows(
  backend: Backend,
  rows: Tensor,
  { length, outputs }: { readonly length: number; readonly outputs: number },
  { kernelSize, stride, dilation, before }: WindowOptions,
): Tensor[] {
  const [count = 0, channels = 0] = rows.shape;
  const batch = length === 0 ? 0 : count / length;
  const padded = backend.concat([rows, backend.zeros([1, channels])], 0);
  return Array.from({ length: kernelSize }, (_, k) => {
    const ids = new Int32Array(batch * outputs);
    for (let i = 0; i < ids.length; i++) {
      const position = (i % outputs) * stride + k * dilation - before;
      const isPadding = position < 0 || position >= length;
      ids[i] = isPadding ? count : Math.floor(i / outputs) * length + position;
    }
    return backend.embedding(padded, ids);
  });
}

/**
 * The weight of a convolution `[outChannels, channels, kernelSize]` as that of a linear layer of {@link convolutionWindows} side by side:
 * `[outChannels, kernelSize · channels]`.
 */
export function convolutionWeight(stored: Float32Array, channels: number, kernelSize: number): Float32Array {
  const width = channels * kernelSize;
  const values = new Float32Array(stored.length);
  for (let from = 0; from < stored.length; from += width) {
    for (let k = 0; k < kernelSize; k++) {
      for (let c = 0; c < channels; c++) {
        values[from + k * channels + c] = stored[from + c * kernelSize + k]!;
      }
    }
  }
  return values;
}
