import { type ActivationName, activationCodes } from '@headwise/kernel';
import { quantizeWeight } from '../../../src/backend/reference/quantize.ts';
import type { WeightType } from '../../../src/index.ts';
import { type LinearParameters, operations, Random } from '../../operations/index.ts';
import { type Case, operationCase } from '../lib/case.ts';
import { EXACT } from '../lib/compare.ts';
import { productLosses } from '../lib/quantization.ts';
import { TABLE_PARTS } from './rows.ts';

export type PackedType = Exclude<WeightType, 'f32'>;
export const packedTypes: readonly PackedType[] = ['f16', 'q8', 'q4'];
// The slope of exp is unbounded, and with it the error. cases/linear.ts covers exp, and the code after the product is the same.
const activations = (Object.keys(activationCodes) as ActivationName[]).filter((name) => name !== 'exp');

function quantized(parameters: LinearParameters & { dtype: PackedType; seed: number }): Case {
  const { dtype, rows, inFeatures, seed } = parameters;
  return {
    ...operationCase(operations.linear, parameters),
    losses: (backend) => {
      const { x, weight } = operations.linear.values(parameters, new Random(seed));
      const dequantized = quantizeWeight(weight, inFeatures, dtype);
      return [productLosses({ backend, dtype, x, weight: dequantized, rows, inFeatures })];
    },
  };
}

type Sizes = readonly [rows: number, inFeatures: number, outFeatures: number];

/** Cycles through the options with the case's index. */
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

/** Every inner length up to past four runs of 32, with few rows. */
function innerLengths(dtype: PackedType): Case[] {
  const random = new Random(1);
  return [...upTo(140), 191, 192, 193, 255, 256, 257, 509].map((k, i) =>
    withOptions(dtype, i, [random.integer(0, 14), k, random.integer(1, 20)]),
  );
}

/** Every remainder of rows modulo the tiles (4 to 6), including none, with those of columns modulo 8, 16 and 32. */
function remainders(dtype: PackedType): Case[] {
  const random = new Random(2);
  const columns = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 39, 40, 41, 65];
  return [0, ...upTo(13)].flatMap((rows) =>
    columns.map((outFeatures, i) =>
      withOptions(dtype, 1000 + rows * 31 + i, [rows, random.integer(1, 70), outFeatures]),
    ),
  );
}

/** Rows around each build's block (80 and 96 in 8 bits, 132 in 4 bits, 160 and 192 otherwise), and sizes of models. */
function blocks(dtype: PackedType): Case[] {
  const sizes: Sizes[] = [
    79, 80, 81, 85, 95, 96, 97, 101, 131, 132, 133, 159, 160, 161, 191, 192, 193, 385,
  ].map((rows) => [rows, 67, 9]);
  // Beyond 8192 features the portable build quantises activations to fewer bits.
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

/** Every combination of options on whole and partial tiles and panels, with few and more rows. */
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

/** Whole tables, and tables that hold a part of a vocabulary: the results are the dequantised values. */
function tables(dtype: PackedType): Case[] {
  const { embedding } = operations;
  const table = dtype;
  return [
    ...[...upTo(68), 96, 127, 384].map((width) =>
      operationCase(embedding, { rows: 11, width, table, part: { first: 0, of: 11 }, seed: width }, EXACT),
    ),
    ...TABLE_PARTS.flatMap(([first, rows, of]) =>
      [1, 4, 7, 8].map((width) =>
        operationCase(embedding, { rows, width, table, part: { first, of }, seed: 500 + width }, EXACT),
      ),
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
