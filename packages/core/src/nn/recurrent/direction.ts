import type { Backend, Tensor } from '../../backend/backend.ts';
import type { Cell, CellState } from './cell.ts';
import type { Packing } from './packing.ts';

/** The result of a cell over sequences, in one direction. */
export interface DirectionResult {
  /** The hidden state after each token, packed: `[tokens, hiddenSize]`. */
  readonly output: Tensor;
  /** The last state of each sequence, in the packing's order. */
  readonly final: CellState;
}

/** Runs a cell over packed sequences `x[tokens, inputSize]` from first to last token. `initial` is in the packing's order. */
export function runForwards(
  backend: Backend,
  cell: Cell,
  x: Tensor,
  packing: Packing,
  initial: CellState,
): DirectionResult {
  const gates = cell.gates(backend, x);
  const outputs: Tensor[] = [];
  /** The last states of sequences that have ended, shortest first. */
  const ended: CellState[] = [];
  let state = initial;
  let row = 0;
  for (const count of packing.counts) {
    const before = rowCount(state);
    if (count < before) {
      ended.push(stateRows(backend, state, count, before));
      state = stateRows(backend, state, 0, count);
    }
    state = cell.step(backend, backend.rows(gates, row, row + count), state);
    outputs.push(state[0]!);
    row += count;
  }
  ended.push(state);
  return { output: concatRows(backend, cell, outputs), final: concatStates(backend, ended.reverse()) };
}

/** Runs a cell from last to first token: each sequence starts at its own last token. */
export function runBackwards(
  backend: Backend,
  cell: Cell,
  x: Tensor,
  packing: Packing,
  initial: CellState,
): DirectionResult {
  const gates = cell.gates(backend, x);
  const outputs: Tensor[] = [];
  let state = stateRows(backend, initial, 0, 0);
  let end = x.shape[0] ?? 0;
  for (const count of [...packing.counts].reverse()) {
    const before = rowCount(state);
    if (count > before) state = concatStates(backend, [state, stateRows(backend, initial, before, count)]);
    state = cell.step(backend, backend.rows(gates, end - count, end), state);
    outputs.push(state[0]!);
    end -= count;
  }
  // Empty sequences keep their initial state.
  const final = concatStates(backend, [
    state,
    stateRows(backend, initial, rowCount(state), rowCount(initial)),
  ]);
  return { output: concatRows(backend, cell, outputs.reverse()), final };
}

function rowCount(state: CellState): number {
  return state[0]?.shape[0] ?? 0;
}

function stateRows(backend: Backend, state: CellState, from: number, to: number): CellState {
  return state.map((x) => backend.rows(x, from, to));
}

function concatStates(backend: Backend, states: readonly CellState[]): CellState {
  const [first = []] = states;
  return first.map((_, i) =>
    backend.concat(
      states.map((state) => state[i]!),
      0,
    ),
  );
}

function concatRows(backend: Backend, cell: Cell, outputs: readonly Tensor[]): Tensor {
  return outputs.length > 0 ? backend.concat(outputs, 0) : backend.zeros([0, cell.outputSize]);
}
