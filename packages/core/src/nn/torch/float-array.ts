import type { Backend, Offsets, Tensor } from '../../backend/backend.ts';
import { checkValues, formatShape, sameShape, sizeOf } from '../../backend/check.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { describeValue } from '../../options.ts';

/** Values with a shape, row-major: the inputs and outputs of layers. */
export interface FloatArray {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Whether an input is a plain array rather than a tensor of a backend, which has a stride. */
export function isFloatArray(x: unknown): x is FloatArray {
  return typeof x === 'object' && x !== null && 'data' in x && 'shape' in x && !('stride' in x);
}

/** The sizes of a batch of sequences of equal length. `offsets` are those of its rows `[batch · length, features]`. */
export interface Sequences {
  readonly batch: number;
  readonly length: number;
  readonly features: number;
  readonly offsets: Offsets;
}

/** Throws `ShapeError` unless the data is a Float32Array whose length matches the shape. */
export function checkFloats(what: string, { data, shape }: FloatArray): void {
  if (!(data instanceof Float32Array)) throw new ShapeError(`${what} must have a Float32Array as its data`);
  checkValues(what, data.length, shape);
}

/**
 * The sizes of `x[batch, length, features]`, or with `lengths` of sequences without padding, `x[tokens, features]`. Throws `ShapeError` for another
 * number of axes, or of features if given.
 */
export function sequencesOf(
  layer: string,
  role: string,
  x: FloatArray | Tensor,
  features?: number,
  lengths?: ArrayLike<number>,
): Sequences {
  if (isFloatArray(x)) checkFloats(`${layer}: ${role}`, x);
  if (lengths && x.shape.length === 2) return packedSequences(layer, role, x.shape, features, lengths);
  const [batch = 0, length = 0, width = 0] = x.shape;
  if (x.shape.length !== 3) {
    throw new ShapeError(`${layer}: ${role} must be [batch, length, features], got ${formatShape(x.shape)}`);
  }
  if (features !== undefined && width !== features) {
    throw new ShapeError(`${layer}: ${role} must have ${features} features, got ${formatShape(x.shape)}`);
  }
  return { batch, length, features: width, offsets: evenOffsets(batch, length) };
}

/** The sizes of sequences of `lengths[s]` tokens each, one after another: `shape` is `[tokens, features]`. */
function packedSequences(
  layer: string,
  role: string,
  shape: readonly number[],
  features: number | undefined,
  lengths: ArrayLike<number>,
): Sequences {
  const [tokens = 0, width = 0] = shape;
  const list = Array.from(lengths);
  const offsets = new Int32Array(list.length + 1);
  for (const [s, n] of list.entries()) offsets[s + 1] = offsets[s]! + n;
  const whole = list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!whole || offsets.at(-1) !== tokens || (features !== undefined && width !== features)) {
    throw new ShapeError(
      `${layer}: ${role} must be [sum of lengths, ${features ?? 'features'}], got ${formatShape(shape)} and lengths ${list.join(', ') || 'none'}`,
    );
  }
  return {
    batch: list.length,
    length: list.reduce((longest, length) => Math.max(longest, length), 0),
    features: width,
    offsets,
  };
}

/** Offsets of `batch` sequences of `length` rows each. */
export function evenOffsets(batch: number, length: number): Offsets {
  return Int32Array.from({ length: batch + 1 }, (_, s) => s * length);
}

/** The values as rows in a backend: `[batch · length, features]`. */
export function toRows(backend: Backend, x: FloatArray | Tensor): Tensor {
  const features = x.shape.at(-1) ?? 1;
  const rows = sizeOf(x.shape.slice(0, -1));
  if (isFloatArray(x)) return backend.tensor(x.data, [rows, features]);
  return x.shape.length === 2 ? x : backend.reshape(x, [rows, features]);
}

/** Throws `ShapeError` unless `x` has this shape. */
export function checkArray(
  layer: string,
  role: string,
  x: FloatArray | Tensor,
  shape: readonly number[],
): void {
  if (isFloatArray(x)) checkFloats(`${layer}: ${role}`, x);
  if (!sameShape(x.shape, shape)) {
    throw new ShapeError(`${layer}: ${role} must be ${formatShape(shape)}, got ${formatShape(x.shape)}`);
  }
}

/** Throws `ConfigError` unless every size is a whole number of at least 1. */
export function checkSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!(Number.isSafeInteger(size) && size >= 1)) {
      throw new ConfigError(
        `${layer}: ${name} must be a whole number of at least 1, got ${describeValue(size)}`,
      );
    }
  }
}
