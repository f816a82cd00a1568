import { expect } from 'vitest';
import { type TensorData, writeSafetensors } from '../../src/index.ts';
import { difference, floats, type StoredArray } from './fixture.ts';

const TOLERANCE = 2e-6;

/** modules.json of modules of these types. */
export const modulesJson = (types: readonly string[], name = 'sentence_transformers.models.') =>
  JSON.stringify(
    types.map((type, idx) => ({
      idx,
      name: `${idx}`,
      path: idx === 0 ? '' : `${idx}_${type}`,
      type: `${name}${type}`,
    })),
  );

/** An array of the fixture as a tensor. */
export const tensor = (stored: StoredArray): TensorData => {
  const { shape, data } = floats(stored);
  return { dtype: 'F32', shape, bytes: new Uint8Array(data.slice().buffer) };
};

/** A safetensors file. */
export const weights = (tensors: Record<string, TensorData>) =>
  writeSafetensors(new Map(Object.entries(tensors)));

/** The rows of an array of the fixture. */
export const rowsOf = (stored: StoredArray) => {
  const { shape, data } = floats(stored);
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, row) => data.subarray(row * width, (row + 1) * width));
};

/** Compares vectors feature by feature. */
export const expectVectors = (
  got: readonly Float32Array[],
  want: readonly Float32Array[],
  tolerance = TOLERANCE,
) => {
  expect(got.length).toBe(want.length);
  for (const [i, vector] of got.entries())
    expect(difference(vector, want[i]!)).toBeLessThanOrEqual(tolerance);
};
