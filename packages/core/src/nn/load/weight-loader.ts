import type { Backend, LinearWeights, Tensor, WeightType } from '../../backend/backend.ts';
import { LoadError, ShapeError } from '../../errors.ts';
import { toFloat32 } from '../../weights/convert.ts';
import type { Checkpoint, TensorSlice } from '../../weights/types.ts';
import { ALL_WEIGHTS, type IndexRange, type Shard, type WeightPlan } from '../run/shard.ts';

/** A linear layer of a checkpoint: `<name>.weight`, `<name>.bias`. */
export interface LinearPart {
  readonly name: string;
  readonly outFeatures: number;
  /** Output features to take. Default: all. */
  readonly rows?: IndexRange;
  /** Whether it has a bias: this shard's to add, another one's, or none. Default `own`. */
  readonly bias?: 'own' | 'elsewhere' | 'none';
}

/** How a linear layer is put together from a checkpoint. */
export interface LinearSource {
  /** Layers whose outputs stand side by side, to be one matmul. */
  readonly parts: readonly LinearPart[];
  readonly inFeatures: number;
  /** Input features to take. Default: all. */
  readonly columns?: IndexRange;
  /** Keep it in 8 bits where the plan says `q4`: for layers whose errors tell most. Default false. */
  readonly sensitive?: boolean;
}

/**
 * Takes a model's weights out of a checkpoint and into a backend: checks every shape, converts what is stored to f32, reads only
 * this shard's share, and knows at the end what the checkpoint holds that nobody asked for.
 */
export class WeightLoader {
  readonly backend: Backend;
  readonly shard: Shard;
  readonly #dtype: WeightType;
  readonly #checkpoint: Checkpoint;
  readonly #prefix: string;
  readonly #consumed = new Set<string>();
  readonly #made: (Tensor | LinearWeights)[] = [];

  constructor(checkpoint: Checkpoint, backend: Backend, plan: WeightPlan = ALL_WEIGHTS, prefix = '') {
    this.#checkpoint = checkpoint;
    this.backend = backend;
    this.shard = plan.shard;
    this.#dtype = plan.dtype;
    this.#prefix = prefix;
  }

  /** A weight as it is, or rows of it. */
  async constant(name: string, shape: readonly number[], rows?: IndexRange): Promise<Tensor> {
    const data = await this.#read(name, shape, rows && { axis: 0, ...rows });
    const [size = 0, ...rest] = shape;
    return this.#keep(this.backend.constant(data, [rows ? rows.to - rows.from : size, ...rest]));
  }

  /** An embedding table `[size, width]`, or rows of it, in the plan's type. */
  async table(name: string, size: number, width: number, rows: IndexRange): Promise<Tensor> {
    const data = await this.#read(name, [size, width], { axis: 0, ...rows });
    return this.#keep(this.backend.embeddingTable(data, width, this.#dtype));
  }

  /** A linear layer, or several as one. Where only some of them have a bias, the others' is 0. */
  async linear({ parts, inFeatures, columns, sensitive = false }: LinearSource): Promise<LinearWeights> {
    const width = columns ? columns.to - columns.from : inFeatures;
    const heights = parts.map(({ outFeatures, rows }) => (rows ? rows.to - rows.from : outFeatures));
    const height = heights.reduce((sum, own) => sum + own, 0);
    const weight = new Float32Array(height * width);
    const biased = parts.some(({ bias = 'own' }) => bias === 'own');
    const biases = biased ? new Float32Array(height) : undefined;
    let at = 0;
    for (const [index, { name, outFeatures, rows, bias = 'own' }] of parts.entries()) {
      const slice: TensorSlice | undefined = columns ? { axis: 1, ...columns } : rows && { axis: 0, ...rows };
      weight.set(await this.#read(`${name}.weight`, [outFeatures, inFeatures], slice), at * width);
      if (bias === 'own') {
        biases?.set(await this.#read(`${name}.bias`, [outFeatures], rows && { axis: 0, ...rows }), at);
      } else if (bias === 'elsewhere') {
        this.#consumed.add(`${this.#prefix}${name}.bias`);
      }
      at += heights[index]!;
    }
    const dtype = sensitive && this.#dtype === 'q4' ? 'q8' : this.#dtype;
    return this.#keep(this.backend.linearWeights(weight, biases, width, dtype));
  }

  /** A linear layer, or rows of it, whose weight and bias have names of their own, or are another layer's (tied). */
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

  /** A linear layer from values that the caller has put together; see {@link values}. */
  linearFrom(weight: Float32Array, bias: Float32Array | undefined, inFeatures: number): LinearWeights {
    return this.#keep(this.backend.linearWeights(weight, bias, inFeatures, this.#dtype));
  }

  /** A constant that no checkpoint holds, to be freed with the others. */
  constantFrom(data: Float32Array, shape: readonly number[]): Tensor {
    return this.#keep(this.backend.constant(data, shape));
  }

  /** Linear layers that the model has and this shard has nothing of. */
  skip(names: readonly string[]): void {
    for (const name of names) {
      this.#consumed.add(`${this.#prefix}${name}.weight`);
      this.#consumed.add(`${this.#prefix}${name}.bias`);
    }
  }

  /** Tensors that the model has and this shard has nothing of. */
  skipTensors(names: readonly string[]): void {
    for (const name of names) this.#consumed.add(`${this.#prefix}${name}`);
  }

  /** Whether the checkpoint has the tensor. */
  has(name: string): boolean {
    return this.#checkpoint.names.includes(`${this.#prefix}${name}`);
  }

  /** Throws `LoadError` if the checkpoint holds tensors that the model does not know; `ignore` are known not to be needed. */
  assertAllConsumed(architecture: string, ignore: readonly RegExp[]): void {
    const unknown = this.#checkpoint.names.filter(
      (name) => !this.#consumed.has(name) && !ignore.some((pattern) => pattern.test(name)),
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
    this.#consumed.add(full);
    if (info.shape.length !== shape.length || info.shape.some((size, axis) => size !== shape[axis])) {
      throw new ShapeError(
        `checkpoint: ${full} must be [${shape.join(', ')}] by the configuration, is [${info.shape.join(', ')}]`,
      );
    }
    const whole = !slice || (slice.from === 0 && slice.to === shape[slice.axis]);
    return toFloat32(await this.#checkpoint.read(full, whole ? undefined : slice));
  }
}
