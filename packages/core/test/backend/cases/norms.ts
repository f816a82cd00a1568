import { type Case, testCase } from '../lib/case.ts';
import { ONE_OPERATION, type Tolerance } from '../lib/compare.ts';
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

interface RowParameters {
  readonly rows: number;
  readonly width: number;
  readonly strided: boolean;
  readonly seed: number;
}

function eachWidth(make: (parameters: RowParameters) => Case): Case[] {
  return widths.flatMap((width, seed) => [
    make({ rows: seed % 4, width, strided: false, seed }),
    make({ rows: 3, width, strided: true, seed }),
  ]);
}

function layerNorm(
  parameters: RowParameters,
  options: { offset?: number; tolerance?: Tolerance } = {},
): Case {
  const { offset = 0, tolerance = ONE_OPERATION } = options;
  return testCase('layerNorm', { ...parameters, offset }, tolerance, (inputs, { rows, width, strided }) => {
    const x = inputs.matrix(inputs.random.values(rows * width, 3, offset), rows, width, strided);
    const gain = inputs.constant(inputs.random.values(width, 1, 1), [width]);
    const bias = inputs.constant(inputs.random.values(width), [width]);
    return [inputs.backend.read(inputs.backend.layerNorm(x, gain, bias, 1e-5))];
  });
}

/** Rows far from zero. float32 knows their mean to about offset · 2⁻²⁴, and the result moves by that over the deviation (√3 here). */
function layerNormOffset(offset: number): Case[] {
  const absolute = 1e-5 + (4 * offset * 2 ** -24) / Math.sqrt(3);
  return [64, 384, 1031].map((width, seed) =>
    layerNorm({ rows: 2, width, strided: false, seed }, { offset, tolerance: { absolute, relative: 1e-5 } }),
  );
}

/** Rows with all values alike, or with one extreme value among ordinary ones. */
function layerNormSpecial(): Case[] {
  return [0, 1, -7.5, NaN, Infinity, -Infinity].flatMap((value) =>
    [false, true].map((constant) =>
      testCase('layerNorm', { value: String(value), constant, seed: 9 }, ONE_OPERATION, (inputs) => {
        const x = inputs.random.values(3 * 13);
        if (constant) x.fill(value, 13, 26);
        else x[17] = value;
        const [gain, bias] = [inputs.random.values(13), inputs.random.values(13)];
        const y = inputs.backend.layerNorm(
          inputs.tensor(x, [3, 13]),
          inputs.constant(gain, [13]),
          inputs.constant(bias, [13]),
          1e-12,
        );
        return [inputs.backend.read(y)];
      }),
    ),
  );
}

function rmsNorm(parameters: RowParameters & { size: number }): Case {
  return testCase('rmsNorm', parameters, ONE_OPERATION, (inputs, { rows, width, strided, size }) => {
    const x = inputs.matrix(inputs.random.values(rows * width, size), rows, width, strided);
    const gain = inputs.constant(inputs.random.values(width, 1, 1), [width]);
    return [inputs.backend.read(inputs.backend.rmsNorm(x, gain, 1e-5))];
  });
}

/** Rows with all values alike, from zeros to what is not a number, or with one extreme value among ordinary ones. */
function rmsNormSpecial(): Case[] {
  const values = EXTREMES.filter((value) => !(Math.abs(value) > 1e18) || !Number.isFinite(value));
  return [1, 3, 4, 9].flatMap((width) =>
    [0, 1e-12].map((epsilon) =>
      testCase('rmsNorm', { of: 'extremes', width, epsilon, seed: width }, ONE_OPERATION, (inputs) => {
        const large = values.filter((value) => epsilon > 0 || !(Math.abs(value) < 1e-15));
        const alike = new Float32Array(large.length * width);
        for (const [row, value] of large.entries()) alike.fill(value, row * width, (row + 1) * width);
        const one = inputs.random.values(large.length * width);
        for (const [row, value] of large.entries()) one[row * width + (row % width)] = value;
        const gain = inputs.constant(inputs.random.values(width), [width]);
        return [alike, one].map((x) =>
          inputs.backend.read(inputs.backend.rmsNorm(inputs.tensor(x, [large.length, width]), gain, epsilon)),
        );
      }),
    ),
  );
}

