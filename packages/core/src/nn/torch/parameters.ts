import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { FloatArray } from './float-array.ts';

/** A named weight of a module. */
export interface ModuleParameter {
  /** As in the state dict of the outermost module. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major. To be changed by optimisers and `loadStateDict` alone. */
  readonly values: Float32Array;
  /** Whether optimisers change it. Default true. */
  trainable: boolean;
}

/** The parameters of a module. On a `RecordingBackend` they have gradients too: optimisers take them. */
export interface ModuleParameters extends Iterable<ModuleParameter> {
  readonly all: readonly ModuleParameter[];
  /** The parameter of that name. Throws `ConfigError` if there is none. */
  get(name: string): ModuleParameter;
  /** The parameters whose names begin with `prefix`. */
  select(prefix: string): ModuleParameters;
  /** Makes only those parameters trainable whose name `select` accepts. */
  setTrainable(select: (name: string) => boolean): void;
  /** Sets all gradients to zero, to be called before the backward passes of a step. Throws `ConfigError` on a backend without gradients. */
  zeroGradients(): void;
}

/** Parameters that a backend trains. */
export interface TrainableParameters extends ModuleParameters {
  /** To be called after values were changed: weights are made of the new ones. */
  changed(): void;
  /** Frees values and gradients. */
  dispose(): void;
}

/** A backend that computes gradients of the weights that are created on it: `RecordingBackend`. */
export interface TrainingBackend extends Backend {
  /** Whether `loadParameters` is running: weights that are created belong to its parameters. */
  readonly isLoading: boolean;
  /** Runs `load`, which reads weights from a checkpoint and creates them on a backend. It is called twice. Returns what it has read. */
  loadParameters(
    weights: Checkpoint,
    load: (weights: Checkpoint, backend: Backend) => Promise<void>,
  ): Promise<TrainableParameters>;
}

export function isTrainingBackend(backend: Backend): backend is TrainingBackend {
  return 'loadParameters' in backend;
}

export function isTrainable(parameters: ModuleParameters): parameters is TrainableParameters {
  return 'changed' in parameters;
}

/** The parameters of a module on a backend for inference. */
export class PlainParameters implements ModuleParameters {
  readonly all: readonly ModuleParameter[];

  constructor(all: readonly ModuleParameter[]) {
    this.all = all;
  }

  static from(values: ReadonlyMap<string, FloatArray>): PlainParameters {
    return new PlainParameters(
      [...values].map(([name, { data, shape }]) => ({ name, shape, values: data, trainable: true })),
    );
  }

  [Symbol.iterator](): Iterator<ModuleParameter> {
    return this.all[Symbol.iterator]();
  }

  get(name: string): ModuleParameter {
    const parameter = this.all.find((one) => one.name === name);
    if (!parameter) throw new ConfigError(`parameters: there is none named ${name}`);
    return parameter;
  }

  select(prefix: string): ModuleParameters {
    return new PlainParameters(this.all.filter(({ name }) => name.startsWith(prefix)));
  }

  setTrainable(select: (name: string) => boolean): void {
    for (const parameter of this.all) parameter.trainable = select(parameter.name);
  }

  zeroGradients(): void {
    throw new ConfigError(
      'parameters: this backend computes no gradients; move the module to a RecordingBackend of @headwise/core/train',
    );
  }
}
