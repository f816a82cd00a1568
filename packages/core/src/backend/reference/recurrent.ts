import type { Tensor } from '../backend.ts';
import { checkGruGates, checkLstmGates } from '../check-recurrent.ts';
import { asReferenceTensor, ReferenceTensor } from './tensor.ts';

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function zeros(rows: number, width: number): ReferenceTensor {
  return new ReferenceTensor(new Float64Array(rows * width), [rows, width]);
}

export function lstmGates(gates: Tensor, cell: Tensor): { hidden: ReferenceTensor; cell: ReferenceTensor } {
  const { rows, hiddenSize: n } = checkLstmGates(gates, cell);
  const [all, before] = [asReferenceTensor(gates), asReferenceTensor(cell)];
  const [hidden, after] = [zeros(rows, n), zeros(rows, n)];
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) {
      const input = sigmoid(all.at(row, i));
      const forget = sigmoid(all.at(row, n + i));
      const candidate = Math.tanh(all.at(row, 2 * n + i));
      const output = sigmoid(all.at(row, 3 * n + i));
      const c = forget * before.at(row, i) + input * candidate;
      after.set(row, i, c);
      hidden.set(row, i, output * Math.tanh(c));
    }
  }
  return { hidden, cell: after };
}

export function gruGates(input: Tensor, hidden: Tensor, state: Tensor): ReferenceTensor {
  const { rows, hiddenSize: n } = checkGruGates(input, hidden, state);
  const [x, h, before] = [asReferenceTensor(input), asReferenceTensor(hidden), asReferenceTensor(state)];
  const out = zeros(rows, n);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < n; i++) {
      const reset = sigmoid(x.at(row, i) + h.at(row, i));
      const update = sigmoid(x.at(row, n + i) + h.at(row, n + i));
      const candidate = Math.tanh(x.at(row, 2 * n + i) + reset * h.at(row, 2 * n + i));
      out.set(row, i, (1 - update) * candidate + update * before.at(row, i));
    }
  }
  return out;
}
