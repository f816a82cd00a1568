import type { Backend, Tensor } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkArray, checkSizes, type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import type { WeightSpecs } from '../torch/init.ts';
import { type ForwardOptions, Layer } from '../torch/layer.ts';
import { type CellKind, statesOf } from './cell.ts';
import { offsetsOf, padded, unpadded } from './padded.ts';
import {
  RecurrentStack,
  type RecurrentStackOptions,
  type StackState,
  stackSpecs,
} from './recurrent-stack.ts';

/** Options of a recurrent layer, with PyTorch's names and defaults. */
export interface RecurrentOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Stacked layers. Default 1. */
  readonly numLayers?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Run in both directions and concatenate their outputs. Default false. */
  readonly bidirectional?: boolean;
}

/** Options of one call. `A` is the type of the input: a plain array or a tensor. */
export interface RecurrentCall<A = FloatArray> extends ForwardOptions {
  /**
   * Tokens of each sequence. Of an input `[batch, length, inputSize]` later ones are padding, and their outputs are zeros (default: all are
   * tokens). An input `[tokens, inputSize]` has the sequences one after another, without padding.
   */
  readonly lengths?: ArrayLike<number>;
  /** Initial hidden states, `[layers · directions, batch, hiddenSize]`. Default zeros. */
  readonly h0?: A;
}

/** The options with defaults. Throws `ConfigError` for sizes that are not whole numbers of at least 1. */
function stackOptions(layer: string, kind: CellKind, options: RecurrentOptions): RecurrentStackOptions {
  const { inputSize, hiddenSize, numLayers = 1, bias = true, bidirectional = false } = options;
  checkSizes(layer, { inputSize, hiddenSize, numLayers });
  return { kind, inputSize, hiddenSize, numLayers, bias, bidirectional };
}

/** The base class of `RNN`, `LSTM` and `GRU`. */
export abstract class RecurrentLayer extends Layer {
  readonly #layer: string;
  readonly #options: RecurrentStackOptions;
  #stack: RecurrentStack | undefined;

  constructor(layer: string, kind: CellKind, options: RecurrentOptions) {
    super(layer);
    this.#layer = layer;
    this.#options = stackOptions(layer, kind, options);
  }

  protected override weightSpecs(): WeightSpecs {
    return stackSpecs(this.#options);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    this.#stack = await RecurrentStack.load(loader, '', '', this.#options);
  }

  /**
   * `x[batch, length, inputSize]`, or `[tokens, inputSize]` without padding; `initial` and the final states are
   * `[layers · directions, batch, hiddenSize]` each (hidden, cell).
   */
  protected pass(
    x: FloatArray | Tensor,
    call: RecurrentCall<FloatArray | Tensor>,
    initial: readonly (FloatArray | Tensor | undefined)[],
  ): { output: FloatArray & Tensor; final: readonly (FloatArray & Tensor)[] } {
    const { kind, inputSize, hiddenSize, numLayers, bidirectional } = this.#options;
    const { lengths } = call;
    const sizes = sequencesOf(this.#layer, 'input', x, inputSize, lengths);
    const isPadded = lengths !== undefined && x.shape.length === 3;
    const offsets = isPadded ? offsetsOf(this.#layer, sizes, lengths) : sizes.offsets;
    const directions = bidirectional ? 2 : 1;
    const shape = [numLayers * directions, sizes.batch, hiddenSize] as const;
    for (const [i, state] of initial.entries()) {
      if (state) checkArray(this.#layer, i === 0 ? 'h0' : 'c0', state, shape);
    }
    const stack = this.#stack!;
    const { result } = this.runOn(x, offsets, call, function* (ctx) {
      const { backend } = ctx;
      const first = withStates(backend, stack.zeroState(backend, sizes.batch), initial);
      const all = toRows(backend, x);
      const rows = isPadded ? unpadded(backend, all, sizes.length, offsets) : all;
      const { output, final } = yield* stack.forward(ctx, rows, offsets, first);
      const y = isPadded ? padded(backend, output, sizes.length, offsets) : output;
      return {
        output: backend.reshape(y, [...x.shape.slice(0, -1), hiddenSize * directions]),
        final: Array.from({ length: statesOf(kind) }, (_, i) => {
          const states = final.map((state) => state[i]!);
          return backend.reshape(backend.concat(states, 0), shape);
        }),
      };
    });
    return result;
  }
}

/** `states` with those that are given replaced. */
function withStates(
  backend: Backend,
  states: StackState,
  given: readonly (FloatArray | Tensor | undefined)[],
): StackState {
  const rows = given.map((values) => values && toRows(backend, values));
  return states.map((state, index) =>
    state.map((zero, i) => {
      const [batch = 0] = zero.shape;
      const all = rows[i];
      return all ? backend.rows(all, index * batch, (index + 1) * batch) : zero;
    }),
  );
}
