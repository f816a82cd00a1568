import { type WeightType, weightTypes } from '../../../src/backend/index.ts';
import { type Case, testCase } from '../lib/case.ts';
import { EXACT, ONE_OPERATION } from '../lib/compare.ts';

const widths = [...Array.from({ length: 68 }, (_, n) => n), 96, 127, 384];

function embedding(p: { rows: number; width: number; count: number; strided: boolean; seed: number }): Case {
  return testCase('embedding', p, EXACT, (inputs, { rows, width, count, strided }) => {
    const values = inputs.random.values(rows * width);
    const table = strided ? inputs.matrix(values, rows, width, true) : inputs.constant(values, [rows, width]);
    const ids = Int32Array.from({ length: count }, () => inputs.random.integer(0, rows - 1));
    return [inputs.backend.read(inputs.backend.embedding(table, ids))];
  });
}

/** The rows from `first` on of a larger vocabulary, every id of which is asked for; twice, and from the last to the first. */
function embeddingPart(p: { first: number; rows: number; of: number; width: number; seed: number }): Case {
  return testCase('embedding', p, EXACT, (inputs, { first, rows, of, width }) => {
    const table = inputs.constant(inputs.random.values(rows * width), [rows, width]);
    const ids = Int32Array.from({ length: 2 * of }, (_, i) => (i < of ? i : 2 * of - 1 - i));
    return [inputs.backend.read(inputs.backend.embedding(table, ids, { first, of }))];
  });
}

/** Rows of a linear layer's weight in each type: exactly what it multiplies with, all of them, and some of a larger vocabulary. */
function embeddingOfLinear(p: { dtype: WeightType; rows: number; width: number; seed: number }): Case {
  return testCase('embedding of linear weights', p, EXACT, (inputs, { dtype, rows, width }) => {
    const { backend, random } = inputs;
    const weight = random.values(rows * width, 2);
    // Rows and blocks of zeros, and one value far larger than the others.
    if (rows > 2) weight.fill(0, width, width + 40);
    weight[weight.length >> 1]! *= 1000;
    const table = inputs.linear(weight, random.values(rows), width, dtype);
    const all = Int32Array.from({ length: rows + 3 }, (_, i) => (rows - 1 - i + 2 * rows) % rows);
    const some = Int32Array.from({ length: rows + 7 }, (_, i) => i);
    return [
      backend.read(backend.embedding(table, all)),
      backend.read(backend.embedding(table, some, { first: 4, of: rows + 7 })),
      backend.read(backend.embedding(table, new Int32Array(0))),
    ];
  });
}

function meanPool(p: { lengths: readonly number[]; width: number; strided: boolean; seed: number }): Case {
  return testCase('meanPool', p, ONE_OPERATION, (inputs, { lengths, width, strided }) => {
    const offsets = new Int32Array(lengths.length + 1);
    for (const [s, length] of lengths.entries()) offsets[s + 1] = offsets[s]! + length;
    const rows = offsets.at(-1)!;
    const x = inputs.matrix(inputs.random.values(rows * width), rows, width, strided);
    return [inputs.backend.read(inputs.backend.meanPool(x, offsets))];
  });
}

const batches = [[], [0], [1], [0, 0], [3, 0, 5], [0, 7, 1, 0], [2, 2, 2], [96], [257, 1, 0, 31]];

export const rowCases = {
  embedding: [
    ...widths.flatMap((width, seed) => [
      embedding({ rows: 11, width, count: seed % 9, strided: false, seed }),
      embedding({ rows: 5, width, count: 7, strided: true, seed }),
    ]),
    ...[
      [0, 4, 4],
      [0, 4, 9],
      [4, 3, 9],
      [8, 1, 9],
      [9, 0, 9],
      [0, 0, 5],
    ].flatMap(([first, rows, of]) =>
      [1, 4, 7].map((width) => embeddingPart({ first: first!, rows: rows!, of: of!, width, seed: width })),
    ),
  ],
  'embedding of linear weights': weightTypes.flatMap((dtype) =>
    [1, 2, 3, 4, 5, 8, 31, 32, 33, 63, 64, 65, 130].flatMap((width, seed) =>
      [1, 7, 8, 9, 33].map((rows) => embeddingOfLinear({ dtype, rows, width, seed })),
    ),
  ),
  meanPool: [
    ...widths.map((width, seed) => meanPool({ lengths: [2, 0, 5], width, strided: seed % 2 === 0, seed })),
    ...batches.flatMap((lengths, seed) => [
      meanPool({ lengths, width: 9, strided: false, seed }),
      meanPool({ lengths, width: 4, strided: true, seed }),
    ]),
  ],
};
