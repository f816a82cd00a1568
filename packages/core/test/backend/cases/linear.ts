import { type ActivationName, activationCodes } from '@headwise/kernel';
import { type Case, testCase } from '../lib/case.ts';
import { ONE_OPERATION } from '../lib/compare.ts';
import { Random } from '../lib/random.ts';

const activations = Object.keys(activationCodes) as ActivationName[];

interface LinearParameters {
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly activation: ActivationName;
  readonly bias: boolean;
  readonly residual: boolean;
  /** The input and the residual are views of something wider. */
  readonly strided: boolean;
  readonly seed: number;
}

function linear(parameters: LinearParameters): Case {
  return testCase('linear', parameters, ONE_OPERATION, (inputs, p) => {
    const { random } = inputs;
    const { rows, inFeatures, outFeatures } = p;
    // Weights shrink with √inFeatures, as trained ones do: results stay of order 1, and the rounding of a sum in float32,
    // about √inFeatures · 2⁻²⁴ of its terms' size, stays far below 1e-5.
    const limit = 2 / Math.sqrt(inFeatures);
    const x = inputs.matrix(random.values(rows * inFeatures), rows, inFeatures, p.strided);
    const weight = random.values(outFeatures * inFeatures, limit);
    const weights = inputs.linear(weight, p.bias ? random.values(outFeatures) : undefined, inFeatures);
    const residual = inputs.matrix(random.values(rows * outFeatures), rows, outFeatures, p.strided);
    const options = { activation: p.activation, ...(p.residual ? { residual } : {}) };
    return [inputs.backend.linear(x, weights, options)].map((y) => inputs.backend.read(y));
  });
}

/** Options by turns, so that each size meets another combination. */
function withOptions(index: number, sizes: [rows: number, inFeatures: number, outFeatures: number]): Case {
  const [rows, inFeatures, outFeatures] = sizes;
  return linear({
    rows,
    inFeatures,
    outFeatures,
    activation: activations[index % activations.length]!,
    bias: (index >> 1) % 2 === 0,
    residual: index % 3 === 0,
    strided: index % 5 < 2,
    seed: index,
  });
}

function to(last: number): number[] {
  return Array.from({ length: last + 1 }, (_, size) => size);
}

/** Every length up to 67 on each axis, the other two drawn at random. */
function axes(): Case[] {
  const random = new Random(1);
  const size = () => random.integer(1, 67);
  return [
    ...to(67).map((rows, i) => withOptions(i, [rows, size(), size()])),
    ...to(67).map((outFeatures, i) => withOptions(100 + i, [size(), size(), outFeatures])),
    ...to(66).map((less, i) => withOptions(200 + i, [size(), less + 1, size()])),
  ];
}

/** Every remainder of rows by the tile's 5 or 6 rows, with every remainder of columns by the panel's 8 and the vector path's 32. */
function remainders(): Case[] {
  const random = new Random(2);
  const columns = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 23, 25, 31, 32, 33, 39, 40, 41, 63, 64, 65, 95, 96, 97,
  ];
  return to(29).flatMap((rows) =>
    columns.map((outFeatures, i) =>
      withOptions(1000 + rows * 31 + i, [rows + 1, random.integer(1, 20), outFeatures]),
    ),
  );
}

/** One below, at and above the block of rows of each build (32 tiles of 5 or 6), and large primes. */
function blocks(): Case[] {
  const rows = [159, 160, 161, 162, 165, 166, 191, 192, 193, 194, 197, 198, 321, 353, 385, 386];
  const sizes: [number, number, number][] = rows.flatMap((m) => [
    [m, 7, 9],
    [m, 33, 40],
    [m, 2, 33],
  ]);
  sizes.push([1, 1031, 257], [2, 509, 131], [5, 1536, 384], [7, 384, 1153], [13, 769, 101], [127, 67, 61]);
  return sizes.map((size, i) => withOptions(3000 + i, size));
}

/** Every combination of options on sizes that have a whole and a partial tile and panel, and on single rows. */
function options(): Case[] {
  const sizes: [number, number, number][] = [
    [7, 5, 19],
    [1, 6, 45],
  ];
  return sizes.flatMap(([rows, inFeatures, outFeatures]) =>
    activations.flatMap((activation) =>
      to(7).map((bits) =>
        linear({
          rows,
          inFeatures,
          outFeatures,
          activation,
          bias: (bits & 1) !== 0,
          residual: (bits & 2) !== 0,
          strided: (bits & 4) !== 0,
          seed: 5000 + bits,
        }),
      ),
    ),
  );
}

export const linearCases = {
  'linear: every length on each axis': axes(),
  'linear: every remainder of rows and columns': remainders(),
  'linear: around the block of rows, and large sizes': blocks(),
  'linear: every combination of options': options(),
};
