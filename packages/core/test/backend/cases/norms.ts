import { operations, type RowParameters, sizeOf } from '../../operations/index.ts';
import { type Case, callOperation, operationCase, testCase } from '../lib/case.ts';
import { ONE_OPERATION } from '../lib/compare.ts';
import { EXTREMES } from './elementwise.ts';

const widths = [
  ...Array.from({ length: 68 }, (_, n) => n),
  95,
  96,
  97,
  127,
  128,
  129,
  255,
  256,
  257,
  384,
  509,
  768,
  1031,
];

type RowCase = RowParameters & { readonly seed: number };

function everyWidth(make: (parameters: RowCase) => Case): Case[] {
  return widths.flatMap((width, seed) => [
    make({ rows: seed % 4, width, strided: false, seed }),
    make({ rows: 3, width, strided: true, seed }),
  ]);
}

/** Input of limits that squares of float32 still hold, on few widths. */
function everyLimit(limits: readonly number[], make: (parameters: RowCase & { limit: number }) => Case) {
  return limits.flatMap((limit) =>
    [5, 33].map((width) => make({ rows: 3, width, strided: false, seed: width, limit })),
  );
}

/** Rows with a large mean. float32 rounds the mean by about offset · 2⁻²⁴, and the result changes by that over the deviation (√3 here). */
function layerNormOffset(offset: number): Case[] {
  const absolute = 1e-5 + (4 * offset * 2 ** -24) / Math.sqrt(3);
  return [64, 384, 1031].map((width, seed) =>
    operationCase(
      operations.layerNorm,
      { rows: 2, width, epsilon: 1e-5, strided: false, offset, seed },
      { absolute, relative: 1e-5 },
    ),
  );
}

/** Rows of equal values, or with one extreme value among ordinary ones. */
function layerNormSpecial(): Case[] {
  return [0, 1, -7.5, NaN, Infinity, -Infinity].flatMap((value) =>
    [false, true].map((constant) =>
      testCase('layerNorm', { value: String(value), constant, seed: 9 }, ONE_OPERATION, (inputs) => {
        const { random } = inputs;
        const x = random.values(3 * 13);
        if (constant) x.fill(value, 13, 26);
        else x[17] = value;
        const values = { x, gain: random.values(13), bias: random.values(13) };
        return callOperation(inputs, operations.layerNorm, { rows: 3, width: 13, epsilon: 1e-12 }, values);
      }),
    ),
  );
}

/** Extremes whose squares float32 holds, or that are not finite. */
const SQUARABLE = EXTREMES.filter((value) => !(Math.abs(value) > 1e18) || !Number.isFinite(value));

/** Rows of one extreme value each. */
function equalRows(values: readonly number[], width: number): Float32Array {
  return Float32Array.from({ length: values.length * width }, (_, i) => values[Math.floor(i / width)]!);
}

/** Rows of equal extreme values, or with one extreme value among ordinary ones. */
function rmsNormSpecial(): Case[] {
  return [1, 3, 4, 9].flatMap((width) =>
    [0, 1e-12].map((epsilon) =>
      testCase('rmsNorm', { of: 'extremes', width, epsilon, seed: width }, ONE_OPERATION, (inputs) => {
        const values = SQUARABLE.filter((value) => epsilon > 0 || !(Math.abs(value) < 1e-15));
        const rows = values.length;
        const single = inputs.random.values(rows * width);
        for (const [row, value] of values.entries()) single[row * width + (row % width)] = value;
        const gain = inputs.random.values(width);
        return [equalRows(values, width), single].flatMap((x) =>
          callOperation(inputs, operations.rmsNorm, { rows, width, epsilon }, { x, gain }),
        );
      }),
    ),
  );
}

/** A square matrix with `value` on the diagonal. */
function withDiagonal(x: Float32Array, width: number, value: number): Float32Array {
  for (let i = 0; i < width; i++) x[i * width + i] = value;
  return x;
}

/** One special value at each index of a row. */
function softmaxSpecial(): Case[] {
  const values = [-Infinity, Infinity, NaN, 1e38, -1e38, 3.4028235e38, 1e-45, 1e4];
  return [1, 2, 3, 4, 5, 7, 8, 9, 16, 19, 31, 67].flatMap((width) =>
    values.map((value) =>
      testCase('softmax', { width, value: String(value), seed: width }, ONE_OPERATION, (inputs) => {
        const x = withDiagonal(inputs.random.values(width * width, 5), width, value);
        return callOperation(inputs, operations.softmax, { rows: width, width }, { x });
      }),
    ),
  );
}

/** Rows of −∞ except for one value. */
function softmaxMasked(): Case[] {
  return [1, 2, 4, 6, 9, 17, 33].flatMap((width) =>
    [-Infinity, 0, 3, NaN, Infinity, -3.4028235e38].map((value) => {
      const parameters = { masked: true, width, value: String(value), seed: width };
      return testCase('softmax', parameters, ONE_OPERATION, (inputs) => {
        const x = withDiagonal(new Float32Array(width * width).fill(-Infinity), width, value);
        return callOperation(inputs, operations.softmax, { rows: width, width }, { x });
      });
    }),
  );
}

function softmaxShapes(): Case[] {
  return [[], [5], [2, 3, 7], [2, 1, 3, 33], [2, 0, 4], [3, 0]].map((shape, seed) =>
    testCase('softmax', { shape, seed }, ONE_OPERATION, (inputs) => {
      const x = inputs.random.values(sizeOf(shape), 4);
      return [inputs.backend.read(inputs.backend.softmax(inputs.tensor(x, shape)))];
    }),
  );
}

function l2NormalizeSpecial(): Case[] {
  const rows = SQUARABLE.length;
  return [1, 3, 4, 9].map((width) =>
    testCase('l2Normalize', { of: 'extremes', width, seed: width }, ONE_OPERATION, (inputs) =>
      callOperation(inputs, operations.l2Normalize, { rows, width }, { x: equalRows(SQUARABLE, width) }),
    ),
  );
}

export const normCases = {
  layerNorm: [
    ...everyWidth((p) => operationCase(operations.layerNorm, { ...p, epsilon: 1e-5 })),
    ...[16, 256].flatMap(layerNormOffset),
    ...layerNormSpecial(),
  ],
  rmsNorm: [
    ...everyWidth((p) => operationCase(operations.rmsNorm, { ...p, epsilon: 1e-5 })),
    ...everyLimit([1e-6, 1e-3, 1e15, 1e18], (p) =>
      operationCase(operations.rmsNorm, { ...p, epsilon: 1e-5 }),
    ),
    ...rmsNormSpecial(),
  ],
  softmax: [
    ...everyWidth((p) => operationCase(operations.softmax, p)),
    ...everyWidth((p) => operationCase(operations.softmax, { ...p, limit: 200 })),
    ...softmaxSpecial(),
    ...softmaxMasked(),
    ...softmaxShapes(),
  ],
  l2Normalize: [
    ...everyWidth((p) => operationCase(operations.l2Normalize, p)),
    ...everyLimit([1e-30, 1e-15, 1e15, 1e18], (p) => operationCase(operations.l2Normalize, p)),
    ...l2NormalizeSpecial(),
  ],
};
