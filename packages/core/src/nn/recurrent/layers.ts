import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { FloatArray } from '../torch/float-array.ts';
import { loadLayer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import {
  type RecurrentCall,
  RecurrentLayer,
  type RecurrentOptions,
  stackOptions,
} from './recurrent-layer.ts';
import { RecurrentStack } from './recurrent-stack.ts';

/** Options of {@link RNN}. */
export interface RNNOptions extends RecurrentOptions {
  /** Default `tanh`. */
  readonly nonlinearity?: 'tanh' | 'relu';
}

/** Options of one call of {@link LSTM.forward}. */
export interface LSTMCall extends RecurrentCall {
  /** First cell states, as `h0`. */
  readonly c0?: FloatArray;
}

/** The result of {@link RNN} and {@link GRU}. */
export interface RecurrentResult {
  /** The last layer's hidden states: `[batch, length, directions · hiddenSize]`. */
  readonly output: FloatArray;
  /** Each layer's last hidden state: `[layers · directions, batch, hiddenSize]`. */
  readonly hn: FloatArray;
}

/** The result of {@link LSTM}. */
export interface LSTMResult extends RecurrentResult {
  /** Each layer's last cell state, as `hn`. */
  readonly cn: FloatArray;
}

/**
 * Elman RNN, h' = tanh(W x + b + U h + c) (or relu), with the weights of PyTorch's `nn.RNN`: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
 * `bias_hh_l0`, `…_l0_reverse`, `…_l1`. Inputs are batch-first.
 *
 * Activations for hooks: `layers.N.output`.
 */
export class RNN extends RecurrentLayer {
  static load(backend: Backend, stateDict: StateDict, options: RNNOptions): Promise<RNN> {
    const { nonlinearity = 'tanh' } = options;
    if (nonlinearity !== 'tanh' && nonlinearity !== 'relu') {
      throw new ConfigError(`RNN: nonlinearity must be tanh or relu, got ${JSON.stringify(nonlinearity)}`);
    }
    const sizes = stackOptions('RNN', nonlinearity === 'tanh' ? 'rnnTanh' : 'rnnRelu', options);
    return loadLayer('RNN', backend, stateDict, async (loader) => {
      return new RNN('RNN', loader, await RecurrentStack.load(loader, '', '', sizes));
    });
  }

  /** `x[batch, length, inputSize]` → outputs and last states. */
  forward(x: FloatArray, call: RecurrentCall = {}): RecurrentResult {
    const { output, final } = this.pass(x, call, [call.h0]);
    return { output, hn: final[0]! };
  }
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997) with the weights of PyTorch's `nn.LSTM`, gates in the order i, f, g, o: names as in
 * {@link RNN}. Inputs are batch-first.
 *
 * ```ts
 * const lstm = await LSTM.load(backend, stateDict, { inputSize: 64, hiddenSize: 128, bidirectional: true });
 * const { output, hn, cn } = lstm.forward(x, { lengths: [12, 7] });
 * ```
 *
 * Activations for hooks: `layers.N.output`.
 */
export class LSTM extends RecurrentLayer {
  static load(backend: Backend, stateDict: StateDict, options: RecurrentOptions): Promise<LSTM> {
    const sizes = stackOptions('LSTM', 'lstm', options);
    return loadLayer('LSTM', backend, stateDict, async (loader) => {
      return new LSTM('LSTM', loader, await RecurrentStack.load(loader, '', '', sizes));
    });
  }

  /** `x[batch, length, inputSize]` → outputs and last states. */
  forward(x: FloatArray, call: LSTMCall = {}): LSTMResult {
    const { output, final } = this.pass(x, call, [call.h0, call.c0]);
    return { output, hn: final[0]!, cn: final[1]! };
  }
}

/**
 * Gated recurrent units (Cho et al. 2014, https://arxiv.org/abs/1406.1078) with the weights of PyTorch's `nn.GRU`, gates in the order r, z, n, the reset gate after the
 * matrix product: names as in {@link RNN}. Inputs are batch-first.
 *
 * Activations for hooks: `layers.N.output`.
 */
export class GRU extends RecurrentLayer {
  static load(backend: Backend, stateDict: StateDict, options: RecurrentOptions): Promise<GRU> {
    const sizes = stackOptions('GRU', 'gru', options);
    return loadLayer('GRU', backend, stateDict, async (loader) => {
      return new GRU('GRU', loader, await RecurrentStack.load(loader, '', '', sizes));
    });
  }

  /** `x[batch, length, inputSize]` → outputs and last states. */
  forward(x: FloatArray, call: RecurrentCall = {}): RecurrentResult {
    const { output, final } = this.pass(x, call, [call.h0]);
    return { output, hn: final[0]! };
  }
}
