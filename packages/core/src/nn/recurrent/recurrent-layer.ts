import type { Backend, Tensor } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { checkOptions, describeValue, type OptionNames, requireOptions } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkArray, checkSizes, type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import type { WeightSpecs } from '../torch/init.ts';
import { type ForwardOptions, Layer } from '../torch/layer.ts';
import { batchFirstShape, swapRows, withShape } from '../torch/layout.ts';
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
  /** Whether inputs and outputs are `[batch, length, features]`; else `[length, batch, features]`. Default true (PyTorch: false). */
  readonly batchFirst?: boolean;
}

/** Options of `LSTM`. */
export interface LSTMOptions extends RecurrentOptions {
  /** Size of hidden states and outputs, projected from `hiddenSize` by `weight_hr_l…`, smaller than it (Sak et al. 2014). Default 0: no projection. */
  readonly projSize?: number;
}

const OPTIONS = {
  inputSize: 'count',
  hiddenSize: 'count',
  numLayers: 'count',
  bias: 'boolean',
  bidirectional: 'boolean',
  batchFirst: 'boolean',
} satisfies OptionNames<RecurrentOptions>;

/** Options of one kind of layer alone. */
const OWN_OPTIONS = {
  lstm: { projSize: 'numeric' },
  rnn: { nonlinearity: ['tanh', 'relu'] },
  gru: {},
} as const;

const ownOptions = (kind: CellKind) => OWN_OPTIONS[kind === 'lstm' || kind === 'gru' ? kind : 'rnn'];

/** Options of one call. `A` is the type of the input: a plain array or a tensor. */
export interface RecurrentCall<A = FloatArray> extends ForwardOptions {
  /**
   * Tokens of each sequence. Of an input `[batch, length, inputSize]` later ones are padding, and their outputs are zeros (default: all are
   * tokens). An input `[tokens, inputSize]` has the sequences one after another, without padding; without lengths it is one sequence.
   */
  readonly lengths?: ArrayLike<number>;
  /** Initial hidden states, `[layers · directions, batch, hiddenSize]`, of one sequence without the axis of the batch. Default zeros. */
  readonly h0?: A;
}

const CALL_OPTIONS = {
  hooks: 'object',
  lengths: 'object',
  h0: 'object',
} satisfies OptionNames<RecurrentCall>;

/** The options with defaults. Throws `ConfigError` for sizes that are not whole numbers of at least 1. */
function stackOptions(layer: string, kind: CellKind, options: LSTMOptions): RecurrentStackOptions {
  requireOptions(layer, options, OPTIONS, ownOptions(kind));
  const { inputSize, hiddenSize, numLayers = 1, bias = true, bidirectional = false, projSize = 0 } = options;
  checkSizes(layer, { inputSize, hiddenSize, numLayers });
  if (!(Number.isSafeInteger(projSize) && projSize >= 0 && projSize < hiddenSize)) {
    throw new ConfigError(
      `${layer}: projSize must be a whole number from 0 to ${hiddenSize - 1}, got ${describeValue(projSize)}`,
    );
  }
  return {
    kind,
    inputSize,
    hiddenSize,
    numLayers,
    bias,
    bidirectional,
    ...(projSize !== 0 && { projSize }),
  };
}

/** The base class of `RNN`, `LSTM` and `GRU`. */
export abstract class RecurrentLayer extends Layer {
  readonly #layer: string;
  readonly #options: RecurrentStackOptions;
  readonly #batchFirst: boolean;
  #stack: RecurrentStack | undefined;

  constructor(layer: string, kind: CellKind, options: RecurrentOptions) {
    super(layer);
    this.#layer = layer;
    this.#options = stackOptions(layer, kind, options);
    this.#batchFirst = options.batchFirst ?? true;
  }

  protected override weightSpecs(): WeightSpecs {
    return stackSpecs(this.#options);
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    this.#stack = await RecurrentStack.load(loader, '', '', this.#options);
  }

  /**
   * `x[batch, length, inputSize]`, or `[tokens, inputSize]` without padding or of one sequence; `initial` and the final states are
   * `[layers · directions, batch, hiddenSize]` each (hidden, cell), of one sequence `[layers · directions, hiddenSize]`.
   */
  protected pass(
    x: FloatArray | Tensor,
    call: RecurrentCall<FloatArray | Tensor>,
    initial: readonly (FloatArray | Tensor | undefined)[],
  ): { output: FloatArray & Tensor; final: readonly (FloatArray & Tensor)[] } {
    const { kind, inputSize, hiddenSize, numLayers, bidirectional, projSize = hiddenSize } = this.#options;
    checkOptions(
      `${this.#layer}.forward`,
      call,
      CALL_OPTIONS,
      ...(this.#options.kind === 'lstm' ? [{ c0: 'object' } as const] : []),
    );
    const { lengths } = call;
    const isSingle = x.shape.length === 2 && lengths === undefined;
    const isSwapped = !this.#batchFirst && x.shape.length === 3;
    const shaped = isSingle || isSwapped ? withShape(x, batchFirstShape(x.shape)) : x;
    const sizes = sequencesOf(this.#layer, 'input', shaped, inputSize, lengths);
    const isPadded = lengths !== undefined && x.shape.length === 3;
    const offsets = isPadded ? offsetsOf(this.#layer, sizes, lengths) : sizes.offsets;
    const directions = bidirectional ? 2 : 1;
    const states = numLayers * directions;
    const shapes = [projSize, hiddenSize].map((size) =>
      isSingle ? [states, size] : [states, sizes.batch, size],
    );
    for (const [i, state] of initial.entries()) {
      if (state) checkArray(this.#layer, i === 0 ? 'h0' : 'c0', state, shapes[i]!);
    }
    const stack = this.#stack!;
    const { result } = this.runOn(x, offsets, call, function* (ctx) {
      const { backend } = ctx;
      const first = withStates(backend, stack.zeroState(backend, sizes.batch), initial);
      const given = toRows(backend, x);
      const all = isSwapped ? swapRows(backend, given, sizes.length, sizes.batch) : given;
      const rows = isPadded ? unpadded(backend, all, sizes.length, offsets) : all;
      const { output, final } = yield* stack.forward(ctx, rows, offsets, first);
      const inOrder = isPadded ? padded(backend, output, sizes.length, offsets) : output;
      const y = isSwapped ? swapRows(backend, inOrder, sizes.batch, sizes.length) : inOrder;
      return {
        output: backend.reshape(y, [...x.shape.slice(0, -1), projSize * directions]),
        final: Array.from({ length: statesOf(kind) }, (_, i) => {
          const last = final.map((state) => state[i]!);
          return backend.reshape(backend.concat(last, 0), shapes[i]!);
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
