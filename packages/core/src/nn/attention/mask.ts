import type { Backend, Tensor } from '../../backend/backend.ts';
import { checkValues, formatShape } from '../../backend/check.ts';
import { ConfigError, ShapeError } from '../../errors.ts';

/**
 * An attention mask as in PyTorch: of bytes, where anything but 0 excludes a key (PyTorch's `True`); or of floats, which are added to the
 * scores (−∞ excludes).
 */
export interface Mask {
  readonly data: Uint8Array | Float32Array;
  readonly shape: readonly number[];
}

/** The masks of one attention. */
export interface Masks {
  /**
   * Keys excluded for all queries of a sequence, such as padding: `[batch, keys]`. A query without any key gets a context of zeros (PyTorch:
   * NaN).
   */
  readonly keyPaddingMask?: Mask;
  /**
   * For each query and key: `[batch · heads, queries, keys]`, or up to four axes that are broadcast to `[batch, heads, queries, keys]` from the
   * last: `[keys]`, `[queries, keys]`, `[heads, queries, keys]`; of queries, heads and batch there may be 1. Also takes position biases (T5,
   * ALiBi).
   */
  readonly attnMask?: Mask;
}

/**
 * Which positions queries have among keys if there are not as many of both, as in PyTorch's `torch.nn.attention.bias.CausalVariant`: the first
 * query is at the first key (`upperLeft`; PyTorch's and ONNX's `is_causal`), or the last query at the last key (`lowerRight`).
 */
export type CausalVariant = 'upperLeft' | 'lowerRight';

/** The variant, by default `upperLeft`. Throws `ConfigError` for any other name. */
export function checkCausalVariant(layer: string, variant: CausalVariant = 'upperLeft'): CausalVariant {
  if (variant === 'upperLeft' || variant === 'lowerRight') return variant;
  throw new ConfigError(
    `${layer}: causalVariant must be upperLeft or lowerRight, got ${JSON.stringify(variant)}`,
  );
}

/**
 * The masks for `extra` more keys that all queries see, with the causal mask among them: a query sees the keys up to its position, the first
 * query's being `start`.
 */
export function masksWithExtra(
  layer: string,
  masks: Masks,
  sizes: Sizes,
  extra: number,
  start: number | undefined,
): Masks {
  const { queries, keys } = sizes;
  const widen = ({ data, shape }: Mask, value: (row: number, key: number) => number): Float32Array => {
    const bias = toBias(data);
    const rows = shape.slice(0, -1).reduce((count, size) => count * size, 1);
    return Float32Array.from({ length: rows * (keys + extra) }, (_, i) => {
      const [row, key] = [Math.floor(i / (keys + extra)), i % (keys + extra)];
      return key < keys ? bias[row * keys + key]! + value(row, key) : 0;
    });
  };
  const wide = (shape: readonly number[]) => [...shape.slice(0, -1), keys + extra];
  const { keyPaddingMask } = masks;
  if (keyPaddingMask) checkShape(layer, 'keyPaddingMask', keyPaddingMask, [[sizes.batch, keys]]);
  let { attnMask } = masks;
  if (attnMask) attnMaskShape(layer, attnMask, sizes);
  if (start !== undefined) attnMask = withQueries(attnMask ?? NOTHING_MASKED(keys), queries);
  return {
    ...(keyPaddingMask && {
      keyPaddingMask: { shape: wide(keyPaddingMask.shape), data: widen(keyPaddingMask, () => 0) },
    }),
    ...(attnMask && {
      attnMask: {
        shape: wide(attnMask.shape),
        data: widen(attnMask, (row, key) =>
          start !== undefined && key > start + (row % queries) ? -Infinity : 0,
        ),
      },
    }),
  };
}

const NOTHING_MASKED = (keys: number): Mask => ({ data: new Float32Array(keys), shape: [keys] });

/** The mask with an axis of `queries` in place of one of size 1, or of none. */
function withQueries(mask: Mask, queries: number): Mask {
  const { data, shape } = mask;
  const keys = shape.at(-1) ?? 0;
  if (shape.length > 1 && shape.at(-2) === queries) return mask;
  const bias = toBias(data);
  const repeated = new Float32Array(bias.length * queries);
  for (let row = 0; row * keys < bias.length; row++) {
    for (let query = 0; query < queries; query++) {
      repeated.set(bias.subarray(row * keys, (row + 1) * keys), (row * queries + query) * keys);
    }
  }
  return { data: repeated, shape: [...shape.slice(0, Math.max(0, shape.length - 2)), queries, keys] };
}

