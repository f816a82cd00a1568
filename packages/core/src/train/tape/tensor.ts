import type { LinearWeights, Tensor, WeightType } from '../../backend/backend.ts';
import { sizeOf } from '../../backend/check.ts';
import { ConfigError } from '../../errors.ts';
import { GradientView } from '../gradients/view.ts';
import type { FloatBuffer } from '../memory/float-buffer.ts';
import type { WeightSource } from '../parameters/weight-source.ts';

/**
 * A block of values that tensors are views of. Gradients belong to storages rather than to tensors: views share the gradient as they
 * share the values.
 */
export class Storage {
  readonly size: number;
  /** Where the values come from, if they are those of parameters. */
  readonly source: WeightSource | undefined;

  constructor(size: number, source?: WeightSource) {
    this.size = size;
    this.source = source;
  }
}

/** A tensor of the wrapped backend, and the part of a storage that it is a view of. */
export class RecordedTensor implements Tensor {
  readonly owner: object;
  readonly shape: readonly number[];
  /** The tensor of the wrapped backend. */
  readonly value: Tensor;
  readonly storage: Storage;
  /** Index of the first value in the storage. */
  readonly start: number;
  /** Values between the beginnings of two rows of the last axis. */
  readonly stride: number;

  constructor(
    owner: object,
    value: Tensor,
    storage = new Storage(sizeOf(value.shape)),
    start = 0,
    stride = value.shape.at(-1) ?? 1,
  ) {
    this.owner = owner;
    this.shape = value.shape;
    this.value = value;
    this.storage = storage;
    this.start = start;
    this.stride = stride;
  }

  /** Features of a row. */
  get width(): number {
    return this.shape.at(-1) ?? 1;
  }

  /** Number of rows: the product of all axes but the last. */
  get rows(): number {
    return sizeOf(this.shape.slice(0, -1));
  }

  get isContiguous(): boolean {
    return this.stride === this.width || this.rows <= 1;
  }

  /** This tensor's part of the gradient of its storage. */
  viewOf(gradient: FloatBuffer): GradientView {
    return new GradientView(gradient, this.start, this.stride, this.rows, this.width);
  }
}

/** Low-rank adapters of the layers in one packed weight: scale · (x · downᵀ) · upᵀ is added to its output. */
export interface RecordedLowRank {
  /** A of all layers, `[rank, inFeatures]`. */
  readonly down: RecordedLinear;
  /** B of all layers, `[outFeatures, rank]`. */
  readonly up: RecordedLinear;
  readonly scale: number;
}

/** The weights of a linear layer, packed by the wrapped backend, and their storages. */
export class RecordedLinear implements LinearWeights {
  readonly owner: object;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly dtype: WeightType = 'f32';
  /** The weights of the wrapped backend, made anew after each change of the parameters. */
  packed: LinearWeights;
  /** `[outFeatures, inFeatures]`. */
  readonly weight: Storage;
  /** `[outFeatures]`. */
  readonly bias: Storage | undefined;
  /** The values `[outFeatures, inFeatures]`, without adapters; not to be modified. */
  readonly values: FloatBuffer;
  /** Adapters of the layer. */
  lowRank: readonly RecordedLowRank[] = [];
  /** Whether `packed` is the sum of `values` and the adapters. */
  isMerged = false;

  constructor(
    owner: object,
    packed: LinearWeights,
    weight: Storage,
    bias: Storage | undefined,
    values: FloatBuffer,
  ) {
    this.owner = owner;
    this.packed = packed;
    this.inFeatures = packed.inFeatures;
    this.outFeatures = packed.outFeatures;
    this.weight = weight;
    this.bias = bias;
    this.values = values;
  }

  /** The rows of the weight as those of an embedding table. */
  viewOf(gradient: FloatBuffer): GradientView {
    const { inFeatures: width, outFeatures: rows } = this;
    return new GradientView(gradient, 0, width, rows, width);
  }
}

/** Throws `ConfigError` for a tensor of another backend. */
export function ownedTensor(owner: object, x: Tensor): RecordedTensor {
  if (x instanceof RecordedTensor && x.owner === owner) return x;
  throw new ConfigError('recording: this tensor belongs to another backend');
}

/** Throws `ConfigError` for weights of another backend. */
export function ownedLinear(owner: object, weights: LinearWeights): RecordedLinear {
  if (weights instanceof RecordedLinear && weights.owner === owner) return weights;
  throw new ConfigError('recording: these weights belong to another backend');
}
