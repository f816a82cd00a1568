import { type Case, testCase } from '../lib/case.ts';
import { EXACT, ONE_OPERATION } from '../lib/compare.ts';

interface ViewParameters {
  readonly rows: number;
  readonly width: number;
  readonly strided: boolean;
  readonly seed: number;
}

const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 67];

function each(make: (parameters: ViewParameters) => Case): Case[] {
  return sizes.flatMap((width, seed) => [
    make({ rows: seed % 5, width, strided: false, seed }),
    make({ rows: 4, width, strided: true, seed }),
  ]);
}

/** Rows, read as they are and used by an operation. */
function rows(parameters: ViewParameters): Case {
  return testCase('rows', parameters, ONE_OPERATION, (inputs, { rows, width, strided }) => {
    const { backend, random } = inputs;
    const x = inputs.matrix(random.values(rows * width), rows, width, strided);
    const [from, to] = [Math.min(1, rows), Math.max(Math.min(1, rows), rows - 1)];
    const part = backend.rows(x, from, to);
    return [backend.read(part), backend.read(backend.activate(part, 'tanh'))];
  });
}

function reshape(parameters: ViewParameters): Case {
  return testCase('reshape', parameters, EXACT, (inputs, { rows, width, strided }) => {
    const { backend, random } = inputs;
    const x = inputs.matrix(random.values(rows * width), rows, width, strided);
    return [
      backend.read(backend.reshape(x, [1, width, rows])),
      backend.read(backend.reshape(x, [rows, 1, width])),
    ];
  });
}

function concat(parameters: ViewParameters): Case {
  return testCase('concat', parameters, EXACT, (inputs, { rows, width, strided }) => {
    const { backend, random } = inputs;
    const matrix = (r: number, w: number) => inputs.matrix(random.values(r * w), r, w, strided);
    const below = [matrix(rows, width), matrix(3, width), matrix(0, width), matrix(1, width)];
    const beside = [matrix(rows, width), matrix(rows, 5), matrix(rows, 0), matrix(rows, 1)];
    return [backend.read(backend.concat(below, 0)), backend.read(backend.concat(beside, 1))];
  });
}

/** Rows and columns of a constant filled from an activation; what lies beside them must stay. */
function assign(parameters: ViewParameters): Case {
  return testCase('assign', parameters, EXACT, (inputs, { rows, width, strided }) => {
    const { backend, random } = inputs;
    const cache = backend.constant(random.values((rows + 3) * (width + 4)), [rows + 3, width + 4]);
    const x = inputs.matrix(random.values(rows * width), rows, width, strided);
    const whole = inputs.matrix(random.values(rows * (width + 4)), rows, width + 4, strided);
    backend.assign(backend.columns(backend.rows(cache, 1, 1 + rows), 3, 3 + width), x);
    const first = backend.read(cache);
    backend.assign(backend.rows(cache, 2, 2 + rows), whole);
    const second = backend.read(cache);
    backend.release(cache);
    return [first, second];
  });
}

/** Parts of one tensor into others that overlap them, up and down, left and right. */
function assignOverlapping(): Case[] {
  const moves = [
    [0, 0, 0, 0],
    [0, 0, 2, 0],
    [2, 0, 0, 0],
    [0, 0, 0, 3],
    [0, 3, 0, 0],
    [1, 2, 2, 0],
    [2, 0, 1, 2],
  ] as const;
  return moves.flatMap((move) =>
    [1, 6, 9].map((width) =>
      testCase('assign', { move, width, seed: width }, EXACT, (inputs) => {
        const { backend, random } = inputs;
        const [fromRow, fromColumn, toRow, toColumn] = move;
        const x = backend.tensor(random.values(7 * (width + 3)), [7, width + 3]);
        const part = (row: number, column: number) =>
          backend.columns(backend.rows(x, row, row + 5), column, column + width);
        backend.assign(part(toRow, toColumn), part(fromRow, fromColumn));
        const moved = backend.read(x);
        backend.assign(backend.rows(x, toRow, toRow + 5), backend.rows(x, fromRow, fromRow + 5));
        return [moved, backend.read(x)];
      }),
    ),
  );
}

/** Any shape, into a constant. */
function assignShapes(): Case[] {
  return [[], [5], [0], [2, 3, 4], [2, 0, 3]].map((shape, seed) =>
    testCase('assign', { shape, seed }, EXACT, (inputs) => {
      const { backend, random } = inputs;
      const size = shape.reduce((product, axis) => product * axis, 1);
      const to = backend.constant(new Float32Array(size), shape);
      backend.assign(to, inputs.tensor(random.values(size), shape));
      const values = backend.read(to);
      backend.release(to);
      return [values];
    }),
  );
}

export const viewCases = {
  rows: each(rows),
  reshape: each(reshape),
  concat: each(concat),
  assign: [...each(assign), ...assignOverlapping(), ...assignShapes()],
};
