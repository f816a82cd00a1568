import { ConfigError, ShapeError } from '../../errors.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import type { ModuleParameters } from '../../nn/torch/parameters.ts';
import type { OptionNames } from '../../options.ts';
import { unknownTensor } from '../../weights/safetensors/checkpoint.ts';
import type { FloatBuffer } from '../memory/float-buffer.ts';
import { addTrainingNames } from '../other-names.ts';
import { type Parameter, type ParameterSet, trainedParameters } from '../parameters/parameters.ts';

addTrainingNames();

/** Options of every optimiser. */
export interface OptimizerOptions {
  /** Learning rate. It may also be changed between steps: {@link Optimizer.learningRate}. */
  readonly learningRate?: number;
  /**
   * Weight decay, of all parameters or of each: transformers are commonly trained without decay of biases and norms,
   * `({ shape }) => (shape.length > 1 ? 0.01 : 0)`.
   */
  readonly weightDecay?: number | ((parameter: Parameter) => number);
}

/** What {@link OptimizerOptions} has. */
export const OPTIMIZER_OPTIONS = {
  learningRate: 'numeric',
  weightDecay: true,
} satisfies OptionNames<OptimizerOptions>;

/** What an optimiser keeps for a parameter. */
export interface OptimizerState {
  /** Number of its steps. */
  steps: number;
  /** Moments, of the parameter's size each, by PyTorch's names. */
  readonly buffers: Readonly<Record<string, FloatBuffer>>;
}

/** Changes parameters by their gradients. The state of each parameter is created at its first step. */
export abstract class Optimizer {
  /** Used by the next step. */
  learningRate: number;
  protected readonly parameters: ParameterSet;
  readonly #weightDecay: number | ((parameter: Parameter) => number);
  readonly #states = new Map<Parameter, OptimizerState>();
  readonly #bufferNames: readonly string[];

  /** @param bufferNames the names of the moments in {@link OptimizerState.buffers} */
  protected constructor(
    parameters: ModuleParameters,
    learningRate: number,
    weightDecay: number | ((parameter: Parameter) => number),
    bufferNames: readonly string[],
  ) {
    checkNumber('learningRate', learningRate, 0, Infinity);
    if (typeof weightDecay !== 'function') checkNumber('weightDecay', weightDecay, 0, Infinity);
    this.parameters = trainedParameters(parameters);
    this.learningRate = learningRate;
    this.#weightDecay = weightDecay;
    this.#bufferNames = bufferNames;
  }

  /** Changes all trainable parameters in place, and has the packed weights made anew. */
  step(): void {
    for (const parameter of this.parameters.trainable) {
      const state = this.#stateOf(parameter);
      state.steps++;
      const decay = this.#weightDecay;
      this.update(parameter, state, typeof decay === 'number' ? decay : decay(parameter));
    }
    this.parameters.changed('trainable');
  }

  /**
   * Copies of the moments and the numbers of steps, to continue later: for each parameter that has been changed `NAME.step` of one value and its
   * moments, for Adam `NAME.exp_avg` and `NAME.exp_avg_sq`, for SGD `NAME.momentum_buffer`.
   */
  stateDict(): Map<string, FloatArray> {
    const arrays = new Map<string, FloatArray>();
    for (const [{ name, shape }, { steps, buffers }] of this.#states) {
      arrays.set(`${name}.step`, { data: Float32Array.of(steps), shape: [1] });
      for (const [buffer, { data }] of Object.entries(buffers)) {
        arrays.set(`${name}.${buffer}`, { data: Float32Array.from(data), shape });
      }
    }
    return arrays;
  }

  /** Replaces the state by one of `stateDict()`. Throws `LoadError`, `ShapeError` or `ConfigError` for missing, mis-shaped and unknown arrays; nothing is changed then. */
  loadStateDict(stateDict: ReadonlyMap<string, FloatArray>): void {
    const rest = new Set(stateDict.keys());
    const take = (name: string, size: number) => {
      const array = stateDict.get(name);
      if (!array) throw unknownTensor(name, 'optimizer state', [...stateDict.keys()]);
      if (array.data.length !== size) {
        throw new ShapeError(`optimizer: ${name} must have ${size} values, got ${array.data.length}`);
      }
      rest.delete(name);
      return array.data;
    };
    const loaded = this.parameters.all
      .filter(({ name }) => stateDict.has(`${name}.step`))
      .map((parameter) => {
        const [steps = 0] = take(`${parameter.name}.step`, 1);
        if (!(Number.isSafeInteger(steps) && steps >= 0)) {
          throw new ConfigError(`optimizer: ${parameter.name}.step must be a whole number, got ${steps}`);
        }
        const moments = this.#bufferNames.map((name) => take(`${parameter.name}.${name}`, parameter.size));
        return { parameter, steps, moments };
      });
    const [unknown] = rest;
    if (unknown !== undefined) {
      throw new ConfigError(`optimizer: the state has ${unknown}, which this model and optimizer do not`);
    }
    this.dispose();
    for (const { parameter, steps, moments } of loaded) {
      const state = this.#stateOf(parameter);
      state.steps = steps;
      for (const [i, name] of this.#bufferNames.entries()) state.buffers[name]!.data.set(moments[i]!);
    }
  }

  /** Frees the moments. The next step begins with new ones. */
  dispose(): void {
    for (const { buffers } of this.#states.values()) {
      for (const buffer of Object.values(buffers)) this.parameters.support.memory.release(buffer);
    }
    this.#states.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  protected abstract update(parameter: Parameter, state: OptimizerState, weightDecay: number): void;

  #stateOf(parameter: Parameter): OptimizerState {
    let state = this.#states.get(parameter);
    if (!state) {
      const { memory } = this.parameters.support;
      const buffers = this.#bufferNames.map((name) => [name, memory.allocate(parameter.size)] as const);
      state = { steps: 0, buffers: Object.fromEntries(buffers) };
      this.#states.set(parameter, state);
    }
    return state;
  }
}

/** Throws `ConfigError` unless `from` ≤ value < `to`. */
export function checkNumber(name: string, value: number, from: number, to: number): void {
  if (typeof value === 'number' && value >= from && value < to) return;
  const limit = to === Infinity ? 'a finite number' : `below ${to}`;
  throw new ConfigError(`optimizer: ${name} must be at least ${from} and ${limit}, got ${value}`);
}
