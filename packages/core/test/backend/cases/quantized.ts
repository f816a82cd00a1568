import { type ActivationName, activationCodes } from '@headwise/kernel';
import type { WeightType } from '../../../src/backend/index.ts';
import { quantizeWeight } from '../../../src/backend/reference/quantize.ts';
import { type Case, testCase } from '../lib/case.ts';
import { EXACT, ONE_OPERATION } from '../lib/compare.ts';
import { productLosses } from '../lib/quantization.ts';
import { Random } from '../lib/random.ts';

export type PackedType = Exclude<WeightType, 'f32'>;
export const packedTypes: readonly PackedType[] = ['f16', 'q8', 'q4'];
// exp has no greatest slope by which to bound a loss: cases/linear.ts has it, and what follows the product is the same code.
const activations = (Object.keys(activationCodes) as ActivationName[]).filter((name) => name !== 'exp');

interface QuantizedParameters {
  readonly dtype: PackedType;
  readonly rows: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly activation: ActivationName;
  readonly bias: boolean;
  readonly residual: boolean;
  readonly strided: boolean;
  /** Rows of the input whose sizes differ by powers of ten, and some of zeros. */
  readonly uneven: boolean;
  readonly seed: number;
}

/** The arguments, which come first from the case's random numbers: what decides the losses is known from the seed alone. */
function operands(random: Random, { rows, inFeatures, outFeatures, uneven }: QuantizedParameters) {
  const x = random.values(rows * inFeatures);
  if (uneven) {
    for (let row = 0; row < rows; row++) {
      const factor = row % 4 === 3 ? 0 : 10 ** random.integer(-6, 1);
      for (let i = 0; i < inFeatures; i++) x[row * inFeatures + i]! *= factor;
    }
  }
  // As large as in cases/linear.ts, so that what is lost in float32 is the same.
  const weight = random.values(outFeatures * inFeatures, 2 / Math.sqrt(inFeatures));
  if (uneven && outFeatures > 2) weight.fill(0, inFeatures, 2 * inFeatures);
  return { x, weight };
}

function quantized(parameters: QuantizedParameters): Case {
  const { dtype, rows, inFeatures } = parameters;
  const one = testCase('quantized', parameters, ONE_OPERATION, (inputs, p) => {
    const { random, backend } = inputs;
    const { x, weight } = operands(random, p);
    const input = inputs.matrix(x, rows, inFeatures, p.strided);
    const bias = p.bias ? random.values(p.outFeatures) : undefined;
    const weights = inputs.linear(weight, bias, inFeatures, dtype);
    const residual = inputs.matrix(random.values(rows * p.outFeatures), rows, p.outFeatures, p.strided);
    const options = { activation: p.activation, ...(p.residual ? { residual } : {}) };
    return [backend.read(backend.linear(input, weights, options))];
  });
  return {
    ...one,
    losses: (backend) => {
      const { x, weight } = operands(new Random(parameters.seed), parameters);
      const kept = quantizeWeight(weight, inFeatures, dtype);
      return [productLosses({ backend, dtype, x, weight: kept, rows, inFeatures })];
    },
  };
}

type Sizes = readonly [rows: number, inFeatures: number, outFeatures: number];

/** Options by turns, so that each size meets another combination. */
function withOptions(dtype: PackedType, index: number, [rows, inFeatures, outFeatures]: Sizes): Case {
  return quantized({
    dtype,
    rows,
    inFeatures,
    outFeatures,
    activation: index % 3 === 0 ? activations[index % activations.length]! : 'none',
    bias: (index >> 1) % 2 === 0,
    residual: index % 3 === 1,
    strided: index % 5 < 2,
    uneven: index % 7 < 3,
    seed: index,
  });
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

/** Every length of the inner axis to past four runs of 32, with every few rows: groups of 2 and 4, blocks and runs of 32. */
function innerLengths(dtype: PackedType): Case[] {
  const random = new Random(1);
  return [...upTo(140), 191, 192, 193, 255, 256, 257, 509].map((k, i) =>
    withOptions(dtype, i, [random.integer(0, 14), k, random.integer(1, 20)]),
  );
}

/** Every remainder of rows by tiles of 5 and 6, no rows and the 6 up to which q4 counts in whole numbers, by panels of 8 and 32. */
function remainders(dtype: PackedType): Case[] {
  const random = new Random(2);
  const columns = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 39, 40, 41, 65];
  return [0, ...upTo(13)].flatMap((rows) =>
    columns.map((outFeatures, i) =>
      withOptions(dtype, 1000 + rows * 31 + i, [rows, random.integer(1, 70), outFeatures]),
    ),
  );
}

