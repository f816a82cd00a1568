import type { ActivationName, Tensor } from '../../src/backend/backend.ts';
import { type Operands, operation, sizeOf } from './operation.ts';

export interface ShapeParameters {
  readonly shape: readonly number[];
  /** Operands, which have two axes then, are views of wider matrices. */
  readonly strided?: boolean;
}

/** `[rows, width]` */
export interface RowParameters {
  readonly rows: number;
  readonly width: number;
  readonly strided?: boolean;
}

export interface Values {
  readonly x: Float32Array;
}

function place(on: Operands, values: Float32Array, { shape, strided }: ShapeParameters): Tensor {
  return strided ? on.matrix(values, shape[0]!, shape[1]!, true) : on.tensor(values, shape);
}

/** x + y; with `same`, x + x of one tensor. */
export const add = operation<ShapeParameters & { readonly same?: boolean }, Values & { y: Float32Array }>({
  name: 'add',
  values: ({ shape }, random) => ({
    x: random.values(sizeOf(shape), 10),
    y: random.values(sizeOf(shape), 10),
  }),
  prepare(on, parameters, values) {
    const x = place(on, values.x, parameters);
    const y = parameters.same ? x : place(on, values.y, parameters);
    return () => [on.backend.add(x, y)];
  },
});

export const scale = operation<ShapeParameters & { readonly factor: number }, Values>({
  name: 'scale',
  values: ({ shape }, random) => ({ x: random.values(sizeOf(shape), 10) }),
  prepare(on, parameters, values) {
    const x = place(on, values.x, parameters);
    return () => [on.backend.scale(x, parameters.factor)];
  },
});

export const activate = operation<ShapeParameters & { readonly activation: ActivationName }, Values>({
  name: 'activate',
  values: ({ shape }, random) => ({ x: random.values(sizeOf(shape), 8) }),
  prepare(on, parameters, values) {
    const x = place(on, values.x, parameters);
    return () => [on.backend.activate(x, parameters.activation)];
  },
});

/** Input `[rows, 2 · width]`, result `[rows, width]`. */
export const gate = operation<RowParameters & { readonly activation: ActivationName }, Values>({
  name: 'gate',
  values: ({ rows, width }, random) => ({ x: random.values(rows * 2 * width, 6) }),
  prepare(on, { rows, width, activation, strided }, values) {
    const x = on.matrix(values.x, rows, 2 * width, strided);
    return () => [on.backend.gate(x, activation)];
  },
});
