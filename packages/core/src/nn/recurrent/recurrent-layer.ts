import type { Backend } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { checkArray, checkSizes, type FloatArray, sequencesOf } from '../torch/float-array.ts';
import { type ForwardOptions, Layer } from '../torch/layer.ts';
import { statesOf } from './cell.ts';
import { offsetsOf, padded, unpadded } from './padded.ts';
import type { RecurrentStack, RecurrentStackOptions, StackState } from './recurrent-stack.ts';

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

/** Options of one call. */
export interface RecurrentCall extends ForwardOptions {
  /** Tokens of each sequence; later ones are padding, and their outputs are zeros. Default: all. */
  readonly lengths?: ArrayLike<number>;
  /** Initial hidden states, `[layers · directions, batch, hiddenSize]`. Default zeros. */
  readonly h0?: FloatArray;
}

/** The options with defaults. Throws `ConfigError` for sizes that are not whole numbers of at least 1. */
export function stackOptions(
  layer: string,
  kind: RecurrentStackOptions['kind'],
  options: RecurrentOptions,
): RecurrentStackOptions {
  const { inputSize, hiddenSize, numLayers = 1, bias = true, bidirectional = false } = options;
  checkSizes(layer, { inputSize, hiddenSize, numLayers });
  return { kind, inputSize, hiddenSize, numLayers, bias, bidirectional };
}

/** The base class of `RNN`, `LSTM` and `GRU`. */
export abstract class RecurrentLayer extends Layer {
  readonly #layer: string;
  readonly #stack: RecurrentStack;

  protected constructor(layer: string, loader: WeightLoader, stack: RecurrentStack) {
    super(loader);
    this.#layer = layer;
    this.#stack = stack;
  }

  /** `x[batch, length, inputSize]`; `initial` and the final states are `[layers · directions, batch, hiddenSize]` each (hidden, cell). */
  protected pass(
    x: FloatArray,
    call: RecurrentCall,
    initial: readonly (FloatArray | undefined)[],
  ): { output: FloatArray; final: FloatArray[] } {
    const { kind, inputSize, hiddenSize, numLayers, bidirectional } = this.#stack.options;
    const sizes = sequencesOf(this.#layer, 'input', x, inputSize);
    const offsets = offsetsOf(this.#layer, sizes, call.lengths);
    const shape = [numLayers * (bidirectional ? 2 : 1), sizes.batch, hiddenSize] as const;
    for (const [i, state] of initial.entries()) {
      if (state) checkArray(this.#layer, i === 0 ? 'h0' : 'c0', state, shape);
    }
    const stack = this.#stack;
    const { result } = this.run(offsets, call, function* (ctx) {
      const { backend } = ctx;
      const first = withStates(backend, stack.zeroState(backend, sizes.batch), initial);
      const rows = unpadded(backend, x, sizes.length, offsets);
      const { output, final } = yield* stack.forward(ctx, rows, offsets, first);
      return {
        output: backend.read(output),
        final: final.map((state) => state.map((values) => backend.read(values))),
      };
    });
    const features = hiddenSize * (bidirectional ? 2 : 1);
    return {
      output: padded(result.output, features, sizes.length, offsets),
      final: Array.from({ length: statesOf(kind) }, (_, i) =>
        concat(
          result.final.map((state) => state[i]!),
          shape,
        ),
      ),
    };
  }
}

/** `states` with those that are given replaced. */
function withStates(
  backend: Backend,
  states: StackState,
  given: readonly (FloatArray | undefined)[],
): StackState {
  return states.map((state, index) =>
    state.map((zero, i) => {
      const values = given[i];
      if (!values) return zero;
      const size = zero.shape[0]! * zero.shape[1]!;
      return backend.tensor(values.data.subarray(index * size, (index + 1) * size), zero.shape);
    }),
  );
}

function concat(parts: readonly Float32Array[], shape: readonly number[]): FloatArray {
  const size = parts[0]?.length ?? 0;
  const data = new Float32Array(parts.length * size);
  for (const [i, part] of parts.entries()) data.set(part, i * size);
  return { data, shape };
}
