import type { Backend, LinearWeights, Tensor, WeightType } from '../../backend/backend.ts';
import { LoadError, ShapeError } from '../../errors.ts';
import { toFloat32 } from '../../weights/convert.ts';
import type { Checkpoint, TensorSlice } from '../../weights/types.ts';
import { ALL_WEIGHTS, type IndexRange, type Shard, type WeightPlan } from '../run/shard.ts';

/**
 * A tensor of a checkpoint, or the rows of one from `firstRow` on where several layers are packed in it: `[totalRows, …]`. With `block` the rows
 * are not consecutive: `block.rows` of them, then as many again `block.stride` rows after the first, where the heads of queries, keys and values
 * alternate.
 */
export type StoredRows =
  | string
  | {
      readonly tensor: string;
      readonly firstRow: number;
      readonly totalRows: number;
      readonly block?: { readonly rows: number; readonly stride: number };
    };

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

/**
 * Loads a model's weights from a checkpoint into a backend: checks every shape, converts values to f32, reads only this shard's
 * slices, and tracks which tensors were used, so that unexpected ones are reported.
 */
export class WeightLoader {
  readonly backend: Backend;
  readonly shard: Shard;
  readonly #dtype: WeightType;
  readonly #checkpoint: Checkpoint;
  readonly #prefix: string;
  readonly #consumed = new Set<string>();
  /** Everything loaded, for {@link release}. */
  readonly #loaded: (Tensor | LinearWeights)[] = [];

  constructor(checkpoint: Checkpoint, backend: Backend, plan: WeightPlan = ALL_WEIGHTS, prefix = '') {
    this.#checkpoint = checkpoint;
    this.backend = backend;
    this.shard = plan.shard;
    this.#dtype = plan.dtype;
    this.#prefix = prefix;
  }

  /** A tensor as f32, or rows of it. */
  async constant(name: string, shape: readonly number[], rows?: IndexRange): Promise<Tensor> {
    const data = await this.#read(name, shape, rows && { axis: 0, ...rows });
    const [size = 0, ...rest] = shape;
    return this.#keep(this.backend.constant(data, [rows ? rows.to - rows.from : size, ...rest]));
  }

  /** Rows of an embedding table `[size, width]`, in the plan's type: `[rows, width]`. */
  async table(name: string, size: number, width: number, rows: IndexRange): Promise<Tensor> {
    const data = await this.#read(name, [size, width], { axis: 0, ...rows });
    return this.#keep(this.backend.embeddingTable(data, width, this.#dtype));
  }

  /** Loads layers as one, `[rows of all parts, columns]`. Where only some of them have a bias, that of the others is 0. */
  async linear({ parts, inFeatures, columns, minBits }: LinearSource): Promise<LinearWeights> {
    // Before anything is allocated by the sizes of the configuration.
    for (const { layer, outFeatures } of parts)
      this.#checkRows(tensorsOf(layer).weight, [outFeatures, inFeatures]);
    const width = columns ? columns.to - columns.from : inFeatures;
    const heights = parts.map(({ outFeatures, rows }) => (rows ? rows.to - rows.from : outFeatures));
    const height = heights.reduce((sum, rows) => sum + rows, 0);
    const weight = new Float32Array(height * width);
    const hasBias = parts.some(
      ({ layer, bias = 'own' }) => bias === 'own' && tensorsOf(layer).bias !== undefined,
    );
    const biases = hasBias ? new Float32Array(height) : undefined;
    let row = 0;
    for (const [index, { layer, outFeatures, rows, bias = 'own' }] of parts.entries()) {
      const tensors = tensorsOf(layer);
      weight.set(await this.#readRows(tensors.weight, [outFeatures, inFeatures], rows, columns), row * width);
      if (tensors.bias !== undefined && bias !== 'none') {
        if (bias === 'own') biases?.set(await this.#readRows(tensors.bias, [outFeatures], rows), row);
        else this.skipTensors([tensorName(tensors.bias)]);
      }
      row += heights[index]!;
    }
    return this.#keep(this.backend.linearWeights(weight, biases, width, this.#typeOf(minBits)));
  }

  /** A linear layer, or rows of it, by the names of its tensors; the weight may also be an embedding table (tied weights). */
  async linearOf(
    weight: string,
    bias: string | undefined,
    inFeatures: number,
    outFeatures: number,
    rows?: IndexRange,
  ): Promise<LinearWeights> {
    const slice = rows && { axis: 0 as const, ...rows };
    const values = await this.#read(weight, [outFeatures, inFeatures], slice);
    const biases = bias === undefined ? undefined : await this.#read(bias, [outFeatures], slice);
    return this.#keep(this.backend.linearWeights(values, biases, inFeatures, this.#dtype));
  }

  /** A linear layer from values that the caller has read with {@link values}. */
  linearFrom(
    weight: Float32Array,
    bias: Float32Array | undefined,
    inFeatures: number,
    minBits?: 8,
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
    return this.#checkpoint.names.includes(`${this.#prefix}${name}`);
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

  #typeOf(minBits: 8 | undefined): WeightType {
    return minBits === 8 && this.#dtype === 'q4' ? 'q8' : this.#dtype;
  }

  #keep<W extends Tensor | LinearWeights>(weights: W): W {
    this.#loaded.push(weights);
    return weights;
  }

  /** The values of a tensor or of a slice of it, as f32. */
  values(name: string, shape: readonly number[], slice?: TensorSlice): Promise<Float32Array> {
    return this.#read(name, shape, slice);
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
  #readRows(
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
