import { expect, it } from 'vitest';
import { createBackend } from '../../backend/create.ts';
import { withScope } from '../run/forward.ts';
import { valuesOf } from './values.ts';

it('valuesOf replaces tensors, also in arrays and objects, and keeps everything else', async () => {
  const backend = await createBackend('reference');
  withScope(backend, () => {
    const tensor = backend.tensor(Float32Array.of(1, 2), [1, 2]);
    const values = { data: Float32Array.of(1, 2), shape: [1, 2] };
    expect(valuesOf(backend, tensor)).toEqual(values);
    expect(valuesOf(backend, { a: [tensor], b: { c: tensor } })).toEqual({ a: [values], b: { c: values } });
    const ids = Int32Array.of(3);
    for (const other of [null, undefined, 4, 'text', ids, values])
      expect(valuesOf(backend, other)).toBe(other);
  });
});
