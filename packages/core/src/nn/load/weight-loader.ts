import type { Backend, LinearWeights, Tensor, WeightType } from '../../backend/backend.ts';
import type { WeightWriter } from '../../backend/weight-writer.ts';
import { LoadError, ShapeError } from '../../errors.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { BLOCK, type QuantizedType } from '../../weights/quantized/rows.ts';
import type { Checkpoint, TensorOrigin, TensorSlice } from '../../weights/types.ts';
import { ALL_WEIGHTS, type IndexRange, type Shard, type WeightPlan } from '../run/shard.ts';
import type { RowRun, StoredRows } from './stored-rows.ts';

export type { StoredRows } from './stored-rows.ts';

/** The tensors of a linear layer: `weight[outFeatures, inFeatures]` and, unless it has none, `bias[outFeatures]`. */
export interface LinearTensors {
  readonly weight: StoredRows;
  readonly bias?: StoredRows;
}

/** A linear layer of a checkpoint: a name, for the tensors `<name>.weight` and `<name>.bias`, or its tensors. */
export type LinearLayer = string | LinearTensors;

/** A linear layer to load, or some of its output features. */
export interface LinearPart {
  readonly layer: LinearLayer;
  readonly outFeatures: number;
  /** Output features to load. Default: all. */
  readonly rows?: IndexRange;
  /** `own`: this shard adds the bias; `elsewhere`: another shard does; `none`: the layer has no bias. Default `own`. */
  readonly bias?: 'own' | 'elsewhere' | 'none';
}

/** A linear layer of the model, made of one or several layers of the checkpoint. */
export interface LinearSource {
  /** Layers with the same input; their outputs are concatenated, so that one matmul computes them. */
  readonly parts: readonly LinearPart[];
  readonly inFeatures: number;
  /** Input features to load. Default: all. */
  readonly columns?: IndexRange;
  /** Keep the weights in at least 8 bits where the plan says `q4`, for layers that are sensitive to quantization. */
  readonly minBits?: 8;
}

/** Reads the bias of a linear layer, after its weight. */
type ReadBiases = () => Promise<Float32Array | undefined>;
const noBiases: ReadBiases = async () => undefined;

/** Floats that are read at a time, in bytes. */
const PART_BYTES = 4 << 20;

/**
 * Loads a model's weights from a checkpoint into a backend: checks every shape, converts values to f32, reads only this shard's
 * slices, and tracks which tensors were used, so that unexpected ones are reported.
 */
export class WeightLoader {
  readonly backend: Backend;
  readonly shard: Shard;
  readonly words: WeightPlan['words'];
  readonly #dtype: WeightType;
  readonly #checkpoint: Checkpoint;
  /** Those of the checkpoint. */
  readonly #names: ReadonlySet<string>;
  readonly #prefix: string;
  readonly #consumed = new Set<string>();
  /** Everything loaded, for {@link release}. */
  readonly #loaded: (Tensor | LinearWeights)[] = [];

  constructor(checkpoint: Checkpoint, backend: Backend, plan: WeightPlan = ALL_WEIGHTS, prefix = '') {
    this.#checkpoint = checkpoint;
    this.#names = new Set(checkpoint.names);
    this.backend = backend;
    this.shard = plan.shard;
    this.words = plan.words;
    this.#dtype = plan.dtype;
    this.#prefix = prefix;
  }

  /** A tensor as f32, or rows of it. */
  async constant(name: string, shape: readonly number[], rows?: IndexRange): Promise<Tensor> {
    const data = await this.values(name, shape, rows && { axis: 0, ...rows });
    const [size = 0, ...rest] = shape;
    return this.#keep(this.backend.constant(data, [rows ? rows.to - rows.from : size, ...rest]));
  }

