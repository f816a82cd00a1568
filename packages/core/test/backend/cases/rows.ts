import { type WeightType, weightTypes } from '../../../src/index.ts';
import { operations } from '../../operations/index.ts';
import { type Case, operationCase, testCase } from '../lib/case.ts';
import { EXACT } from '../lib/compare.ts';

const widths = [...Array.from({ length: 68 }, (_, n) => n), 96, 127, 384];

/** Tables that hold a part of a vocabulary: [first id, rows, vocabulary]. */
export const TABLE_PARTS = [
  [0, 4, 4],
  [0, 4, 9],
  [4, 3, 9],
  [8, 1, 9],
  [9, 0, 9],
  [0, 0, 5],
] as const;

/** Rows of a linear layer's weights, which are the dequantised values; of all rows, and as a part of a larger vocabulary. */
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

const batches = [[], [0], [1], [0, 0], [3, 0, 5], [0, 7, 1, 0], [2, 2, 2], [96], [257, 1, 0, 31]];

export const rowCases = {
  embedding: [
    ...widths.flatMap((width, seed) => [
      operationCase(
        operations.embedding,
        { rows: 11, width, table: 'constant', count: seed % 9, seed },
        EXACT,
      ),
      operationCase(operations.embedding, { rows: 5, width, table: 'view', count: 7, seed }, EXACT),
    ]),
    ...TABLE_PARTS.flatMap(([first, rows, of]) =>
      [1, 4, 7].map((width) =>
        operationCase(
          operations.embedding,
          { rows, width, table: 'constant', part: { first, of }, seed: width },
          EXACT,
        ),
      ),
    ),
  ],
  'embedding of linear weights': weightTypes.flatMap((dtype) =>
    [1, 2, 3, 4, 5, 8, 31, 32, 33, 63, 64, 65, 130].flatMap((width, seed) =>
      [1, 7, 8, 9, 33].map((rows) => embeddingOfLinear({ dtype, rows, width, seed })),
    ),
  ),
  meanPool: [
    ...widths.map((width, seed) =>
      operationCase(operations.meanPool, { lengths: [2, 0, 5], width, strided: seed % 2 === 0, seed }),
    ),
    ...batches.flatMap((lengths, seed) => [
      operationCase(operations.meanPool, { lengths, width: 9, strided: false, seed }),
      operationCase(operations.meanPool, { lengths, width: 4, strided: true, seed }),
    ]),
  ],
};
