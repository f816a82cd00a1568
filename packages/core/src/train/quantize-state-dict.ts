import { ShapeError } from '../errors.ts';
import type { FloatArray } from '../nn/torch/float-array.ts';
import { checkOptions, type OptionNames } from '../options.ts';
import type { TensorData } from '../weights/types.ts';

/** Options of {@link quantizeStateDict}. */
export interface QuantizeOptions {
  /** Whether a matrix is to be stored in 8 bits. Default: matrices of at least 16 columns, for which the scales hardly count. */
  readonly select?: (name: string, shape: readonly number[]) => boolean;
}

/** The result of {@link quantizeStateDict}. */
export interface QuantizedStateDict {
  /** The contents of a safetensors file, for `writeSafetensors`. */
  readonly tensors: ReadonlyMap<string, TensorData>;
  /** The entry `quantization_config` of config.json. */
  readonly quantizationConfig: Readonly<Record<string, unknown>>;
}

/**
 * Stores the matrices of a state dict in 8 bits, to write a smaller checkpoint that every loader reads: compressed-tensors' format `int-quantized`,
 * with symmetric weights and one scale for each output feature. A matrix `X` `[rows, columns]` becomes `X` of I8 and `X_scale` `[rows, 1]` of F32,
 * with `X[i, j] = round(x[i, j] / X_scale[i])` and `X_scale[i] = maxⱼ |x[i, j]| / 127`. Tensors that are not selected, and all that are no
 * matrices, stay F32. The file has about a quarter of its size.
 *
 * Loaded with `dtype: 'q8'`, the weights are the same integers as those of the state dict in that type.
 *
 * ```ts
 * const { tensors, quantizationConfig } = quantizeStateDict(parameters.stateDict());
 * await writeFile('model.safetensors', writeSafetensors(tensors));
 * await writeFile('config.json', JSON.stringify({ ...config, quantization_config: quantizationConfig }));
 * ```
 *
 * Throws `ShapeError` for weights that are not finite.
 */
export function quantizeStateDict(
  stateDict: ReadonlyMap<string, FloatArray>,
  options: QuantizeOptions = {},
): QuantizedStateDict {
  checkOptions('quantizeStateDict', options, { select: 'function' } satisfies OptionNames<QuantizeOptions>);
  const { select = (_, [, columns = 0]) => columns >= 16 } = options;
  const tensors = new Map<string, TensorData>();
  const ignore: string[] = [];
  for (const [name, array] of stateDict) {
    const { data, shape } = array;
    const isMatrix = shape.length === 2 && data.length > 0;
    if (isMatrix && select(name, shape)) {
      const { integers, scales } = quantizeRows(name, array);
      tensors.set(name, { dtype: 'I8', shape, bytes: bytesOf(integers) });
      tensors.set(`${name}_scale`, { dtype: 'F32', shape: [shape[0]!, 1], bytes: bytesOf(scales) });
    } else {
      tensors.set(name, { dtype: 'F32', shape, bytes: bytesOf(data) });
      if (isMatrix) ignore.push(name.replace(/\.weight$/, ''));
    }
  }
  return { tensors, quantizationConfig: configOf(ignore) };
}

function quantizeRows(
  name: string,
  { data, shape }: FloatArray,
): { integers: Int8Array; scales: Float32Array } {
  const [rows, columns] = shape as [number, number];
  const integers = new Int8Array(data.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    let largest = 0;
    for (const value of values) {
      if (!Number.isFinite(value)) throw new ShapeError(`quantizeStateDict: ${name} has the value ${value}`);
      largest = Math.max(largest, Math.abs(value));
    }
    const scale = Math.fround(largest / 127);
    scales[row] = scale;
    // A row of zeros, or of values so small that their scale is 0.
    if (scale === 0) continue;
    // Rounded as when a backend packs weights of `q8`.
    const inverse = Math.fround(1 / scale);
    for (const [column, value] of values.entries()) {
      integers[row * columns + column] = Math.round(Math.fround(value * inverse));
    }
  }
  return { integers, scales };
}

function bytesOf({ buffer, byteOffset, byteLength }: Int8Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** What compressed-tensors writes for such weights (`QuantizationConfig.model_dump()`). */
function configOf(ignore: readonly string[]): Record<string, unknown> {
  return {
    quant_method: 'compressed-tensors',
    format: 'int-quantized',
    quantization_status: 'compressed',
    config_groups: {
      group_0: {
        targets: ['Linear', 'Embedding'],
        weights: {
          num_bits: 8,
          type: 'int',
          symmetric: true,
          strategy: 'channel',
          group_size: null,
          dynamic: false,
        },
        input_activations: null,
        output_activations: null,
      },
    },
    kv_cache_scheme: null,
    ignore,
  };
}
