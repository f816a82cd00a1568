import { ConfigError } from '../../errors.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';

/** A trainable tensor of a model, as its checkpoint has it. */
export interface Parameter {
  /** The tensor's name in the checkpoint. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major, 32-bit floats: the only copy that optimisers change. */
  readonly values: Float32Array;
  /** Of the same shape: the sum of the gradients of all backward passes since {@link ParameterSet.zeroGradients}. */
  readonly gradient: Float32Array;
  /** Whether it has a gradient and is changed by optimisers. Default true. */
  trainable: boolean;
}

/**
 * The parameters of a model. Each tensor of the checkpoint is one parameter, however many layers use it: tied weights are trained as one.
 * Values are in one array, and gradients in another.
 */
export class ParameterSet implements Iterable<Parameter> {
  readonly all: readonly Parameter[];
  /** The values of all parameters, one after another. */
  readonly values: Float32Array;
  /** The gradients, in the same order. */
  readonly gradients: Float32Array;
  readonly #offsets: readonly number[];
  readonly #listeners: (() => void)[] = [];

  constructor(tensors: readonly { name: string; shape: readonly number[]; size: number }[]) {
    const offsets: number[] = [];
    let total = 0;
    for (const { size } of tensors) {
      offsets.push(total);
      total += size;
    }
    const [values, gradients] = [new Float32Array(total), new Float32Array(total)];
    this.values = values;
    this.gradients = gradients;
    this.#offsets = offsets;
    this.all = tensors.map(({ name, shape, size }, i) => ({
      name,
      shape,
      values: values.subarray(offsets[i]!, offsets[i]! + size),
      gradient: gradients.subarray(offsets[i]!, offsets[i]! + size),
      trainable: true,
    }));
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.all[Symbol.iterator]();
  }

  /** The trainable parameters. */
  get trainable(): readonly Parameter[] {
    return this.all.filter(({ trainable }) => trainable);
  }

  /** The parameter of that name. Throws `ConfigError` if there is none. */
  get(name: string): Parameter {
    const parameter = this.all.find((one) => one.name === name);
    if (!parameter) throw new ConfigError(`parameters: there is none named ${name}`);
    return parameter;
  }

  /** Makes only those parameters trainable whose name `select` accepts. */
  setTrainable(select: (name: string) => boolean): void {
    for (const parameter of this.all) parameter.trainable = select(parameter.name);
  }

  /** The values by name, as a state dict to load or to write to a file. Views: they change with the next step. */
  stateDict(): Map<string, FloatArray> {
    return new Map(this.all.map(({ name, shape, values }) => [name, { data: values, shape }]));
  }

  /** Sets all gradients to zero, to be called before the backward passes of a step. */
  zeroGradients(): void {
    this.gradients.fill(0);
  }

  /** To be called after values were changed (optimisers do): packed weights are made anew. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The parameters that have values in the range `from` to `to` of {@link values}. */
  within(from: number, to: number): readonly Parameter[] {
    return this.all.filter((parameter, i) => {
      const start = this.#offsets[i]!;
      return start < to && from < start + parameter.values.length;
    });
  }
}
