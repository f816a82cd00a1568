import type { Backend, Tensor } from '../../../src/index.ts';
import type { Random } from '../../operations/index.ts';
import { type Case, testCase } from '../lib/case.ts';
import { EXACT, type Tolerance } from '../lib/compare.ts';
import type { Inputs } from '../lib/inputs.ts';

const sizes = [...Array.from({ length: 70 }, (_, n) => n), 95, 96, 127, 129, 255, 1031, 4099];

const SPECIAL = [NaN, Infinity, -Infinity, -0, 1e38, 3.4028235e38, -3.4028235e38, 1e-45];

/** Values of a vector of n values. */
type Values = (random: Random, n: number) => Float32Array;

const vectors: Readonly<Record<string, Values>> = {
  random: (random, n) => random.values(n, 8),
  // Few distinct values, so that there are many ties.
  ties: (random, n) => random.values(n, 4).map(Math.round),
  ascending: (_, n) => Float32Array.from({ length: n }, (_, i) => i / 8 - 3),
  descending: (_, n) => Float32Array.from({ length: n }, (_, i) => 5 - i / 8),
  equal: (_, n) => new Float32Array(n).fill(-2.5),
  zeros: (_, n) => Float32Array.from({ length: n }, (_, i) => (i % 3 === 0 ? 0 : -0)),
  forbidden: (_, n) => new Float32Array(n).fill(-Infinity),
  extremes: (random, n) => {
    const of = random.integers(n, 0, SPECIAL.length - 1);
    return Float32Array.from(of, (i) => SPECIAL[i]!);
  },
};

/** One special value at each of several indices among ordinary values. */
function withSpecial(n: number): Float32Array[] {
  const indices = [...new Set([0, 1, 7, 8, 15, 16, n >> 1, n - 1])].filter((i) => i >= 0 && i < n);
  return SPECIAL.flatMap((value) =>
    indices.map((index) => {
      const x = Float32Array.from({ length: n }, (_, i) => ((i * 37) % 11) - 5);
      x[index] = value;
      return x;
    }),
  );
}

/** The vector as `[n]`, `[1, n]` and a row of a matrix. */
function placed(inputs: Inputs, x: Float32Array): Tensor[] {
  const n = x.length;
  const matrix = new Float32Array(3 * n).fill(NaN);
  matrix.set(x, n);
  const all = inputs.tensor(matrix, [3, n]);
  return [inputs.tensor(x, [n]), inputs.constant(x, [1, n]), inputs.backend.rows(all, 1, 2)];
}

function each(
  operation: string,
  tolerance: Tolerance,
  call: (backend: Backend, x: Tensor, values: Float32Array) => ArrayLike<number>[],
): Case[] {
  const run = (inputs: Inputs, values: Float32Array) =>
    placed(inputs, values).flatMap((x) =>
      call(inputs.backend, x, values).map((result) => Float32Array.from(result)),
    );
  return [
    ...Object.entries(vectors).flatMap(([kind, valuesOf]) =>
      sizes.map((n) =>
        testCase(operation, { kind, n, seed: n }, tolerance, (inputs) =>
          run(inputs, valuesOf(inputs.random, n)),
        ),
      ),
    ),
    ...[1, 2, 5, 16, 37].map((n) =>
      testCase(operation, { kind: 'special', n, seed: n }, tolerance, (inputs) =>
        withSpecial(n).flatMap((x) => run(inputs, x)),
      ),
    ),
  ];
}

/** Values of k for a vector of n values. */
const counts = (n: number) =>
  [...new Set([0, 1, 2, 5, 50, n >> 1, n - 1, n])].filter((k) => k >= 0 && k <= n);

const finiteMaximum = (values: Float32Array) => {
  const max = values.filter((value) => !Number.isNaN(value)).reduce((a, b) => Math.max(a, b), -Infinity);
  return Number.isFinite(max) ? max : undefined;
};

/** Relative error of the kernel's exponentials; below e^−88 it gives 0. With extreme values, x − shift overflows to −∞ in float32. */
const EXPONENTIALS: Tolerance = { absolute: 1e-36, relative: 4e-7 };

export const vectorCases = {
  argmax: each('argmax', EXACT, (backend, x, values) => (values.length === 0 ? [] : [[backend.argmax(x)]])),
  topK: each('topK', EXACT, (backend, x, values) =>
    counts(values.length).flatMap((k) => {
      const { indices, values: largest } = backend.topK(x, k);
      return [indices, largest];
    }),
  ),
  valuesAtLeast: each('valuesAtLeast', EXACT, (backend, x, values) =>
    [-Infinity, Infinity, 0, -2.5, values[values.length >> 1] ?? 1].flatMap((threshold) => {
      const { indices, values: found } = backend.valuesAtLeast(x, threshold);
      return [indices, found];
    }),
  ),
  sumExp: each('sumExp', EXPONENTIALS, (backend, x, values) => {
    const max = finiteMaximum(values);
    return max === undefined
      ? []
      : [[backend.sumExp(x, max)], [backend.sumExp(x, max, 1.25)], [backend.sumExp(x, max, 0.3)]];
  }),
  searchExp: each('searchExp', EXACT, (backend, x, values) => {
    const max = finiteMaximum(values);
    if (max === undefined) return [];
    // Half a unit from any sum of equal exponentials.
    return [-1, 0.5, 2.5, 1e9].map((target) => [backend.searchExp(x, max, 2, target)]);
  }),
};