  /** Rows of an embedding table `[size, width]`, in the plan's type: `[rows, width]`. In 4 bits it is kept as a linear layer's weight is. */
  async table(
    name: string,
    size: number,
    width: number,
    rows: IndexRange,
    minBits?: 8,
  ): Promise<Tensor | LinearWeights> {
    const { backend } = this;
    const dtype = this.#typeOf(minBits);
    this.#checkShape(`${this.#prefix}${name}`, [size, width]);
    const count = rows.to - rows.from;
    const isLinear = dtype === 'q4' && count > 0;
    const runs = [{ stored: name, shape: [size, width], rows }];
    if (isLinear) return this.#keep(await this.#linearRows(runs, count, width, dtype));
    return this.#keep(
      await this.#written(
        runs,
        width,
        dtype,
        backend.tableWriter && (() => backend.tableWriter!(count, width, dtype)),
        (data) => backend.embeddingTable(data, width, dtype),
      ),
    );
  }

  /** Loads layers as one, `[rows of all parts, columns]`. Where only some of them have a bias, that of the others is 0. */
  async linear({ parts, inFeatures, columns, minBits }: LinearSource): Promise<LinearWeights> {
    // Before anything is allocated by the sizes of the configuration.
    for (const { layer, outFeatures } of parts)
      this.#checkRows(tensorsOf(layer).weight, [outFeatures, inFeatures]);
    const width = columns ? columns.to - columns.from : inFeatures;
    const heights = parts.map(({ outFeatures, rows }) => (rows ? rows.to - rows.from : outFeatures));
    const height = heights.reduce((sum, rows) => sum + rows, 0);
    const hasBias = parts.some(
      ({ layer, bias = 'own' }) => bias === 'own' && tensorsOf(layer).bias !== undefined,
    );
    const readBiases = async () => {
      const biases = hasBias ? new Float32Array(height) : undefined;
      let row = 0;
      for (const [index, { layer, outFeatures, rows, bias = 'own' }] of parts.entries()) {
        const tensors = tensorsOf(layer);
        if (tensors.bias !== undefined && bias !== 'none') {
          this.#note(tensorName(tensors.bias), 'f32');
          if (bias === 'own') biases?.set(await this.#readFloats(tensors.bias, [outFeatures], rows), row);
          else this.skipTensors([tensorName(tensors.bias)]);
        }
        row += heights[index]!;
      }
      return biases;
    };
    const runs = parts.map(({ layer, outFeatures, rows }) => ({
      stored: tensorsOf(layer).weight,
      shape: [outFeatures, inFeatures],
      rows: rows ?? { from: 0, to: outFeatures },
      ...(columns && { columns }),
    }));
    return this.#keep(await this.#linearRows(runs, height, width, this.#typeOf(minBits), readBiases));
  }

  /** A linear layer, or rows of it, by the names of its tensors; the weight may also be an embedding table (tied weights). */
  async linearOf(
    weight: string,
    bias: string | undefined,
    inFeatures: number,
    outFeatures: number,
    rows: IndexRange = { from: 0, to: outFeatures },
    biasShape: readonly number[] = [outFeatures],
  ): Promise<LinearWeights> {
    this.#checkRows(weight, [outFeatures, inFeatures]);
    const axis = biasShape.length === 2 ? 1 : 0;
    const readBiases = async () =>
      bias === undefined ? undefined : this.values(bias, biasShape, { axis, ...rows });
    const runs = [{ stored: weight, shape: [outFeatures, inFeatures], rows }];
    return this.#keep(await this.#linearRows(runs, rows.to - rows.from, inFeatures, this.#dtype, readBiases));
  }

  /** A linear layer from values that the caller has read with {@link values}. With `minBits` 32 they are kept as floats. */
  linearFrom(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    minBits?: 8 | 32,
  ): LinearWeights {
    return this.#keep(this.backend.linearWeights(weight, bias, inFeatures, this.#typeOf(minBits)));
  }

  /** A constant computed by the caller, released with the weights. */
  constantFrom(data: Float32Array, shape: readonly number[]): Tensor {
    return this.#keep(this.backend.constant(data, shape));
  }

  /** Marks linear layers as expected in the checkpoint though this shard loads nothing of them. */
  skip(layers: readonly LinearLayer[]): void {
    for (const layer of layers) {
      const { weight, bias } = tensorsOf(layer);
      this.skipTensors([weight, ...(bias === undefined ? [] : [bias])].map(tensorName));
    }
  }

  /** As {@link skip}, for tensors. */
  skipTensors(names: readonly string[]): void {
    for (const name of names) this.#consumed.add(`${this.#prefix}${name}`);
  }

  /** Whether the checkpoint has the tensor. */
  has(name: string): boolean {
    return this.#names.has(`${this.#prefix}${name}`);
  }

  /** Throws `LoadError` if the checkpoint has tensors that were not loaded, other than those that match `ignore`. */
  assertAllConsumed(architecture: string, ignore: readonly RegExp[]): void {
    const unknown = this.#checkpoint.names.filter(
      (name) => !this.#consumed.has(name) && !ignore.some((pattern) => pattern.test(name)),
    );
    if (unknown.length === 0) return;
    const listed = unknown.slice(0, 5).join(', ');
    const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : '';
    throw new LoadError(
      'unknown-tensor',
      `checkpoint: ${architecture} has no weights named ${listed}${more}`,
    );
  }

  /** Releases everything that was loaded. */
  release(): void {
    for (const weights of this.#loaded.splice(0)) this.backend.release(weights);
  }

  #typeOf(minBits: 8 | 32 | undefined): WeightType {
    if (minBits === 32) return 'f32';
    return minBits === 8 && this.#dtype === 'q4' ? 'q8' : this.#dtype;
  }

  #keep<W extends Tensor | LinearWeights>(weights: W): W {
    this.#loaded.push(weights);
    return weights;
  }

  /** The values of a tensor or of a slice of it, as f32. */
  values(name: string, shape: readonly number[], slice?: TensorSlice): Promise<Float32Array> {
    this.#note(name, 'f32');
    return this.#read(name, shape, slice);
  }

  #note(name: string, type: WeightType): void {
    const full = `${this.#prefix}${name}`;
    // Not `info`, which throws for a name that is missing: what reads the tensor says so better.
    if (!this.#names.has(full)) return;
    const { origin } = this.#checkpoint.info(full);
    origin?.use?.(type, origin.isTransposed === true);
  }

  /** A linear layer of rows that follow one another, `[height, width]`. */
  #linearRows(
    runs: readonly RowRun[],
    height: number,
    width: number,
    dtype: WeightType,
    readBiases: ReadBiases = noBiases,
  ): Promise<LinearWeights> {
    const { backend } = this;
    return this.#written(
      runs,
      width,
      dtype,
      backend.linearWriter && (() => backend.linearWriter!(height, width, dtype)),
      (weight, biases) => backend.linearWeights(weight, biases, width, dtype),
      readBiases,
    );
  }

  /** Reads rows in parts into a writer, or into one array that is passed to `create` where the backend has no writers. */
  async #written<W>(
    runs: readonly RowRun[],
    width: number,
    dtype: WeightType,
    open: (() => WeightWriter<W>) | undefined,
    create: (values: Float32Array, biases: Float32Array | undefined) => W,
    readBiases: ReadBiases = noBiases,
  ): Promise<W> {
    for (const { stored } of runs) this.#note(tensorName(stored), dtype);
    if (!open && runs.length === 1) {
      const [{ stored, shape, rows, columns }] = runs as [RowRun];
      return create(await this.#readFloats(stored, shape, rows, columns), await readBiases());
    }
    if (!open) {
      const all = new Float32Array(runs.reduce((sum, { rows }) => sum + rows.to - rows.from, 0) * width);
      let at = 0;
      for (const { stored, shape, rows, columns } of runs) {
        const values = await this.#readFloats(stored, shape, rows, columns);
        all.set(values, at);
        at += values.length;
      }
      return create(all, await readBiases());
    }
    const origins = runs.map((run) => this.#quantizedOrigin(run, dtype));
    // Imported on demand: few files have weights in the types that they are kept in.
    const quantized = origins.every((origin) => origin !== undefined)
      ? await import('./quantized-rows.ts')
      : undefined;
    const writer = open();
    try {
      for (const [index, run] of runs.entries()) {
        for (const rows of this.#parts(run)) {
          const part = { ...run, rows };
          writer.write(
            quantized
              ? await quantized.readQuantizedRows(
                  this.#checkpoint,
                  origins[index]!,
                  dtype as QuantizedType,
                  part,
                )
              : await this.#readFloats(run.stored, run.shape, rows, run.columns),
          );
        }
      }
      return writer.finish(await readBiases());
    } catch (error) {
      writer.discard();
      throw error;
    }
  }

  /** The rows of a run that are read at a time: of a tensor that is not sliced by columns, about 4 MB of floats. */
  #parts({ stored, shape, rows, columns }: RowRun): IndexRange[] {
    const isBlock = typeof stored !== 'string' && stored.block !== undefined;
    if (columns || isBlock) return [rows];
    const step = Math.max(8, Math.floor(PART_BYTES / 4 / Math.max(1, shape[1]!) / 8) * 8);
    const parts: IndexRange[] = [];
    for (let from = rows.from; from < rows.to; from += step)
      parts.push({ from, to: Math.min(rows.to, from + step) });
    return parts;
  }

  /** Where the checkpoint has the run's rows in the type that they are kept in. */
  #quantizedOrigin({ stored, columns }: RowRun, dtype: WeightType): TensorOrigin | undefined {
    const { origin } = this.#checkpoint.info(`${this.#prefix}${tensorName(stored)}`);
    if (!origin || origin.isTransposed || (dtype !== 'q8' && dtype !== 'q4')) return undefined;
    // Blocks of 4 bits cannot be split.
    if (dtype === 'q4' && columns && columns.from % BLOCK !== 0) return undefined;
    return origin.types.includes(dtype) ? origin : undefined;
  }

  /** Throws `ShapeError` unless the checkpoint has rows of `shape`, alone or among those of other layers. */
  #checkRows(stored: StoredRows, shape: readonly number[]): void {
    const rows = typeof stored === 'string' ? shape[0]! : stored.totalRows;
    this.#checkShape(`${this.#prefix}${tensorName(stored)}`, [rows, ...shape.slice(1)]);
  }

  #checkShape(full: string, shape: readonly number[]): void {
    const info = this.#checkpoint.info(full);
    this.#consumed.add(full);
    if (info.shape.length === shape.length && info.shape.every((size, axis) => size === shape[axis])) return;
    throw new ShapeError(
      `checkpoint: ${full} must be [${shape.join(', ')}] by the configuration, is [${info.shape.join(', ')}]`,
    );
  }

  /** Rows of a layer's tensor of `shape`, which may lie among those of other layers; or all rows, in some columns. */
  #readFloats(
    stored: StoredRows,
    shape: readonly number[],
    rows: IndexRange | undefined,
    columns?: IndexRange,
  ): Promise<Float32Array> {
    if (columns) return this.#read(tensorName(stored), shape, { axis: 1, ...columns });
    if (typeof stored === 'string') return this.#read(stored, shape, rows && { axis: 0, ...rows });
    const { tensor, firstRow, totalRows, block } = stored;
    const [outFeatures = 0, ...rest] = shape;
    const { from, to } = rows ?? { from: 0, to: outFeatures };
    if (block) return this.#readBlocks(tensor, [totalRows, ...rest], firstRow, block, from, to);
    const slice: TensorSlice = { axis: 0, from: firstRow + from, to: firstRow + to };
    return this.#read(tensor, [totalRows, ...rest], slice);
  }

  /** Rows `from` to `to` of those that `block` says. */
  async #readBlocks(
    tensor: string,
    shape: readonly number[],
    firstRow: number,
    block: { readonly rows: number; readonly stride: number },
    from: number,
    to: number,
  ): Promise<Float32Array> {
    const at = (row: number) => firstRow + Math.floor(row / block.rows) * block.stride + (row % block.rows);
    const first = at(from);
    const slice: TensorSlice = { axis: 0, from: first, to: to > from ? at(to - 1) + 1 : first };
    const values = await this.#read(tensor, shape, slice);
    const width = shape.slice(1).reduce((size, n) => size * n, 1);
    const picked = new Float32Array((to - from) * width);
    for (let row = from; row < to; row++) {
      const start = (at(row) - first) * width;
      picked.set(values.subarray(start, start + width), (row - from) * width);
    }
    return picked;
  }

  async #read(name: string, shape: readonly number[], slice?: TensorSlice): Promise<Float32Array> {
    const full = `${this.#prefix}${name}`;
    this.#checkShape(full, shape);
    const whole = !slice || (slice.from === 0 && slice.to === shape[slice.axis]);
    return toFloat32(await this.#checkpoint.read(full, whole ? undefined : slice));
  }
}

function tensorsOf(layer: LinearLayer): LinearTensors {
  return typeof layer === 'string' ? { weight: `${layer}.weight`, bias: `${layer}.bias` } : layer;
}

function tensorName(stored: StoredRows): string {
  return typeof stored === 'string' ? stored : stored.tensor;
}
