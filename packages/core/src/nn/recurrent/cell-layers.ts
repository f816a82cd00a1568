import type { Backend, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { checkOptions, type OptionNames, requireOptions } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkArray, checkSizes, type FloatArray, toRows } from '../torch/float-array.ts';
import type { WeightSpecs } from '../torch/init.ts';
import { Layer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { Cell, type CellKind, type CellOptions, cellSpecs } from './cell.ts';

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

const OPTIONS = {
  inputSize: 'count',
  hiddenSize: 'count',
  bias: 'boolean',
} satisfies OptionNames<CellLayerOptions>;

const NONLINEARITY = { nonlinearity: ['tanh', 'relu'] } as const;

/** The base class of {@link RNNCell}, {@link LSTMCell} and {@link GRUCell}. */
abstract class CellLayer extends Layer {
  readonly #layer: string;
  readonly #sizes: CellOptions;
  #cell: Cell | undefined;

  constructor(layer: string, kind: CellKind, options: CellLayerOptions) {
    super(layer);
    requireOptions(layer, options, OPTIONS, kind.startsWith('rnn') ? NONLINEARITY : {});
    const { inputSize, hiddenSize, bias = true } = options;
    checkSizes(layer, { inputSize, hiddenSize });
    this.#layer = layer;
    this.#sizes = { kind, inputSize, hiddenSize, bias };
  }

  protected override weightSpecs(): WeightSpecs {
    return cellSpecs('', this.#sizes);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    this.#cell = await Cell.load(loader, '', '', this.#sizes);
  }

  /** One step. Absent states are zeros. */
  protected step(
    x: FloatArray | Tensor,
    states: readonly (FloatArray | Tensor | undefined)[],
  ): readonly (FloatArray & Tensor)[] {
    const [batch = 0] = x.shape;
    if (x.shape.length !== 2) {
      throw new ShapeError(`${this.#layer}: input must be [batch, inputSize], got [${x.shape.join(', ')}]`);
    }
    const { inputSize, hiddenSize } = this.#sizes;
    checkArray(this.#layer, 'input', x, [batch, inputSize]);
    const shape = [batch, hiddenSize] as const;
    for (const state of states) if (state) checkArray(this.#layer, 'state', state, shape);
    const cell = this.#cell!;
    const { result } = this.runOn(x, Int32Array.of(0, batch), {}, function* ({ backend }) {
      const before = states.map((state) => (state ? toRows(backend, state) : backend.zeros(shape)));
      return cell.step(backend, cell.gates(backend, toRows(backend, x)), before);
    });
    return result;
  }
}

/** One step of an Elman RNN, with the weights of PyTorch's `nn.RNNCell`: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`. */
export class RNNCell extends CellLayer {
  constructor(options: RNNCellOptions) {
    super('RNNCell', options?.nonlinearity === 'relu' ? 'rnnRelu' : 'rnnTanh', options);
  }

  static load(backend: Backend, stateDict: StateDict, options: RNNCellOptions): Promise<RNNCell> {
    return CellLayer.loadInto(new RNNCell(options), backend, stateDict);
  }

  /** `x[batch, inputSize]` and `h[batch, hiddenSize]` (default zeros) → the next `h`. */
  forward(x: FloatArray, h?: FloatArray): FloatArray;
  forward(x: Tensor, h?: Tensor): Tensor;
  forward(x: FloatArray | Tensor, h?: FloatArray | Tensor): FloatArray & Tensor {
    return this.step(x, [h])[0]!;
  }
}

/** The states of an {@link LSTMCell}, `[batch, hiddenSize]` each. */
export interface LSTMState<A = FloatArray> {
  readonly h: A;
  readonly c: A;
}

/** One step of an LSTM, with the weights of PyTorch's `nn.LSTMCell`. */
export class LSTMCell extends CellLayer {
  constructor(options: CellLayerOptions) {
    super('LSTMCell', 'lstm', options);
  }

  static load(backend: Backend, stateDict: StateDict, options: CellLayerOptions): Promise<LSTMCell> {
    return CellLayer.loadInto(new LSTMCell(options), backend, stateDict);
  }

  /** `x[batch, inputSize]` and the states `h` and `c`, `[batch, hiddenSize]` (default zeros) → the next ones. */
  forward(x: FloatArray, state?: Partial<LSTMState>): LSTMState;
  forward(x: Tensor, state?: Partial<LSTMState<Tensor>>): LSTMState<Tensor>;
  forward(
    x: FloatArray | Tensor,
    state: Partial<LSTMState<FloatArray | Tensor>> = {},
  ): LSTMState<FloatArray & Tensor> {
    checkOptions('LSTMCell.forward', state, { h: 'object', c: 'object' } satisfies OptionNames<LSTMState>);
    const [h, c] = this.step(x, [state.h, state.c]);
    return { h: h!, c: c! };
  }
}

/** One step of a GRU, with the weights of PyTorch's `nn.GRUCell`. */
export class GRUCell extends CellLayer {
  constructor(options: CellLayerOptions) {
    super('GRUCell', 'gru', options);
  }

  static load(backend: Backend, stateDict: StateDict, options: CellLayerOptions): Promise<GRUCell> {
    return CellLayer.loadInto(new GRUCell(options), backend, stateDict);
  }

  /** `x[batch, inputSize]` and `h[batch, hiddenSize]` (default zeros) → the next `h`. */
  forward(x: FloatArray, h?: FloatArray): FloatArray;
  forward(x: Tensor, h?: Tensor): Tensor;
  forward(x: FloatArray | Tensor, h?: FloatArray | Tensor): FloatArray & Tensor {
    return this.step(x, [h])[0]!;
  }
}
