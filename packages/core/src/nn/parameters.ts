import type { Backend, LinearWeights, Tensor, WeightType } from '../backend/backend.ts';
import { LoadError, ShapeError } from '../errors.ts';
import { toFloat32 } from '../weights/convert.ts';
import type { Checkpoint, TensorSlice } from '../weights/types.ts';
import { ALL_WEIGHTS, type Range, type Shard, type WeightPlan } from './shard.ts';

/** How a linear layer is put together from a checkpoint. */
export interface LinearSource {
  /** Names of layers (`<name>.weight`, `<name>.bias`) whose outputs stand side by side, to be one matmul. */
  readonly names: readonly string[];
  readonly inFeatures: number;
  /** Of each name. */
  readonly outFeatures: number;
  /** Output features to take of each name. Default: all. */
  readonly rows?: Range;
  /** Input features to take. Default: all. */
  readonly columns?: Range;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * Takes a model's weights out of a checkpoint and into a backend: checks every shape, converts what is stored to f32, reads only
 * this shard's share, and knows at the end what the checkpoint holds that nobody asked for.
 */
export class Parameters {
  readonly backend: Backend;
  readonly shard: Shard;
  readonly #dtype: WeightType;
  readonly #checkpoint: Checkpoint;
  readonly #prefix: string;
  readonly #asked = new Set<string>();
  readonly #made: (Tensor | LinearWeights)[] = [];

  constructor(checkpoint: Checkpoint, backend: Backend, plan: WeightPlan = ALL_WEIGHTS, prefix = '') {
    this.#checkpoint = checkpoint;
    this.backend = backend;
    this.shard = plan.shard;
    this.#dtype = plan.dtype;
    this.#prefix = prefix;
  }

  /** A weight as it is, or rows of it. */
  async constant(name: string, shape: readonly number[], rows?: Range): Promise<Tensor> {
    const data = await this.#read(name, shape, rows && { axis: 0, ...rows });
    const [size = 0, ...rest] = shape;
    return this.#keep(this.backend.constant(data, [rows ? rows.to - rows.from : size, ...rest]));
  }

  /** An embedding table `[size, width]`, or rows of it, in the plan's type. */
  async table(name: string, size: number, width: number, rows: Range): Promise<Tensor> {
    const data = await this.#read(name, [size, width], { axis: 0, ...rows });
    return this.#keep(this.backend.embeddingTable(data, width, this.#dtype));
  }

  /** A linear layer, or several as one. */
  async linear(source: LinearSource): Promise<LinearWeights> {
    const { names, inFeatures, outFeatures, bias = true } = source;
    const rows = source.rows ?? { from: 0, to: outFeatures };
    const columns = source.columns ?? { from: 0, to: inFeatures };
    const [height, width] = [rows.to - rows.from, columns.to - columns.from];
    const weight = new Float32Array(names.length * height * width);
    const biases = bias ? new Float32Array(names.length * height) : undefined;
    for (const [index, name] of names.entries()) {
      const slice: TensorSlice | undefined = source.columns
        ? { axis: 1, ...columns }
        : source.rows && { axis: 0, ...rows };
      weight.set(
        await this.#read(`${name}.weight`, [outFeatures, inFeatures], slice),
        index * height * width,
      );
      if (biases) {
        const values = await this.#read(`${name}.bias`, [outFeatures], source.rows && { axis: 0, ...rows });
        biases.set(values, index * height);
      } else {
        this.#asked.add(`${this.#prefix}${name}.bias`);
      }
    }
    return this.#keep(this.backend.linearWeights(weight, biases, width, this.#dtype));
  }

  /** A linear layer whose weight and bias have names of their own, or are another layer's (tied). */
  async linearOf(
    weight: string,
    bias: string | undefined,
    inFeatures: number,
    outFeatures: number,
  ): Promise<LinearWeights> {
    const values = await this.#read(weight, [outFeatures, inFeatures]);
    const biases = bias === undefined ? undefined : await this.#read(bias, [outFeatures]);
    return this.#keep(this.backend.linearWeights(values, biases, inFeatures, this.#dtype));
  }

  /** A linear layer from values that the caller has put together; see {@link values}. */
  linearFrom(weight: Float32Array, bias: Float32Array | undefined, inFeatures: number): LinearWeights {
    return this.#keep(this.backend.linearWeights(weight, bias, inFeatures, this.#dtype));
  }

  /** A constant that no checkpoint holds, to be freed with the others. */
  constantFrom(data: Float32Array, shape: readonly number[]): Tensor {
    return this.#keep(this.backend.constant(data, shape));
  }

  /** Linear layers that the model has and this shard has nothing of. */
  leave(names: readonly string[]): void {
    for (const name of names) {
      this.#asked.add(`${this.#prefix}${name}.weight`);
      this.#asked.add(`${this.#prefix}${name}.bias`);
    }
  }

  /** Tensors that the model has and this shard has nothing of. */
  leaveTensors(names: readonly string[]): void {
    for (const name of names) this.#asked.add(`${this.#prefix}${name}`);
  }

  /** Whether the checkpoint has the tensor. */
  has(name: string): boolean {
    return this.#checkpoint.names.includes(`${this.#prefix}${name}`);
  }

  /** Throws `LoadError` if the checkpoint holds tensors that the model does not know; `ignore` are known not to be needed. */
  checkAllAsked(architecture: string, ignore: readonly RegExp[]): void {
    const unknown = this.#checkpoint.names.filter(
      (name) => !this.#asked.has(name) && !ignore.some((pattern) => pattern.test(name)),
    );
    if (unknown.length === 0) return;
    const shown = unknown.slice(0, 5).join(', ');
    const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : '';
    throw new LoadError('unknown-tensor', `checkpoint: ${architecture} has no weights named ${shown}${more}`);
  }

  /** Frees everything that was made. */
  release(): void {
    for (const weights of this.#made.splice(0)) this.backend.release(weights);
  }

  #keep<W extends Tensor | LinearWeights>(weights: W): W {
    this.#made.push(weights);
    return weights;
  }

  /** The values of a tensor or of a slice of it, for layers that rearrange them before they go into the backend. */
  values(name: string, shape: readonly number[], slice?: TensorSlice): Promise<Float32Array> {
    return this.#read(name, shape, slice);
  }

  async #read(name: string, shape: readonly number[], slice?: TensorSlice): Promise<Float32Array> {
    const full = `${this.#prefix}${name}`;
    const info = this.#checkpoint.info(full);
    this.#asked.add(full);
    if (info.shape.length !== shape.length || info.shape.some((size, axis) => size !== shape[axis])) {
      throw new ShapeError(
        `checkpoint: ${full} must be [${shape.join(', ')}] by the configuration, is [${info.shape.join(', ')}]`,
      );
    }
    return toFloat32(await this.#checkpoint.read(full, slice));
  }
}
