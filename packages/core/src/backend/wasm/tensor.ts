import { ConfigError, HeadwiseError } from '../../errors.ts';
import type { Tensor } from '../backend.ts';

/** A stretch of the activation stack; its tensors end with it. */
export interface Scope {
  /** The backend in whose memory they lie: an address means nothing in another. */
  readonly owner: object;
  open: boolean;
}

/** Values in linear memory. Rows of the last axis are `stride` elements apart, so that columns can be a view. */
export class WasmTensor implements Tensor {
  readonly shape: readonly number[];
  readonly address: number;
  readonly stride: number;
  readonly scope: Scope;
  readonly width: number;
  /** Number of rows of the last axis. */
  readonly rows: number;
  /** Whether its values lie one after another. */
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

/** The tensor as `owner` made it, if it did and the tensor is still there. */
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
