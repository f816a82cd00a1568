import type { Backend, LinearWeights, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import type { IndexRange } from '../run/shard.ts';
import { uniform, type WeightSpecs } from '../torch/init.ts';

/** Recurrent cells: Elman RNN with tanh or relu, LSTM, GRU. */
export type CellKind = 'rnnTanh' | 'rnnRelu' | 'lstm' | 'gru';

/** The state of a cell, `[rows, hiddenSize]` each: the hidden state, and for an LSTM the cell state. */
export type CellState = readonly Tensor[];

/** Blocks of `hiddenSize` rows in the weights. */
const GATES: Readonly<Record<CellKind, number>> = { rnnTanh: 1, rnnRelu: 1, lstm: 4, gru: 3 };

export interface CellOptions {
  readonly kind: CellKind;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  /** LSTM: size of the hidden state, which is projected from `hiddenSize` (Sak et al. 2014). Default: no projection. */
  readonly projSize?: number;
  /** The first input features alone, where others are projected elsewhere. Default: all. */
  readonly inputColumns?: number;
}

/** The weights of a cell as PyTorch's, initially uniform in ±1/√hiddenSize. `suffix` (`_l0`, `_l0_reverse`) comes after their names. */
export function cellSpecs(suffix: string, options: CellOptions): WeightSpecs {
  const { kind, inputSize, hiddenSize, bias, projSize } = options;
  const rows = GATES[kind] * hiddenSize;
  const init = uniform(1 / Math.sqrt(hiddenSize));
  return {
    [`weight_ih${suffix}`]: { shape: [rows, inputSize], init },
    [`weight_hh${suffix}`]: { shape: [rows, projSize ?? hiddenSize], init },
    ...(bias && {
      [`bias_ih${suffix}`]: { shape: [rows], init },
      [`bias_hh${suffix}`]: { shape: [rows], init },
    }),
    ...(projSize !== undefined && { [`weight_hr${suffix}`]: { shape: [projSize, hiddenSize], init } }),
  };
}

/** Blocks of `hiddenSize` rows in the weights of a cell. */
export function gatesOf(kind: CellKind): number {
  return GATES[kind];
}

/** The number of tensors of a state. */
export function statesOf(kind: CellKind): 1 | 2 {
  return kind === 'lstm' ? 2 : 1;
}

/**
 * One step of a recurrence, with PyTorch's weights: `[gates · hiddenSize, features]` (LSTM: i, f, g, o; GRU: r, z, n) for the input and for the
 * hidden state, each with its bias.
 */
export class Cell {
  readonly kind: CellKind;
  /** Features of the hidden state. */
  readonly outputSize: number;
  readonly #input: LinearWeights;
  readonly #hidden: LinearWeights;
  readonly #projection: LinearWeights | undefined;

  private constructor(
    options: CellOptions,
    input: LinearWeights,
    hidden: LinearWeights,
    projection: LinearWeights | undefined,
  ) {
    this.kind = options.kind;
    this.outputSize = options.projSize ?? options.hiddenSize;
    this.#projection = projection;
    this.#input = input;
    this.#hidden = hidden;
  }

  /** Reads `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, with `prefix` before and `suffix` (`_l0`, `_l0_reverse`) after. */
  static async load(
    loader: WeightLoader,
    prefix: string,
    suffix: string,
    options: CellOptions,
  ): Promise<Cell> {
    const { kind, inputSize, hiddenSize, bias, inputColumns, projSize } = options;
    const load = (side: 'ih' | 'hh', inFeatures: number, columns?: IndexRange) => {
      const weight = `${prefix}weight_${side}${suffix}`;
      const layer = bias ? { weight, bias: `${prefix}bias_${side}${suffix}` } : { weight };
      const parts = [{ layer, outFeatures: gatesOf(kind) * hiddenSize }];
      return loader.linear({ parts, inFeatures, ...(columns && { columns }) });
    };
    const columns = inputColumns === undefined ? undefined : { from: 0, to: inputColumns };
    const [input, hidden] = [await load('ih', inputSize, columns), await load('hh', projSize ?? hiddenSize)];
    const weight = `${prefix}weight_hr${suffix}`;
    const projection =
      projSize === undefined
        ? undefined
        : await loader.linear({
            parts: [{ layer: { weight }, outFeatures: projSize }],
            inFeatures: hiddenSize,
          });
    return new Cell(options, input, hidden, projection);
  }

  /** The input projections of all steps in one matmul: `[tokens, inputSize]` → `[tokens, gates · hiddenSize]`. */
  gates(backend: Backend, x: Tensor): Tensor {
    return backend.linear(x, this.#input);
  }

  /** The next state, from the input projections `gates[rows, gates · hiddenSize]` and the state `[rows, outputSize]`, `[rows, hiddenSize]`. */
  step(backend: Backend, gates: Tensor, state: CellState): CellState {
    const [h, c] = state as readonly [Tensor, Tensor | undefined];
    if (this.kind === 'gru') return [backend.gruGates(gates, backend.linear(h, this.#hidden), h)];
    const sum = backend.linear(h, this.#hidden, { residual: gates });
    if (!c) return [backend.activate(sum, this.kind === 'rnnRelu' ? 'relu' : 'tanh')];
    const next = backend.lstmGates(sum, c);
    const projection = this.#projection;
    return [projection ? backend.linear(next.hidden, projection) : next.hidden, next.cell];
  }
}
