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

export const viewCases = { rows: each(rows), reshape: each(reshape), concat: each(concat) };
