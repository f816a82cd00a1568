import { describe, expect, it } from 'vitest';
import { ShapeError } from '../errors.ts';
import { availableBackends, createBackend, type Tensor } from '../index.ts';
import { withScope } from '../internal.ts';

describe.each(availableBackends())('%s throws ShapeError for views, recurrent gates and rotary', (name) => {
  it.each([
    ['rows: 1 to 4 do not lie within 3 rows', (b, x) => b.rows(x, 1, 4)],
    ['rows: -1 to 2 do not lie within 3 rows', (b, x) => b.rows(x, -1, 2)],
    ['reshape: [4, 3] does not hold the 24 values of [3, 8]', (b, x) => b.reshape(x, [4, 3])],
    ['reshape: [-3, -8] does not hold', (b, x) => b.reshape(x, [-3, -8])],
    ['concat: must have at least one part, got none', (b) => b.concat([], 0)],
    ['concat: all parts must have 8 features, part 1 has 2', (b, x) => b.concat([x, b.zeros([3, 2])], 0)],
    ['concat: all parts must have 3 rows, part 1 has 2', (b, x) => b.concat([x, b.zeros([2, 8])], 1)],
    ['concat: part 0 must be [rows, features], got [8]', (b) => b.concat([b.zeros([8])], 0)],
    [
      'lstmGates: gates must be [3, 8] (4 of 2 features), got [3, 6]',
      (b) => b.lstmGates(b.zeros([3, 6]), b.zeros([3, 2])).cell,
    ],
    [
      'gruGates: input gates must be [3, 6] (3 of 2 features), got [3, 8]',
      (b, x) => b.gruGates(x, b.zeros([3, 6]), b.zeros([3, 2])),
    ],
    [
      'gruGates: hidden gates must be [3, 6] (3 of 2 features), got [2, 6]',
      (b) => b.gruGates(b.zeros([3, 6]), b.zeros([2, 6]), b.zeros([3, 2])),
    ],
    [
      'rotary: 8 features do not divide into 3 heads',
      (b, x) => b.rotary(x, b.zeros([2, 2]), Int32Array.of(0, 1, 1), { heads: 3, layout: 'half' }),
    ],
    [
      'rotary: table must have an even number of features, at most the 4 of a head, got 6',
      (b, x) => b.rotary(x, b.zeros([2, 6]), Int32Array.of(0, 1, 1), { heads: 2, layout: 'half' }),
    ],
    [
      'rotary: positions must have 3 values, one for each row, got 2',
      (b, x) => b.rotary(x, b.zeros([2, 4]), Int32Array.of(0, 1), { heads: 2, layout: 'half' }),
    ],
    [
      'rotary: positions must lie in 0 … 1, got 2 at index 1',
      (b, x) => b.rotary(x, b.zeros([2, 4]), Int32Array.of(0, 2, 1), { heads: 2, layout: 'half' }),
    ],
  ] as [string, (backend: Awaited<ReturnType<typeof createBackend>>, x: Tensor) => Tensor][])(
    '%s',
    async (message, operation) => {
      const backend = await createBackend(name);
      withScope(backend, () => {
        const x = backend.zeros([3, 8]);
        expect(() => operation(backend, x)).toThrow(ShapeError);
        expect(() => operation(backend, x)).toThrow(message);
      });
    },
  );
});
