import type { Backend, Tensor } from '../../backend/backend.ts';
import type { FloatArray } from '../torch/float-array.ts';
import type { StateDict } from '../torch/state-dict.ts';
import {
  type LSTMOptions,
  type RecurrentCall,
  RecurrentLayer,
  type RecurrentOptions,
} from './recurrent-layer.ts';

/** Options of {@link RNN}. */
export interface RNNOptions extends RecurrentOptions {
  /** Default `tanh`. */
  readonly nonlinearity?: 'tanh' | 'relu';
}

/** Options of one call of {@link LSTM.forward}. */
export interface LSTMCall<A = FloatArray> extends RecurrentCall<A> {
  /** First cell states, as `h0`. */
  readonly c0?: A;
}

/** The result of {@link RNN} and {@link GRU}, of the type of the input. */
export interface RecurrentResult<A = FloatArray> {
  /** The last layer's hidden states: `[batch, length, directions · hiddenSize]`, or `[tokens, …]` for an input without padding. */
  readonly output: A;
  /** Each layer's last hidden state: `[layers · directions, batch, hiddenSize]`. */
  readonly hn: A;
}

/** The result of {@link LSTM}. */
export interface LSTMResult<A = FloatArray> extends RecurrentResult<A> {
  /** Each layer's last cell state, as `hn`. */
  readonly cn: A;
}

/**
 * Elman RNN, h' = tanh(W x + b + U h + c) (or relu), with the weights of PyTorch's `nn.RNN`: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
 * `bias_hh_l0`, `…_l0_reverse`, `…_l1`. Inputs are batch-first unless `batchFirst` is false.
 *
 * Activations for hooks: `layers.N.output`.
 */
export class RNN extends RecurrentLayer {
  constructor(options: RNNOptions) {
    super('RNN', options?.nonlinearity === 'relu' ? 'rnnRelu' : 'rnnTanh', options);
  }

  static load(backend: Backend, stateDict: StateDict, options: RNNOptions): Promise<RNN> {
    return RecurrentLayer.loadInto(new RNN(options), backend, stateDict);
  }

  /** `x[batch, length, inputSize]`, or without padding `[tokens, inputSize]`, → outputs and last states. */
  forward(x: FloatArray, call?: RecurrentCall): RecurrentResult;
  forward(x: Tensor, call?: RecurrentCall<Tensor>): RecurrentResult<Tensor>;
  forward(
    x: FloatArray | Tensor,
    call: RecurrentCall<FloatArray | Tensor> = {},
  ): RecurrentResult<FloatArray & Tensor> {
    const { output, final } = this.pass(x, call, [call.h0]);
    return { output, hn: final[0]! };
  }
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997) with the weights of PyTorch's `nn.LSTM`, gates in the order i, f, g, o: names as in
 * {@link RNN}, and with `projSize` `weight_hr_l0`. Inputs are batch-first unless `batchFirst` is false.
 *
 * ```ts
 * const lstm = await LSTM.load(backend, stateDict, { inputSize: 64, hiddenSize: 128, bidirectional: true });
 * const { output, hn, cn } = lstm.forward(x, { lengths: [12, 7] });
 * ```
 *
 * Activations for hooks: `layers.N.output`.
 */
export class LSTM extends RecurrentLayer {
  constructor(options: LSTMOptions) {
    super('LSTM', 'lstm', options);
  }

  static load(backend: Backend, stateDict: StateDict, options: LSTMOptions): Promise<LSTM> {
    return RecurrentLayer.loadInto(new LSTM(options), backend, stateDict);
  }

  /** `x[batch, length, inputSize]`, or without padding `[tokens, inputSize]`, → outputs and last states. */
  forward(x: FloatArray, call?: LSTMCall): LSTMResult;
  forward(x: Tensor, call?: LSTMCall<Tensor>): LSTMResult<Tensor>;
  forward(x: FloatArray | Tensor, call: LSTMCall<FloatArray | Tensor> = {}): LSTMResult<FloatArray & Tensor> {
    const { output, final } = this.pass(x, call, [call.h0, call.c0]);
    return { output, hn: final[0]!, cn: final[1]! };
  }
}

/**
 * Gated recurrent units (Cho et al. 2014, https://arxiv.org/abs/1406.1078) with the weights of PyTorch's `nn.GRU`, gates in the order r, z, n, the reset gate after the
 * matrix product: names as in {@link RNN}. Inputs are batch-first unless `batchFirst` is false.
 *
 * Activations for hooks: `layers.N.output`.
 */
export class GRU extends RecurrentLayer {
  constructor(options: RecurrentOptions) {
    super('GRU', 'gru', options);
  }

  static load(backend: Backend, stateDict: StateDict, options: RecurrentOptions): Promise<GRU> {
    return RecurrentLayer.loadInto(new GRU(options), backend, stateDict);
  }

  /** `x[batch, length, inputSize]`, or without padding `[tokens, inputSize]`, → outputs and last states. */
  forward(x: FloatArray, call?: RecurrentCall): RecurrentResult;
  forward(x: Tensor, call?: RecurrentCall<Tensor>): RecurrentResult<Tensor>;
  forward(
    x: FloatArray | Tensor,
    call: RecurrentCall<FloatArray | Tensor> = {},
  ): RecurrentResult<FloatArray & Tensor> {
    const { output, final } = this.pass(x, call, [call.h0]);
    return { output, hn: final[0]! };
  }
}
