import type { Backend } from '../../backend/backend.ts';
import { withCurrentNames } from '../../models/checkpoint-names.ts';
import { checkpointOf, type StateDict } from '../../nn/torch/state-dict.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { LoraAdapter } from '../lora/adapter.ts';
import { Lora } from '../lora/lora.ts';
import type { LoraOptions } from '../lora/plan.ts';
import type { TrainingSupport } from '../support.ts';
import { RecordingBackend } from '../tape/recording-backend.ts';
import { trainingSupport } from '../training-support.ts';
import { loadParameters } from './load-parameters.ts';
import type { ParameterSet } from './parameters.ts';

/** A model with its parameters, on a backend that records. */
export interface Trainable<Model> {
  readonly model: Model;
  /** With `trainable` or `lora`: only what these train, and what is packed together with it. */
  readonly parameters: ParameterSet;
  readonly backend: RecordingBackend;
  /** Tensors that the model has read but does not compute with through the backend: they stay constant. No model of this package has any. */
  readonly constants: readonly string[];
  /** Whether the model has weights that are constants instead of parameters, by the options `trainable` or `lora`. Default false. */
  readonly isPartial?: boolean;
  /** The low-rank adapters, with the option `lora`. */
  readonly lora?: Lora;
  /** Frees the values and gradients of the parameters, after the model itself was released. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Options of {@link loadTrainable}. */
export interface LoadTrainableOptions {
  /**
   * Whether a tensor of this name is to be trained. The others are constants: they have neither gradients nor moments, and are not packed again
   * after a step. Default: all; with `lora` none but the adapters, `modulesToSave` and, by `bias`, biases.
   */
  readonly trainable?: (name: string) => boolean;
  /** Trains low-rank adapters of some linear layers instead of their weights: new ones, or those of an adapter. */
  readonly lora?: LoraOptions | LoraAdapter;
  /** Memory and kernels. Default: those of the backend. */
  readonly support?: TrainingSupport;
}

/** What {@link LoadTrainableOptions} has. */
export const LOAD_TRAINABLE_OPTIONS = {
  trainable: 'function',
  lora: 'object',
  support: 'object',
} satisfies OptionNames<LoadTrainableOptions>;

const LORA_OPTIONS = {
  r: true,
  loraAlpha: true,
  useRslora: 'boolean',
  targetModules: true,
  excludeModules: true,
  modulesToSave: 'list',
  layersToTransform: true,
  layersPattern: true,
  rankPattern: 'object',
  alphaPattern: 'object',
  loraDropout: true,
  bias: true,
  initLoraWeights: true,
  fanInFanOut: 'boolean',
  taskType: 'string',
  baseModelNameOrPath: 'string',
  seed: 'whole',
  moduleName: 'function',
} satisfies OptionNames<LoraOptions>;

/**
 * Loads a model, or any layer, for training. `load` is the function that loads it for inference, with the checkpoint and the backend to use;
 * it is called twice (see {@link RecordingBackend.loadParameters}).
 *
 * ```ts
 * const { model, parameters, backend } = await loadTrainable(await createBackend(), checkpoint, (weights, recording) =>
 *   encoderFromCheckpoint(config, weights, recording, ALL_WEIGHTS),
 * );
 * ```
 *
 * Throws `ConfigError` for adapters of layers that are not linear, and for names that match nothing.
 */
export async function loadTrainable<Model>(
  backend: Backend,
  stateDict: StateDict,
  load: (checkpoint: Checkpoint, backend: Backend) => Model | Promise<Model>,
  options: LoadTrainableOptions = {},
): Promise<Trainable<Model>> {
  checkOptions('loadTrainable', options, LOAD_TRAINABLE_OPTIONS);
  const { lora } = options;
  if (lora && !(lora instanceof LoraAdapter)) checkOptions('lora', lora, LORA_OPTIONS);
  const support = options.support ?? (await trainingSupport(backend));
  const recording = new RecordingBackend(backend, support);
  const stored = checkpointOf(stateDict);
  // Adapter files have Hugging Face's present names.
  const base = lora ? withCurrentNames(stored) : stored;
  const checkpoint = lora instanceof LoraAdapter ? lora.replaceIn(base) : base;
  const loaded = await loadParameters(recording, support, checkpoint, load, options);
  const { model, parameters, constants, isPartial, plan } = loaded;
  return {
    model,
    parameters,
    backend: recording,
    constants,
    isPartial,
    ...(plan && { lora: new Lora(plan, parameters, recording) }),
    dispose: () => parameters.dispose(),
    [Symbol.dispose]: () => parameters.dispose(),
  };
}
