import type { Backend } from '../../backend/backend.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkArray, checkSizes, type FloatArray, toRows } from '../torch/float-array.ts';
import { Layer, loadLayer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { Cell, type CellKind } from './cell.ts';

/** Options of {@link LSTMCell} and {@link GRUCell}, named as in PyTorch. */
export interface CellLayerOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Default true. */
  readonly bias?: boolean;
}

/** Options of {@link RNNCell}. */
export interface RNNCellOptions extends CellLayerOptions {
  /** Default `tanh`. */
  readonly nonlinearity?: 'tanh' | 'relu';
}

/** The base class of {@link RNNCell}, {@link LSTMCell} and {@link GRUCell}. */
abstract class CellLayer extends Layer {
  readonly #layer: string;
  readonly #inputSize: number;
  readonly #cell: Cell;

  protected constructor(layer: string, loader: WeightLoader, inputSize: number, cell: Cell) {
    super(loader);
    this.#layer = layer;
    this.#inputSize = inputSize;
    this.#cell = cell;
  }

  /** One step. Absent states are zeros. */
  protected step(x: FloatArray, states: readonly (FloatArray | undefined)[]): FloatArray[] {
    const [batch = 0] = x.shape;
    if (x.shape.length !== 2) {
      throw new ShapeError(`${this.#layer}: input must be [batch, inputSize], got [${x.shape.join(', ')}]`);
    }
    checkArray(this.#layer, 'input', x, [batch, this.#inputSize]);
    const shape = [batch, this.#cell.hiddenSize] as const;
    for (const state of states) if (state) checkArray(this.#layer, 'state', state, shape);
    const cell = this.#cell;
    const { result } = this.run(Int32Array.of(0, batch), {}, function* ({ backend }) {
      const before = states.map((state) => (state ? toRows(backend, state) : backend.zeros(shape)));
      const after = cell.step(backend, cell.gates(backend, toRows(backend, x)), before);
      return after.map((state) => backend.read(state));
    });
    return result.map((data) => ({ data, shape }));
  }
}

async function loadCell(loader: WeightLoader, kind: CellKind, options: CellLayerOptions): Promise<Cell> {
  const { inputSize, hiddenSize, bias = true } = options;
  return Cell.load(loader, '', '', { kind, inputSize, hiddenSize, bias });
}

function check(layer: string, { inputSize, hiddenSize }: CellLayerOptions): void {
  checkSizes(layer, { inputSize, hiddenSize });
}

/** One step of an Elman RNN, with the weights of PyTorch's `nn.RNNCell`: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`. */
export class RNNCell extends CellLayer {
  static load(backend: Backend, stateDict: StateDict, options: RNNCellOptions): Promise<RNNCell> {
    const { nonlinearity = 'tanh', inputSize } = options;
    check('RNNCell', options);
    if (nonlinearity !== 'tanh' && nonlinearity !== 'relu') {
      throw new ConfigError(
        `RNNCell: nonlinearity must be tanh or relu, got ${JSON.stringify(nonlinearity)}`,
      );
    }
    return loadLayer('RNNCell', backend, stateDict, async (loader) => {
      const cell = await loadCell(loader, nonlinearity === 'tanh' ? 'rnnTanh' : 'rnnRelu', options);
      return new RNNCell('RNNCell', loader, inputSize, cell);
    });
  }

  /** `x[batch, inputSize]` and `h[batch, hiddenSize]` (default zeros) → the next `h`. */
  forward(x: FloatArray, h?: FloatArray): FloatArray {
    return this.step(x, [h])[0]!;
  }
}

/** One step of an LSTM, with the weights of PyTorch's `nn.LSTMCell`. */
export class LSTMCell extends CellLayer {
  static load(backend: Backend, stateDict: StateDict, options: CellLayerOptions): Promise<LSTMCell> {
    check('LSTMCell', options);
    return loadLayer('LSTMCell', backend, stateDict, async (loader) => {
      const cell = await loadCell(loader, 'lstm', options);
      return new LSTMCell('LSTMCell', loader, options.inputSize, cell);
    });
  }

  /** `x[batch, inputSize]` and the states `h` and `c`, `[batch, hiddenSize]` (default zeros) → the next ones. */
  forward(x: FloatArray, state: { h?: FloatArray; c?: FloatArray } = {}): { h: FloatArray; c: FloatArray } {
    const [h, c] = this.step(x, [state.h, state.c]);
    return { h: h!, c: c! };
  }
}

/** One step of a GRU, with the weights of PyTorch's `nn.GRUCell`. */
export class GRUCell extends CellLayer {
  static load(backend: Backend, stateDict: StateDict, options: CellLayerOptions): Promise<GRUCell> {
    check('GRUCell', options);
    return loadLayer('GRUCell', backend, stateDict, async (loader) => {
      const cell = await loadCell(loader, 'gru', options);
      return new GRUCell('GRUCell', loader, options.inputSize, cell);
    });
  }

  /** `x[batch, inputSize]` and `h[batch, hiddenSize]` (default zeros) → the next `h`. */
  forward(x: FloatArray, h?: FloatArray): FloatArray {
    return this.step(x, [h])[0]!;
  }
}
