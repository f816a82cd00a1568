import { ConfigError } from '../../errors.ts';
import type { Parameter, ParameterSet } from '../parameters/parameters.ts';

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

/** Changes parameters by their gradients. The state of each parameter is created at its first step. */
export abstract class Optimizer<State> {
  /** Used by the next step. */
  learningRate: number;
  readonly #parameters: ParameterSet;
  readonly #weightDecay: number | ((parameter: Parameter) => number);
  readonly #states = new Map<Parameter, State>();

  protected constructor(
    parameters: ParameterSet,
    learningRate: number,
    weightDecay: number | ((parameter: Parameter) => number),
  ) {
    checkNumber('learningRate', learningRate, 0, Infinity);
    if (typeof weightDecay === 'number') checkNumber('weightDecay', weightDecay, 0, Infinity);
    this.#parameters = parameters;
    this.learningRate = learningRate;
    this.#weightDecay = weightDecay;
  }

  /** Changes all trainable parameters in place, and has the packed weights made anew. */
  step(): void {
    for (const parameter of this.#parameters.trainable) {
      let state = this.#states.get(parameter);
      if (state === undefined) {
        state = this.createState(parameter);
        this.#states.set(parameter, state);
      }
      const decay = this.#weightDecay;
      this.update(parameter, state, typeof decay === 'number' ? decay : decay(parameter));
    }
    this.#parameters.changed();
  }

  protected abstract createState(parameter: Parameter): State;
  protected abstract update(parameter: Parameter, state: State, weightDecay: number): void;
}

/** Throws `ConfigError` unless `from` ≤ value < `to`. */
export function checkNumber(name: string, value: number, from: number, to: number): void {
  if (value >= from && value < to) return;
  const limit = to === Infinity ? 'a finite number' : `below ${to}`;
  throw new ConfigError(`optimizer: ${name} must be at least ${from} and ${limit}, got ${value}`);
}
