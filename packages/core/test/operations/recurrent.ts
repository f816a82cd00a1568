import { operation } from './operation.ts';

export interface RecurrentParameters {
  readonly rows: number;
  readonly hiddenSize: number;
  readonly strided?: boolean;
  /** Bound of the gates before their activation. Default: 3. */
  readonly limit?: number;
}

export interface LstmGatesValues {
  /** i, f, g, o: `[rows, 4 · hiddenSize]` */
  readonly gates: Float32Array;
  /** `[rows, hiddenSize]` */
  readonly cell: Float32Array;
}

/** Results: the hidden state and the cell state. */
export const lstmGates = operation<RecurrentParameters, LstmGatesValues>({
  name: 'lstmGates',
  values: ({ rows, hiddenSize, limit = 3 }, random) => ({
    gates: random.values(rows * 4 * hiddenSize, limit),
    cell: random.values(rows * hiddenSize, 2),
  }),
  prepare(on, { rows, hiddenSize, strided }, values) {
    const gates = on.matrix(values.gates, rows, 4 * hiddenSize, strided);
    const cell = on.matrix(values.cell, rows, hiddenSize, strided);
    return () => {
      const next = on.backend.lstmGates(gates, cell);
      return [next.hidden, next.cell];
    };
  },
});

export interface GruGatesValues {
  /** r, z, n of the input and of the hidden state: `[rows, 3 · hiddenSize]` each. */
  readonly input: Float32Array;
  readonly hidden: Float32Array;
  /** `[rows, hiddenSize]` */
  readonly state: Float32Array;
}

export const gruGates = operation<RecurrentParameters, GruGatesValues>({
  name: 'gruGates',
  values: ({ rows, hiddenSize, limit = 3 }, random) => ({
    input: random.values(rows * 3 * hiddenSize, limit),
    hidden: random.values(rows * 3 * hiddenSize, limit),
    state: random.values(rows * hiddenSize),
  }),
  prepare(on, { rows, hiddenSize, strided }, values) {
    const gates = [values.input, values.hidden].map((x) => on.matrix(x, rows, 3 * hiddenSize, strided));
    const state = on.matrix(values.state, rows, hiddenSize, strided);
    return () => [on.backend.gruGates(gates[0]!, gates[1]!, state)];
  },
});
