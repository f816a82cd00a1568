import { ConfigError, LoadError, ShapeError } from '../errors.ts';
import { toFloat32 } from './convert.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from './types.ts';

/** What precedes `_scale` in the name of the scales of a tensor, and `_zero_point` in that of its zero points. */
const SCALE = '_scale';
const ZERO_POINT = '_zero_point';

/**
 * A checkpoint of compressed-tensors' format `int-quantized` with symmetric weights and a scale for each row: beside a tensor `X` of I8
 * `[rows, columns]` there are its scales `X_scale` `[rows, 1]` (or `[rows]`), and its values are `X[i, j] · X_scale[i]`. They are returned as F32; all
 * other tensors as they are.
 *
 * The library stores linear layers and embeddings (`X` is `….weight`); matrices of other layers are read by the same rule.
 * https://github.com/vllm-project/compressed-tensors/blob/main/src/compressed_tensors/compressors/naive_quantized/base.py
 */
export class Int8Checkpoint implements Checkpoint {
  readonly names: readonly string[];
  readonly #stored: Checkpoint;
  readonly #quantized: ReadonlySet<string>;

  /**
   * Throws `LoadError` for a tensor of I8 without scales, `ShapeError` for scales of another shape, and `ConfigError` for zero points (weights that
   * are not symmetric).
   */
  constructor(stored: Checkpoint) {
    const names = new Set(stored.names);
    const quantized = new Set(stored.names.filter((name) => stored.info(name).dtype === 'I8'));
    for (const name of quantized) {
      if (names.has(`${name}${ZERO_POINT}`)) {
        throw new ConfigError(
          `checkpoint: ${name} has zero points; of 8-bit weights, only symmetric ones are supported`,
        );
      }
      if (!names.has(`${name}${SCALE}`)) {
        throw new LoadError(
          'unknown-tensor',
          `checkpoint: ${name} is of I8 and has no scales ${name}${SCALE}`,
        );
      }
      checkScales(name, stored.info(name), stored.info(`${name}${SCALE}`));
    }
    this.names = stored.names.filter((name) => !(name.endsWith(SCALE) && quantized.has(baseOf(name))));
    this.#stored = stored;
    this.#quantized = quantized;
  }

  info(name: string): TensorInfo {
    const info = this.#stored.info(name);
    return this.#quantized.has(name) ? { dtype: 'F32', shape: info.shape } : info;
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    const stored = await this.#stored.read(name, slice);
    if (!this.#quantized.has(name)) return stored;
    const { bytes, shape } = stored;
    const rows = slice?.axis === 0 ? slice : undefined;
    const scales = toFloat32(await this.#stored.read(`${name}${SCALE}`, rows));
    const integers = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = new Float32Array(integers.length);
    const columns = shape[1]!;
    for (const [row, scale] of scales.entries()) {
      const end = (row + 1) * columns;
      for (let i = row * columns; i < end; i++) values[i] = integers[i]! * scale;
    }
    return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
  }
}

function baseOf(scales: string): string {
  return scales.slice(0, -SCALE.length);
}

function checkScales(name: string, { shape }: TensorInfo, scales: TensorInfo): void {
  const [rows] = shape;
  const [size, ...rest] = scales.shape;
  const isPerRow = size === rows && (rest.length === 0 || (rest.length === 1 && rest[0] === 1));
  if (shape.length === 2 && isPerRow) return;
  throw new ShapeError(
    `checkpoint: ${name} of I8 [${shape.join(', ')}] needs two axes and scales [rows, 1], got [${scales.shape.join(', ')}]`,
  );
}
