import { ConfigError } from '../../errors.ts';
import type { FloatArray } from '../../nn/torch/float-array.ts';
import type { ModuleParameters, TrainableParameters } from '../../nn/torch/parameters.ts';
import type { FloatBuffer } from '../memory/float-buffer.ts';
import { arraySupport, type TrainingSupport } from '../support.ts';

/** A trainable tensor of a model, as its checkpoint has it. */
export class Parameter {
  /** The tensor's name in the checkpoint. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether it has a gradient and is changed by optimisers. Default true. */
  trainable = true;
  /**
   * The row of an embedding table whose gradient from look-ups is 0, as `padding_idx` of PyTorch's `nn.Embedding`. Where the table is an output
   * layer too (tied weights), the row has the gradient of that.
   */
  paddingIdx: number | undefined;
  /** The buffer of {@link values}. @internal */
  readonly valueBuffer: FloatBuffer;
  /** The buffer of {@link gradient}. @internal */
  readonly gradientBuffer: FloatBuffer;

  constructor(name: string, shape: readonly number[], values: FloatBuffer, gradient: FloatBuffer) {
    this.name = name;
    this.shape = shape;
    this.valueBuffer = values;
    this.gradientBuffer = gradient;
  }

  /** Number of values. */
  get size(): number {
    return this.valueBuffer.size;
  }

  /** Row-major: the only copy that optimisers change. A view, valid until memory is next allocated: read it again rather than keep it. */
  get values(): Float32Array {
    return this.valueBuffer.data as Float32Array;
  }

  /** Of the same shape: the sum of the gradients of all backward passes since {@link ParameterSet.zeroGradients}. A view, as `values`. */
  get gradient(): Float32Array {
    return this.gradientBuffer.data as Float32Array;
  }
}

/** Which weights follow a change of parameters; see {@link ParameterSet.changed}. */
export type ChangedParameters = 'all' | 'trainable';

/**
 * The parameters of a model. Each tensor of the checkpoint is one parameter, however many layers use it: tied weights are trained as one.
 * Values are in one buffer, and gradients in another.
 */
export class ParameterSet implements TrainableParameters {
  readonly all: readonly Parameter[];
  /** The memory and the elementwise steps that optimisers use. @internal */
  readonly support: TrainingSupport;
  /** @internal */
  readonly valueBuffer: FloatBuffer;
  /** @internal */
  readonly gradientBuffer: FloatBuffer;
  readonly #offsets: readonly number[];
  readonly #listeners: ((which: ChangedParameters) => void)[];
  readonly #isSelection: boolean;

  /** @param whole the set that these parameters are a selection of */
  constructor(
    tensors: readonly { name: string; shape: readonly number[]; size: number }[],
    support: TrainingSupport = arraySupport,
    whole?: ParameterSet,
  ) {
    this.#listeners = whole ? whole.#listeners : [];
    this.#isSelection = whole !== undefined;
    if (whole) {
      this.support = whole.support;
      this.valueBuffer = whole.valueBuffer;
      this.gradientBuffer = whole.gradientBuffer;
      this.all = whole.all.filter((parameter) => tensors.includes(parameter));
      this.#offsets = this.all.map((parameter) => whole.#offsets[whole.all.indexOf(parameter)]!);
      return;
    }
    const offsets: number[] = [];
    let total = 0;
    for (const { size } of tensors) {
      offsets.push(total);
      total += size;
    }
    this.support = support;
    this.valueBuffer = support.memory.allocate(total);
    this.gradientBuffer = support.memory.allocate(total);
    this.#offsets = offsets;
    this.all = tensors.map(
      ({ name, shape, size }, i) =>
        new Parameter(
          name,
          shape,
          this.valueBuffer.part(offsets[i]!, size),
          this.gradientBuffer.part(offsets[i]!, size),
        ),
    );
  }

  [Symbol.iterator](): Iterator<Parameter> {
    return this.all[Symbol.iterator]();
  }

  /** The values of all parameters of the model, one after another. A view, valid until memory is next allocated. */
  get values(): Float32Array {
    return this.valueBuffer.data as Float32Array;
  }

  /** The gradients, in the same order. A view, as `values`. */
  get gradients(): Float32Array {
    return this.gradientBuffer.data as Float32Array;
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

  /** Index of a parameter's first value in {@link values}. Throws `ConfigError` if there is none of that name. @internal */
  offsetOf(name: string): number {
    return this.#offsets[this.all.indexOf(this.get(name))]!;
  }

  /** The parameters whose names begin with `prefix`, for an optimiser of a part of a model. They share their memory with this set. */
  select(prefix: string): ParameterSet {
    return new ParameterSet(
      this.all.filter(({ name }) => name.startsWith(prefix)),
      this.support,
      this,
    );
  }

  /** Makes only those parameters trainable whose name `select` accepts. */
  setTrainable(select: (name: string) => boolean): void {
    for (const parameter of this.all) parameter.trainable = select(parameter.name);
  }

  /** Copies of the values by name, as a state dict to load or to write to a file. */
  stateDict(): Map<string, FloatArray> {
    return new Map(this.all.map(({ name, shape, values }) => [name, { data: values.slice(), shape }]));
  }

  /** Sets all gradients to zero, to be called before the backward passes of a step. */
  zeroGradients(): void {
    if (this.#isSelection) for (const { gradient } of this.all) gradient.fill(0);
    else this.gradients.fill(0);
  }

  /** To be called after values were changed (optimisers do): packed weights are made anew. */
  changed(which: ChangedParameters = 'all'): void {
    for (const listener of this.#listeners) listener(which);
  }

  onChange(listener: (which: ChangedParameters) => void): void {
    this.#listeners.push(listener);
  }

  /** The parameters that have values in the range `from` to `to` of {@link values}. */
  within(from: number, to: number): readonly Parameter[] {
    return this.all.filter((parameter, i) => {
      const start = this.#offsets[i]!;
      return start < to && from < start + parameter.size;
    });
  }

  /** Frees values and gradients, other than those of a selection. The parameters can no longer be used. */
  dispose(): void {
    if (this.#isSelection) return;
    this.support.memory.release(this.valueBuffer);
    this.support.memory.release(this.gradientBuffer);
  }
}

/** The parameters of a module, to be trained. Throws `ConfigError` for those of a module on a backend for inference. */
export function trainedParameters(parameters: ModuleParameters): ParameterSet {
  if (parameters instanceof ParameterSet) return parameters;
  throw new ConfigError(
    'parameters: these are of a module on a backend for inference; move it to a RecordingBackend to train it',
  );
}
