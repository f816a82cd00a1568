/** An int8 weight matrix `[k, n]` with one scale per output column: `w ≈ q · scale[n]`. */
export interface Int8Weights {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Quantises weights `[k, n]` symmetrically to int8, a scale for each of the `n` outputs. */
export function quantizeInt8(weights: Float32Array, k: number, n: number): Int8Weights {
  const scales = new Float32Array(n);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < n; j++) scales[j] = Math.max(scales[j]!, Math.abs(weights[i * n + j]!));
  }
  for (let j = 0; j < n; j++) scales[j] = scales[j]! / 127 || 1;
  const values = new Int8Array(k * n);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < n; j++) values[i * n + j] = Math.round(weights[i * n + j]! / scales[j]!);
  }
  return { values, scales };
}

/** 4-bit weights as `MatMulNBits` takes them: `packed[n][k / 32][16]`, low half first, and `scales[n][k / 32]`. */
export interface Int4Weights {
  readonly packed: Uint8Array;
  readonly scales: Float32Array;
}

/** Rows of `k` that share a scale in 4-bit weights. */
export const int4Block = 32;

/** Columns read together: a cache line of each row. */
const neighbours = 16;

/** Rounds to 4 bits with zero point 8. */
function int4(value: number): number {
  return Math.min(15, Math.max(0, Math.round(value) + 8));
}

/**
 * Quantises weights `[k, n]` to 4 bits in blocks of 32 along `k`: `w ≈ (q - 8) · scale`, the zero point being the
 * operator's default of 8. As in ggml's Q4_0 the largest value of a block maps to -8 exactly, sign included.
 *
 * @throws RangeError when `k` is not a multiple of 32
 */
export function quantizeInt4(weights: Float32Array, k: number, n: number): Int4Weights {
  if (k % int4Block !== 0)
    throw new RangeError(`4-bit weights: k must be a multiple of ${int4Block}, got ${k}`);
  const blocks = k / int4Block;
  const packed = new Uint8Array((n * k) / 2);
  const scales = new Float32Array(n * blocks);
  const column = new Float32Array(int4Block);
  for (let left = 0; left < n; left += neighbours) {
    for (let block = 0; block < blocks; block++) {
      for (let j = left; j < Math.min(left + neighbours, n); j++) {
        let largest = 0;
        for (let i = 0; i < int4Block; i++) {
          const value = weights[(block * int4Block + i) * n + j]!;
          column[i] = value;
          if (Math.abs(value) > Math.abs(largest)) largest = value;
        }
        const at = j * blocks + block;
        scales[at] = largest / -8 || 1;
        for (let i = 0; i < int4Block; i += 2) {
          const low = int4(column[i]! / scales[at]!);
          packed[(at * int4Block + i) >> 1] = low | (int4(column[i + 1]! / scales[at]!) << 4);
        }
      }
    }
  }
  return { packed, scales };
}
