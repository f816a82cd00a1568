import { readFileSync, writeFileSync } from 'node:fs';
import { parseSafetensors, writeSafetensors } from '@headwise/core';
import type { FloatArray } from '@headwise/core/nn';

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

/** Weights in 32 bits, as state dicts have them. */
export const singlePrecision = (weights: Weights): Map<string, FloatArray> =>
  new Map([...weights].map(([name, { data, shape }]) => [name, { data: Float32Array.from(data), shape }]));

/** Writes weights in f32, for a later run of the experiment. */
export const writeWeights = (path: string, weights: Weights): void =>
  writeFileSync(path, safetensorsOf(weights));

/** The weights of a safetensors file in f32. */
export function parseWeights(file: Uint8Array): Map<string, FloatArray> {
  const { tensors, dataStart } = parseSafetensors(file);
  return new Map(
    [...tensors].map(([name, { begin, end, shape }]) => [
      name,
      // A copy: the values in a file need not be aligned.
      {
        data: new Float32Array(Uint8Array.from(file.subarray(dataStart + begin, dataStart + end)).buffer),
        shape,
      },
    ]),
  );
}

/** The weights of a file that {@link writeWeights} has written. */
export const readWeights = (path: string): Map<string, FloatArray> => parseWeights(readFileSync(path));
