import type { Backend, Tensor } from '../../backend/backend.ts';
import { checkFloats, type FloatArray, isFloatArray } from './float-array.ts';

/** `T` with plain arrays in place of the tensors. */
export type Values<T> = T extends FloatArray | ArrayBufferView
  ? T
  : T extends Tensor
    ? FloatArray
    : T extends object
      ? { [K in keyof T]: Values<T[K]> }
      : T;

/** The inputs with tensors in place of the plain arrays. */
export function inputsOf(backend: Backend, inputs: readonly unknown[]): unknown[] {
  return inputs.map((x, i) => {
    if (!isFloatArray(x)) return x;
    checkFloats(`input ${i}`, x);
    return backend.tensor(x.data, x.shape);
  });
}

/** `output` with plain arrays in place of the tensors, also of those in arrays and objects. */
export function valuesOf(backend: Backend, output: unknown): unknown {
  if (typeof output !== 'object' || output === null || ArrayBuffer.isView(output)) return output;
  if (isFloatArray(output)) return output;
  if ('shape' in output) {
    const x = output as Tensor;
    return { data: backend.read(x), shape: x.shape } satisfies FloatArray;
  }
  if (Array.isArray(output)) return output.map((one) => valuesOf(backend, one));
  return Object.fromEntries(Object.entries(output).map(([key, value]) => [key, valuesOf(backend, value)]));
}
