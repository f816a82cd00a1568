import { type Case, testCase } from '../lib/case.ts';
import { ONE_OPERATION } from '../lib/compare.ts';
import { EXTREMES } from './elementwise.ts';

const sizes = [...Array.from({ length: 35 }, (_, n) => n), 63, 64, 65, 127, 256, 257];

interface GateParameters {
  readonly rows: number;
  readonly hiddenSize: number;
  readonly strided: boolean;
  readonly limit: number;
  readonly seed: number;
}

function each(make: (parameters: GateParameters) => Case): Case[] {
  return sizes.flatMap((hiddenSize, seed) => [
    make({ rows: seed % 4, hiddenSize, strided: false, limit: 3, seed }),
    make({ rows: 3, hiddenSize, strided: true, limit: 30, seed }),
  ]);
}

function lstmGates(parameters: GateParameters): Case {
  return testCase('lstmGates', parameters, ONE_OPERATION, (inputs, p) => {
    const { backend, random } = inputs;
    const { rows, hiddenSize: n, strided, limit } = p;
    const gates = inputs.matrix(random.values(rows * 4 * n, limit), rows, 4 * n, strided);
    const cell = inputs.matrix(random.values(rows * n, 2), rows, n, strided);
    const next = backend.lstmGates(gates, cell);
    return [backend.read(next.hidden), backend.read(next.cell)];
  });
}

function gruGates(parameters: GateParameters): Case {
  return testCase('gruGates', parameters, ONE_OPERATION, (inputs, p) => {
    const { backend, random } = inputs;
    const { rows, hiddenSize: n, strided, limit } = p;
    const gates = () => inputs.matrix(random.values(rows * 3 * n, limit), rows, 3 * n, strided);
    const state = inputs.matrix(random.values(rows * n, 1), rows, n, strided);
    return [backend.read(backend.gruGates(gates(), gates(), state))];
  });
}

/** Gates that are all one extreme value, with an ordinary state. */
function extremes(): Case[] {
  return EXTREMES.map((value) =>
    testCase(
      'lstmGates and gruGates',
      { value: String(value), sign: 1 / value < 0 ? '-' : '+', seed: 1 },
      ONE_OPERATION,
      (inputs) => {
        const { backend, random } = inputs;
        const filled = (width: number) => inputs.tensor(new Float32Array(2 * width).fill(value), [2, width]);
        const state = inputs.tensor(random.values(2 * 5), [2, 5]);
        const next = backend.lstmGates(filled(20), state);
        return [next.hidden, next.cell, backend.gruGates(filled(15), filled(15), state)].map((x) =>
          backend.read(x),
        );
      },
    ),
  );
}

export const recurrentCases = {
  lstmGates: each(lstmGates),
  gruGates: each(gruGates),
  'lstmGates and gruGates: extreme values': extremes(),
};
