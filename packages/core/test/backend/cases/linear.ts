import { type ActivationName, activationCodes } from '@headwise/kernel';
import { operations, Random } from '../../operations/index.ts';
import { type Case, operationCase } from '../lib/case.ts';

const activations = Object.keys(activationCodes) as ActivationName[];

/** Cycles through the options with the case's index. */
function withOptions(index: number, sizes: [rows: number, inFeatures: number, outFeatures: number]): Case {
  const [rows, inFeatures, outFeatures] = sizes;
  return operationCase(operations.linear, {
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

function upTo(last: number): number[] {
  return Array.from({ length: last + 1 }, (_, size) => size);
}

/** Every length up to 67 on each axis, the other two random. */
function axes(): Case[] {
  const random = new Random(1);
  const size = () => random.integer(1, 67);
  return [
    ...upTo(67).map((rows, i) => withOptions(i, [rows, size(), size()])),
    ...upTo(67).map((outFeatures, i) => withOptions(100 + i, [size(), size(), outFeatures])),
    ...upTo(66).map((inFeatures, i) => withOptions(200 + i, [size(), inFeatures + 1, size()])),
  ];
}

/** Every remainder of rows modulo the tile (5 or 6), with every remainder of columns modulo the panel (8) and the vector path (32). */
function remainders(): Case[] {
  const random = new Random(2);
  const columns = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 23, 25, 31, 32, 33, 39, 40, 41, 63, 64, 65, 95, 96, 97,
  ];
  return upTo(29).flatMap((rows) =>
    columns.map((outFeatures, i) =>
      withOptions(1000 + rows * 31 + i, [rows + 1, random.integer(1, 20), outFeatures]),
    ),
  );
}

/** Rows below, at and above each build's block (32 tiles of 5 or 6), and large primes. */
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
      upTo(7).map((bits) =>
        operationCase(operations.linear, {
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