/** Around the block of rows of each build (80 and 96 in 8 bits, 160 and 192 else), and sizes of models. */
function blocks(dtype: PackedType): Case[] {
  const sizes: Sizes[] = [79, 80, 81, 85, 95, 96, 97, 101, 159, 160, 161, 191, 192, 193, 385].map((rows) => [
    rows,
    67,
    9,
  ]);
  // Beyond 8192 features the portable build keeps fewer bits of activations.
  sizes.push(
    [1, 1031, 257],
    [5, 1536, 384],
    [7, 384, 1153],
    [12, 768, 101],
    [2, 8192, 9],
    [3, 8197, 9],
    [8, 20_000, 3],
  );
  return sizes.map((size, i) => withOptions(dtype, 3000 + i, size));
}

/** Every combination of options on whole and partial tiles and panels, of few rows and of more. */
function options(dtype: PackedType): Case[] {
  const sizes: Sizes[] = [
    [8, 37, 19],
    [2, 70, 45],
  ];
  return sizes.flatMap(([rows, inFeatures, outFeatures]) =>
    activations.flatMap((activation) =>
      Array.from({ length: 8 }, (_, bits) =>
        quantized({
          ...{ dtype, rows, inFeatures, outFeatures, activation, uneven: false, seed: 5000 + bits },
          bias: (bits & 1) !== 0,
          residual: (bits & 2) !== 0,
          strided: (bits & 4) !== 0,
        }),
      ),
    ),
  );
}

interface TableParameters {
  readonly dtype: PackedType;
  readonly first: number;
  readonly rows: number;
  readonly of: number;
  readonly width: number;
  readonly seed: number;
}

/** Every id of a vocabulary of which the table holds a part, twice, and from the last to the first: exactly the kept values. */
function embeddingTable(parameters: TableParameters): Case {
  return testCase('embeddingTable', parameters, EXACT, (inputs, { dtype, first, rows, of, width }) => {
    const values = inputs.random.values(rows * width);
    if (rows > 2) values.fill(0, width, 2 * width);
    const table = inputs.table(values, width, dtype);
    const ids = Int32Array.from({ length: 2 * of }, (_, i) => (i < of ? i : 2 * of - 1 - i));
    return [inputs.backend.read(inputs.backend.embedding(table, ids, { first, of }))];
  });
}

function tables(dtype: PackedType): Case[] {
  const parts = [
    [0, 4, 4],
    [0, 4, 9],
    [4, 3, 9],
    [8, 1, 9],
    [9, 0, 9],
    [0, 0, 5],
  ] as const;
  return [
    ...[...upTo(68), 96, 127, 384].map((width) =>
      embeddingTable({ dtype, first: 0, rows: 11, of: 11, width, seed: width }),
    ),
    ...parts.flatMap(([first, rows, of]) =>
      [1, 4, 7, 8].map((width) => embeddingTable({ dtype, first, rows, of, width, seed: 500 + width })),
    ),
  ];
}

export const quantizedCases = Object.fromEntries(
  packedTypes.flatMap((dtype) => [
    [`${dtype}: every inner length`, innerLengths(dtype)],
    [`${dtype}: every remainder of rows and columns`, remainders(dtype)],
    [`${dtype}: around the block of rows, and large sizes`, blocks(dtype)],
    [`${dtype}: every combination of options`, options(dtype)],
    [`${dtype}: embedding tables`, tables(dtype)],
  ]),
);
