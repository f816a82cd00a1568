import { toFloat32 } from '../convert.ts';
import { transpose } from '../transpose.ts';
import type { Checkpoint, TensorData, TensorInfo, TensorSlice } from '../types.ts';
import type { QuantizedConfig, QuantizedTensor } from './config.ts';
import {
  dequantize,
  type QuantizedRows,
  type QuantizedType,
  quantizedNames,
  rowBytes,
  rowScales,
} from './rows.ts';
import { quantizedError } from './rules.ts';

/**
 * Weights that `saveModel` wrote. A matrix of which the file has quantised rows is a tensor of F32 with the values that the rows stand for; its
 * `origin` says where they are, and {@link read} reads them too, and checks their values. docs/quantized-weights.md describes the layout.
 */
export class QuantizedCheckpoint implements Checkpoint {
  readonly names: readonly string[];
  readonly #stored: Checkpoint;
  readonly #config: QuantizedConfig;
  readonly #known: ReadonlySet<string>;
  /** The tensors of the file that are parts of a matrix. */
  readonly #parts = new Map<string, { readonly name: string; readonly kind: QuantizedType | 'scale' }>();

  /** Throws `FormatError` with a {@link QuantizedRule} for tensors that are missing or of another type or shape than `config` says. */
  constructor(stored: Checkpoint, config: QuantizedConfig) {
    this.#known = new Set(stored.names);
    this.#stored = stored;
    this.#config = config;
    for (const [name, { shape, types, transposed }] of config.tensors) {
      const [rows, columns] = shape;
      for (const type of types) {
        const [values, scales] = quantizedNames(name, type);
        const blocks = rowScales(type, columns);
        this.#expect(values, type === 'q8' ? 'I8' : 'U8', [rows, rowBytes(type, columns)]);
        this.#expect(scales, 'F32', type === 'q8' ? [rows] : [rows, blocks]);
        this.#parts.set(values, { name, kind: type }).set(scales, { name, kind: 'scale' });
      }
      if (this.#known.has(name)) this.#expect(name, undefined, transposed ? [columns, rows] : shape);
    }
    // In the order of the file, so that a model that is saved again gives the same file.
    this.names = [...new Set(stored.names.map((name) => this.#parts.get(name)?.name ?? name))];
  }

  info(name: string): TensorInfo {
    const tensor = this.#config.tensors.get(name);
    const savedAs = this.#config.dtype;
    if (!tensor) return { ...this.#stored.info(name), origin: { tensor: name, types: [], savedAs } };
    const { shape, types, transposed } = tensor;
    return {
      dtype: this.#known.has(name) ? this.#stored.info(name).dtype : 'F32',
      shape: transposed ? [shape[1], shape[0]] : shape,
      origin: { tensor: name, types, isTransposed: transposed, savedAs },
    };
  }

  async read(name: string, slice?: TensorSlice): Promise<TensorData> {
    const tensor = this.#config.tensors.get(name);
    if (tensor && !this.#known.has(name)) return this.#floats(name, tensor, slice);
    const data = await this.#stored.read(name, slice);
    const part = this.#parts.get(name)?.kind;
    if (part === 'q8' && data.bytes.includes(0x80))
      throw quantizedError(
        'quantized-value',
        `checkpoint: ${name} must have values of −127 to 127, has −128`,
      );
    if (part === 'scale') {
      const scale = toFloat32(data).find((value) => !Number.isFinite(value));
      if (scale !== undefined)
        throw quantizedError('quantized-value', `checkpoint: ${name} must have finite values, has ${scale}`);
    }
    return data;
  }

  /** The values that quantised rows stand for, of the type with the most bits. */
  async #floats(
    name: string,
    { shape, types, transposed }: QuantizedTensor,
    slice: TensorSlice | undefined,
  ): Promise<TensorData> {
    const dtype: QuantizedType = types.includes('q8') ? 'q8' : 'q4';
    const axis = slice && (transposed ? 1 - slice.axis : slice.axis);
    const rows = slice && axis === 0 ? slice : { from: 0, to: shape[0] };
    const columns = slice && axis === 1 ? slice : { from: 0, to: shape[1] };
    const [valuesName, scalesName] = quantizedNames(name, dtype);
    const range: TensorSlice = { axis: 0, from: rows.from, to: rows.to };
    const values = await this.read(valuesName, range);
    const scales = await this.read(scalesName, range);
    const read: QuantizedRows = {
      dtype,
      rows: rows.to - rows.from,
      columns: shape[1],
      values: values.bytes,
      scales: toFloat32(scales),
    };
    const [all, width, count] = [dequantize(read), columns.to - columns.from, read.rows];
    const picked = width === shape[1] ? all : new Float32Array(count * width);
    for (let row = 0; picked !== all && row < count; row++) {
      const start = row * shape[1];
      picked.set(all.subarray(start + columns.from, start + columns.to), row * width);
    }
    const data: TensorData = { dtype: 'F32', shape: [count, width], bytes: new Uint8Array(picked.buffer) };
    return transposed ? transpose(data) : data;
  }

  #expect(name: string, dtype: string | undefined, shape: readonly number[]): void {
    if (!this.#known.has(name)) {
      throw quantizedError(
        'quantized-missing',
        `checkpoint: the tensor ${name}, which config.json needs, is missing`,
      );
    }
    const info = this.#stored.info(name);
    if (dtype !== undefined && info.dtype !== dtype)
      throw quantizedError('quantized-dtype', `checkpoint: ${name} must be ${dtype}, is ${info.dtype}`);
    if (info.shape.join() !== shape.join()) {
      throw quantizedError(
        'quantized-shape',
        `checkpoint: ${name} must be [${shape.join(', ')}] by config.json, is [${info.shape.join(', ')}]`,
      );
    }
  }
}
