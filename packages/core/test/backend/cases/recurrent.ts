import { operations, type RecurrentParameters } from '../../operations/index.ts';
import { type Case, callOperation, operationCase, testCase } from '../lib/case.ts';
import { ONE_OPERATION } from '../lib/compare.ts';
import { EXTREMES } from './elementwise.ts';

const { lstmGates, gruGates } = operations;
const sizes = [...Array.from({ length: 35 }, (_, n) => n), 63, 64, 65, 127, 256, 257];

function everySize(make: (parameters: RecurrentParameters & { seed: number }) => Case): Case[] {
  return sizes.flatMap((hiddenSize, seed) => [
    make({ rows: seed % 4, hiddenSize, strided: false, limit: 3, seed }),
    make({ rows: 3, hiddenSize, strided: true, limit: 30, seed }),
  ]);
}

/** Gates that are all one extreme value, with an ordinary state. */
function extremes(): Case[] {
  const shape = { rows: 2, hiddenSize: 5 };
  return EXTREMES.map((value) =>
    testCase(
      'lstmGates and gruGates',
      { value: String(value), sign: 1 / value < 0 ? '-' : '+', seed: 1 },
      ONE_OPERATION,
      (inputs) => {
        const filled = (width: number) => new Float32Array(2 * width).fill(value);
        const state = inputs.random.values(2 * 5);
        const [input, hidden] = [filled(15), filled(15)];
        return [
          ...callOperation(inputs, lstmGates, shape, { gates: filled(20), cell: state }),
          ...callOperation(inputs, gruGates, shape, { input, hidden, state }),
        ];
      },
    ),
  );
}

export const recurrentCases = {
  lstmGates: everySize((p) => operationCase(lstmGates, p)),
  gruGates: everySize((p) => operationCase(gruGates, p)),
  'lstmGates and gruGates: extreme values': extremes(),
};
