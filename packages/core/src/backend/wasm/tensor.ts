import { ConfigError, HeadwiseError } from '../../errors.ts';
import type { Tensor } from '../backend.ts';

/** The lifetime of tensors: a part of the activation stack, or a constant. */
export interface Scope {
  /** The backend that created the tensors. */
  readonly owner: object;
  open: boolean;
}

/** A tensor in linear memory. Rows of the last axis are `stride` elements apart, so that columns can be a view. */
export class WasmTensor implements Tensor {
  readonly shape: readonly number[];
  readonly address: number;
  readonly stride: number;
  readonly scope: Scope;
  readonly width: number;
  /** Number of rows: the product of all axes but the last. */
  readonly rows: number;
  /** Whether rows follow one another without gaps. */
  readonly isContiguous: boolean;

  constructor(address: number, shape: readonly number[], scope: Scope, stride: number = shape.at(-1) ?? 1) {
    this.address = address;
    this.shape = shape;
    this.scope = scope;
    this.stride = stride;
    this.width = shape.at(-1) ?? 1;
    let rows = 1;
    for (let axis = 0; axis < shape.length - 1; axis++) rows *= shape[axis]!;
    this.rows = rows;
    this.isContiguous = stride === this.width || rows <= 1;
  }
}

/** Throws `ConfigError` for a tensor of another backend, and `ERR_RELEASED` for one whose scope has ended. */
export function ownedTensor(owner: object, x: Tensor): WasmTensor {
  if (!(x instanceof WasmTensor && x.scope.owner === owner)) {
    throw new ConfigError('wasm: this tensor belongs to another backend');
  }
  if (!x.scope.open) {
    throw new HeadwiseError(
      'ERR_RELEASED',
      `wasm: a tensor of shape [${x.shape.join(', ')}] was used after its scope ended`,
    );
  }
  return x;
}
