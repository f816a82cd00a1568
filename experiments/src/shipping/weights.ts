import { writeSafetensors } from '@headwise/core';

/** Weights by name, as `ParameterSet.stateDict` returns them. */
export type Weights = ReadonlyMap<
  string,
  { readonly data: Float32Array | Float64Array; readonly shape: readonly number[] }
>;

/** Contents of a model.safetensors file. */
export function safetensorsOf(weights: Weights, dtype: 'F32' | 'F16' = 'F32'): Uint8Array<ArrayBuffer> {
  const tensors = [...weights].map(([name, { data, shape }]) => {
    const values = dtype === 'F16' ? Float16Array.from(data) : Float32Array.from(data);
    return [name, { dtype, shape, bytes: new Uint8Array(values.buffer) }] as const;
  });
  return writeSafetensors(tensors, [['format', 'pt']]);
}