interface Sizes {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

type Shape4 = readonly [batch: number, heads: number, queries: number, keys: number];

/** Both masks as one bias `[batch or 1, heads or 1, queries or 1, keys]` for the backend's attention; undefined if there is neither. */
export function maskBias(backend: Backend, layer: string, masks: Masks, sizes: Sizes): Tensor | undefined {
  const { keyPaddingMask, attnMask } = masks;
  const parts: { values: Float32Array; shape: Shape4 }[] = [];
  if (keyPaddingMask) {
    const shape = checkShape(layer, 'keyPaddingMask', keyPaddingMask, [[sizes.batch, sizes.keys]]);
    parts.push({ values: toBias(keyPaddingMask.data), shape: [shape[0]!, 1, 1, shape[1]!] });
  }
  if (attnMask) parts.push({ values: toBias(attnMask.data), shape: attnMaskShape(layer, attnMask, sizes) });
  const [first, second] = parts;
  if (!first) return undefined;
  const { values, shape } = second ? sum(first, second) : first;
  return backend.tensor(values, shape);
}

function attnMaskShape(layer: string, mask: Mask, { batch, heads, queries, keys }: Sizes): Shape4 {
  const { shape: given } = mask;
  if (given.length === 3 && given[0] === batch * heads && given[1] === queries && given[2] === keys) {
    checkValues(`${layer}: attnMask`, mask.data.length, given);
    return [batch, heads, queries, keys];
  }
  // Axes are broadcast from the last.
  const missing = 4 - given.length;
  const sizeOrOne = (axis: number, size: number) => (given[axis - missing] === 1 ? 1 : size);
  const full = [sizeOrOne(0, batch), sizeOrOne(1, heads), sizeOrOne(2, queries), keys];
  const fits =
    missing >= 0 && missing <= 3 && full.slice(missing).every((size, axis) => size === given[axis]);
  if (!fits) {
    throw new ShapeError(
      `${layer}: attnMask must be ${formatShape([queries, keys])} or ${formatShape([batch * heads, queries, keys])} or broadcast to ${formatShape([batch, heads, queries, keys])}, got ${formatShape(given)}`,
    );
  }
  checkValues(`${layer}: attnMask`, mask.data.length, given);
  return [...new Array<number>(missing).fill(1), ...given] as unknown as Shape4;
}

/** The shape of a mask. Throws `ShapeError` unless it is one of `shapes`. */
function checkShape(
  layer: string,
  role: string,
  mask: Mask,
  shapes: readonly (readonly number[])[],
): readonly number[] {
  checkValues(`${layer}: ${role}`, mask.data.length, mask.shape);
  const found = shapes.find(
    (shape) => shape.length === mask.shape.length && shape.every((size, axis) => size === mask.shape[axis]),
  );
  if (found) return found;
  throw new ShapeError(
    `${layer}: ${role} must be ${shapes.map((shape) => formatShape(shape)).join(' or ')}, got ${formatShape(mask.shape)}`,
  );
}

function toBias(mask: Uint8Array | Float32Array): Float32Array {
  return mask instanceof Float32Array
    ? mask
    : Float32Array.from(mask, (excluded) => (excluded ? -Infinity : 0));
}

/** a + b, broadcast along axes of size 1. */
function sum(a: { values: Float32Array; shape: Shape4 }, b: { values: Float32Array; shape: Shape4 }) {
  const shape = a.shape.map((size, axis) => Math.max(size, b.shape[axis]!)) as unknown as Shape4;
  const values = new Float32Array(shape[0] * shape[1] * shape[2] * shape[3]);
  const [fromA, fromB] = [strides(a.shape), strides(b.shape)];
  let at = 0;
  for (let s = 0; s < shape[0]; s++) {
    for (let h = 0; h < shape[1]; h++) {
      for (let q = 0; q < shape[2]; q++) {
        const rowA = s * fromA[0] + h * fromA[1] + q * fromA[2];
        const rowB = s * fromB[0] + h * fromB[1] + q * fromB[2];
        for (let k = 0; k < shape[3]; k++) values[at++] = a.values[rowA + k]! + b.values[rowB + k]!;
      }
    }
  }
  return { values, shape };
}

/** Strides of the first three axes, 0 for axes of size 1. */
function strides([batch, heads, queries, keys]: Shape4): readonly [number, number, number] {
  return [
    batch === 1 ? 0 : heads * queries * keys,
    heads === 1 ? 0 : queries * keys,
    queries === 1 ? 0 : keys,
  ];
}
