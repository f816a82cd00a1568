import type { Backend } from '../../backend/backend.ts';
import { ConfigError, HeadwiseError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { Random, randomSeed } from '../../platform/random.ts';
import { toFloat32 } from '../../weights/convert.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { WeightLoader } from '../load/weight-loader.ts';
import { withScope } from '../run/forward.ts';
import { ALL_WEIGHTS } from '../run/shard.ts';
import type { FloatArray } from './float-array.ts';
import type { WeightSpecs } from './init.ts';
import { checkNames, type NamedWeight, valuesOrInitial } from './named-weights.ts';
import { addLayerNames } from './other-names.ts';
import { isTrainable, isTrainingBackend, type ModuleParameters, PlainParameters } from './parameters.ts';
import { checkpointOf, type StateDict } from './state-dict.ts';
import { inputsOf, type Values, valuesOf } from './values.ts';

addLayerNames();

/** The weights of a module and its submodules on a backend. */
interface Placement {
  readonly backend: Backend;
  /** The module whose `to` was called. */
  readonly root: Module;
  readonly parameters: ModuleParameters;
  release(): void;
}

/** Options of {@link Module.to}. */
export interface ToOptions {
  /** Seed of the initial weights and of dropout, a whole number from 0 to 2³² − 1. Default random. */
  readonly seed?: number;
}

/** A module and its place in the one that contains it. */
interface Part {
  /** Precedes the names of its weights: `layers.0.`. */
  readonly prefix: string;
  readonly module: Module;
}

type Values32 = ReadonlyMap<string, FloatArray>;

/**
 * The base class of layers and of models that are composed of them, as PyTorch's `nn.Module`. Modules in fields, and in arrays in fields, are its
 * submodules; their names begin with the field's name (`hidden.weight`, `layers.0.weight`).
 *
 * ```ts
 * class Classifier extends Module {
 *   hidden = new Linear(784, 256);
 *   output = new Linear(256, 10);
 *
 *   forward(x: Tensor): Tensor {
 *     const { backend } = this;
 *     return this.output.forward(backend.activate(this.hidden.forward(x), 'relu'));
 *   }
 * }
 *
 * const model = await new Classifier().to(backend, { seed: 1 });
 * const logits = model.predict({ data, shape: [32, 784] });
 * ```
 *
 * A module is created without weights. {@link to} gives it initial ones on a backend, or those that {@link loadStateDict} was given before. On a
 * `RecordingBackend` of `@headwise/core/train` its parameters can be trained.
 */
export abstract class Module {
  readonly #type: string;
  #training = true;
  #placement: Placement | undefined;
  #disposed = false;
  #prefix = '';
  /** The weights of this module alone, between `loadStateDict` and `to`. */
  #pending: Values32 | undefined;

  /** @param type the name in error messages. Default: that of the class */
  constructor(type?: string) {
    this.#type = type ?? new.target.name;
  }

  /** Computes the output. Layers take tensors of the backend, for use in other modules, and plain arrays. */
  abstract forward(...inputs: never[]): unknown;

  /** The weights of this module, without those of submodules. */
  protected weightSpecs(): WeightSpecs {
    return {};
  }

  /** Creates the weights of this module on the loader's backend. Training calls it twice. */
  protected async createWeights(_loader: WeightLoader): Promise<void> {}

  /** Restarts the random numbers of this module, without submodules. */
  protected seedWith(_random: Random): void {}

  /** Submodules with their names: those in fields, and in arrays in fields. */
  protected *submodules(): Iterable<readonly [name: string, module: Module]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield [name, value];
      if (!Array.isArray(value)) continue;
      for (const [i, item] of value.entries()) if (item instanceof Module) yield [`${name}.${i}`, item];
    }
  }

  /** The backend that has the weights. Throws `ConfigError` before {@link to}. */
  get backend(): Backend {
    return this.#placed().backend;
  }

  /** Whether dropout is applied. True at first, as in PyTorch; false in a layer made by its `load`. */
  get training(): boolean {
    return this.#training;
  }

  /** Turns dropout on, or off with `false`, in this module and its submodules. */
  train(mode = true): this {
    for (const { module } of this.#parts()) module.#training = mode;
    return this;
  }

  /** Turns dropout off: `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Restarts the random numbers of dropout, so that what follows can be repeated. */
  manualSeed(seed: number): void {
    for (const [i, { module }] of this.#parts().entries()) module.seedWith(new Random(seed, i));
  }

  /**
   * Creates the weights on a backend: the present ones, or those given to `loadStateDict`, or initial ones, with PyTorch's distributions.
   * Those on another backend are released. To be called on the outermost module.
   */
  async to(backend: Backend, options: ToOptions = {}): Promise<this> {
    checkOptions(`${this.#type}.to`, options, { seed: 'whole' } satisfies OptionNames<ToOptions>);
    const { seed = randomSeed() } = options;
    const modules = this.#parts().map(({ module }) => module);
    const before = new Set(modules.flatMap((module) => module.#placement ?? []));
    for (const { root } of before) {
      if (modules.includes(root)) continue;
      throw new ConfigError(`${this.#type}: it is part of ${root.#type}; move that one`);
    }
    this.manualSeed(seed);
    await this.#place(backend, valuesOrInitial(this.#weights(), seed));
    for (const placement of before) placement.release();
    return this;
  }

  /**
   * The parameters, named as in the state dict of the outermost module. On a `RecordingBackend`, for an optimiser:
   * `new AdamW(model.parameters())`.
   */
  parameters(): ModuleParameters {
    const { parameters } = this.#placed();
    return this.#prefix === '' ? parameters : parameters.select(this.#prefix);
  }

  /** A copy of the weights by name, as PyTorch's `state_dict()`. Throws `ConfigError` before `to` and `loadStateDict`. */
  stateDict(): Map<string, FloatArray> {
    const copies = new Map<string, FloatArray>();
    for (const { name, own } of this.#weights()) {
      if (!own) {
        throw new ConfigError(`${this.#type}: it has no weights; call \`to\` or \`loadStateDict\` first`);
      }
      copies.set(name, { data: own.data.slice(), shape: own.shape });
    }
    return copies;
  }

  /**
   * Takes over weights by PyTorch's names: all of them, and no others. Throws `LoadError` for missing and unknown names and `ShapeError` for
   * another shape, and then changes nothing.
   */
  async loadStateDict(stateDict: StateDict): Promise<void> {
    await this.#load(checkpointOf(stateDict), true);
  }

  /**
   * Runs {@link forward} without dropout, and returns the values of the tensors in its result. Plain arrays among the inputs are made tensors.
   * Activations are freed.
   */
  predict(...inputs: Parameters<this['forward']>): Values<ReturnType<this['forward']>> {
    const { backend } = this;
    const modes = this.#parts().map(({ module }) => [module, module.#training] as const);
    this.eval();
    try {
      return withScope(backend, () => {
        const output = this.forward(...(inputsOf(backend, inputs) as never[]));
        return valuesOf(backend, output) as Values<ReturnType<this['forward']>>;
      });
    } finally {
      for (const [module, mode] of modes) module.#training = mode;
    }
  }

  /** Releases the weights. Calling it again does nothing. Throws `ConfigError` for a submodule. */
  dispose(): void {
    const placement = this.#placement;
    if (!placement) return;
    if (placement.root !== this) {
      throw new ConfigError(`${this.#type}: it is part of ${placement.root.#type}; dispose of that one`);
    }
    placement.release();
    for (const { module } of this.#parts()) {
      module.#placement = undefined;
      module.#disposed = true;
    }
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Loads the weights of a layer for inference. The arrays are not copied, other than to the backend. */
  protected static async loadInto<M extends Module>(
    module: M,
    backend: Backend,
    stateDict: StateDict,
  ): Promise<M> {
    await module.#load(checkpointOf(stateDict), false);
    return (await module.to(backend)).eval();
  }

  /** Puts a module that needs no weights on a backend. */
  protected placeWithoutWeights(backend: Backend): void {
    this.#settle({ backend, root: this, parameters: new PlainParameters([]), release: () => {} });
  }

  #settle(placement: Placement): void {
    for (const { prefix, module } of this.#parts()) {
      module.#placement = placement;
      module.#prefix = prefix;
      module.#pending = undefined;
      module.#disposed = false;
    }
  }

  #placed(): Placement {
    if (this.#placement) return this.#placement;
    if (this.#disposed) throw new HeadwiseError('ERR_DISPOSED', 'layer: it was disposed of');
    throw new ConfigError(`${this.#type}: it is on no backend; call \`await module.to(backend)\` first`);
  }

  /** This module, and all modules in it, each once. */
  #parts(prefix = '', seen = new Set<Module>()): Part[] {
    if (seen.has(this)) return [];
    seen.add(this);
    const parts: Part[] = [{ prefix, module: this }];
    for (const [name, module] of this.submodules()) parts.push(...module.#parts(`${prefix}${name}.`, seen));
    return parts;
  }

  /** All weights, with their present values if there are any. */
  #weights(): NamedWeight[] {
    return this.#parts().flatMap(({ prefix, module }) =>
      Object.entries(module.weightSpecs()).map(([name, spec]) => ({
        name: `${prefix}${name}`,
        spec,
        own: module.#present(name),
      })),
    );
  }

  /** The values of a weight of this module: on the backend, or those that `loadStateDict` was given. */
  #present(name: string): FloatArray | undefined {
    const pending = this.#pending?.get(name);
    if (pending || !this.#placement) return pending;
    const { parameters } = this.#placement;
    const { values, shape } = parameters.get(`${this.#prefix}${name}`);
    // Memory for training is freed and moved.
    return { data: isTrainable(parameters) ? values.slice() : values, shape };
  }

  async #load(checkpoint: Checkpoint, copy: boolean): Promise<void> {
    const weights = this.#weights();
    checkNames(this.#type, weights, checkpoint);
    const values = new Map<string, FloatArray>();
    for (const { name, spec } of weights) {
      const data = toFloat32(await checkpoint.read(name));
      values.set(name, { data: copy ? data.slice() : data, shape: spec.shape });
    }
    if (this.#placement) await this.#replace(this.#placement, values);
    else this.#keep(values);
  }

  /** Keeps values for `to`. */
  #keep(values: Values32): void {
    for (const { prefix, module } of this.#parts()) {
      const names = Object.keys(module.weightSpecs());
      module.#pending = new Map(names.map((name) => [name, values.get(`${prefix}${name}`)!]));
    }
  }

  /** Replaces the weights on the backend. */
  async #replace(placement: Placement, values: Values32): Promise<void> {
    const { parameters, root, backend } = placement;
    if (isTrainable(parameters)) {
      for (const [name, { data }] of values) parameters.get(`${this.#prefix}${name}`).values.set(data);
      parameters.changed();
      return;
    }
    const all = root.stateDict();
    for (const [name, array] of values) all.set(`${this.#prefix}${name}`, array);
    await root.#place(backend, all);
    placement.release();
  }

  /** Creates all weights on a backend. On failure, those created so far are released. */
  async #place(backend: Backend, values: Values32): Promise<void> {
    const parts = this.#parts();
    let loaders: WeightLoader[] = [];
    const release = () => {
      for (const loader of loaders) loader.release();
    };
    const load = async (weights: Checkpoint, on: Backend) => {
      loaders = [];
      try {
        for (const { prefix, module } of parts) {
          const loader = new WeightLoader(weights, on, ALL_WEIGHTS, prefix);
          loaders.push(loader);
          await module.createWeights(loader);
        }
      } catch (error) {
        release();
        throw error;
      }
    };
    let parameters: ModuleParameters;
    // Within `loadTrainable` the parameters are those of the caller.
    if (isTrainingBackend(backend) && !backend.isLoading) {
      parameters = await backend.loadParameters(checkpointOf(values), load);
    } else {
      await load(checkpointOf(values), backend);
      parameters = PlainParameters.from(values);
    }
    const free = () => {
      release();
      if (isTrainable(parameters)) parameters.dispose();
    };
    this.#settle({ backend, root: this, parameters, release: free });
  }
}
