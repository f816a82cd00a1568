import type { Backend, Tensor } from '../../backend/backend.ts';
import type { Cell, CellState } from './cell.ts';
import type { Packing } from './packing.ts';

/** What a cell has left behind after going over sequences. */
export interface Passed {
  /** The hidden state after each token, packed: `[tokens, hiddenSize]`. */
  readonly output: Tensor;
  /** Each sequence's last state, longest sequence first. */
  readonly final: CellState;
}

/** Goes over packed sequences `x[tokens, inputSize]` from first to last token. `initial` is in the packing's order. */
export function forwards(
  backend: Backend,
  cell: Cell,
  x: Tensor,
  packing: Packing,
  initial: CellState,
): Passed {
  const gates = cell.gates(backend, x);
  const outputs: Tensor[] = [];
  /** States of the sequences that have ended, shortest first. */
  const ended: CellState[] = [];
  let state = initial;
  let row = 0;
  for (const count of packing.counts) {
    const before = rowsOf(state);
    if (count < before) {
      ended.push(part(backend, state, count, before));
      state = part(backend, state, 0, count);
    }
    state = cell.step(backend, backend.rows(gates, row, row + count), state);
    outputs.push(state[0]!);
    row += count;
  }
  ended.push(state);
  return { output: below(backend, cell, outputs), final: join(backend, ended.reverse()) };
}

/** Goes over them from last to first: each sequence joins in at its own last token. */
export function backwards(
  backend: Backend,
  cell: Cell,
  x: Tensor,
  packing: Packing,
  initial: CellState,
): Passed {
  const gates = cell.gates(backend, x);
  const outputs: Tensor[] = [];
  let state = part(backend, initial, 0, 0);
  let end = x.shape[0] ?? 0;
  for (const count of [...packing.counts].reverse()) {
    const before = rowsOf(state);
    if (count > before) state = join(backend, [state, part(backend, initial, before, count)]);
    state = cell.step(backend, backend.rows(gates, end - count, end), state);
    outputs.push(state[0]!);
    end -= count;
  }
  // Empty sequences never joined in: they keep the state that they were given.
  const final = join(backend, [state, part(backend, initial, rowsOf(state), rowsOf(initial))]);
  return { output: below(backend, cell, outputs.reverse()), final };
}

function rowsOf(state: CellState): number {
  return state[0]?.shape[0] ?? 0;
}

function part(backend: Backend, state: CellState, from: number, to: number): CellState {
  return state.map((x) => backend.rows(x, from, to));
}

function join(backend: Backend, states: readonly CellState[]): CellState {
  const [first = []] = states;
  return first.map((_, i) =>
    backend.concat(
      states.map((state) => state[i]!),
      0,
    ),
  );
}

function below(backend: Backend, cell: Cell, outputs: readonly Tensor[]): Tensor {
  return outputs.length > 0 ? backend.concat(outputs, 0) : backend.zeros([0, cell.hiddenSize]);
}