function softmax(parameters: RowParameters & { spread: number }): Case {
  return testCase('softmax', parameters, ONE_OPERATION, (inputs, { rows, width, strided, spread }) => {
    const x = inputs.matrix(inputs.random.values(rows * width, spread), rows, width, strided);
    return [inputs.backend.read(inputs.backend.softmax(x))];
  });
}

/** One row for each special value, at each place of a row of each width. */
function softmaxSpecial(): Case[] {
  const values = [-Infinity, Infinity, NaN, 1e38, -1e38, 3.4028235e38, 1e-45, 1e4];
  return [1, 2, 3, 4, 5, 7, 8, 9, 16, 19, 31, 67].flatMap((width) =>
    values.map((value) =>
      testCase('softmax', { width, value: String(value), seed: width }, ONE_OPERATION, (inputs) => {
        const x = inputs.random.values(width * width, 5);
        for (let i = 0; i < width; i++) x[i * width + i] = value;
        return [inputs.backend.read(inputs.backend.softmax(inputs.tensor(x, [width, width])))];
      }),
    ),
  );
}

/** Rows of −∞ with at most one value that is something else. */
function softmaxHidden(): Case[] {
  return [1, 2, 4, 6, 9, 17, 33].flatMap((width) =>
    [-Infinity, 0, 3, NaN, Infinity, -3.4028235e38].map((value) =>
      testCase(
        'softmax',
        { hidden: true, width, value: String(value), seed: width },
        ONE_OPERATION,
        (inputs) => {
          const x = new Float32Array(width * width).fill(-Infinity);
          for (let i = 0; i < width; i++) x[i * width + i] = value;
          return [inputs.backend.read(inputs.backend.softmax(inputs.tensor(x, [width, width])))];
        },
      ),
    ),
  );
}

function softmaxShapes(): Case[] {
  return [[], [5], [2, 3, 7], [2, 1, 3, 33], [2, 0, 4], [3, 0]].map((shape, seed) =>
    testCase('softmax', { shape, seed }, ONE_OPERATION, (inputs) => {
      const x = inputs.random.values(
        shape.reduce((product, size) => product * size, 1),
        4,
      );
      return [inputs.backend.read(inputs.backend.softmax(inputs.tensor(x, shape)))];
    }),
  );
}

function l2Normalize(parameters: RowParameters & { size: number }): Case {
  return testCase('l2Normalize', parameters, ONE_OPERATION, (inputs, { rows, width, strided, size }) => {
    const x = inputs.matrix(inputs.random.values(rows * width, size), rows, width, strided);
    return [inputs.backend.read(inputs.backend.l2Normalize(x))];
  });
}

function l2NormalizeSpecial(): Case[] {
  const values = EXTREMES.filter((value) => !(Math.abs(value) > 1e18) || !Number.isFinite(value));
  return [1, 3, 4, 9].map((width) =>
    testCase('l2Normalize', { of: 'extremes', width, seed: width }, ONE_OPERATION, (inputs) => {
      const x = new Float32Array(values.length * width);
      for (const [row, value] of values.entries()) x.fill(value, row * width, (row + 1) * width);
      return [inputs.backend.read(inputs.backend.l2Normalize(inputs.tensor(x, [values.length, width])))];
    }),
  );
}

export const normCases = {
  layerNorm: [
    ...eachWidth((p) => layerNorm(p)),
    ...[16, 256].flatMap(layerNormOffset),
    ...layerNormSpecial(),
  ],
  rmsNorm: [
    ...eachWidth((p) => rmsNorm({ ...p, size: 3 })),
    ...[1e-6, 1e-3, 1e15, 1e18].flatMap((size) =>
      [5, 33].map((width) => rmsNorm({ rows: 3, width, strided: false, seed: width, size })),
    ),
    ...rmsNormSpecial(),
  ],
  softmax: [
    ...eachWidth((p) => softmax({ ...p, spread: 4 })),
    ...eachWidth((p) => softmax({ ...p, spread: 200 })),
    ...softmaxSpecial(),
    ...softmaxHidden(),
    ...softmaxShapes(),
  ],
  l2Normalize: [
    ...eachWidth((p) => l2Normalize({ ...p, size: 1 })),
    // Squares of values near 1e18 and 1e-18 are still normal numbers in float32.
    ...[1e-30, 1e-15, 1e15, 1e18].flatMap((size) =>
      [5, 33].map((width) => l2Normalize({ rows: 3, width, strided: false, seed: width, size })),
    ),
    ...l2NormalizeSpecial(),
  ],
};
