import type { Backend } from '../../backend/backend.ts';
import { withCurrentNames } from '../../models/checkpoint-names.ts';
import { checkpointOf, type StateDict } from '../../nn/torch/state-dict.ts';
import { memorySource } from '../../platform/bytes.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { readTensor } from '../../weights/slice.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { LoraAdapter } from '../lora/adapter.ts';
import { Lora } from '../lora/lora.ts';
import { type LoraOptions, planLora } from '../lora/plan.ts';
import type { TrainingSupport } from '../support.ts';
import { RecordingBackend } from '../tape/recording-backend.ts';
import { trainingSupport } from '../training-support.ts';
import { ParameterSet } from './parameters.ts';
import { CodedCheckpoint, type CodedTensor, ProbingBackend, type Runs } from './probe.ts';
import { CodedTensors, runsOfHeld, tensorsToHold } from './selection.ts';
import { WeightSource } from './weight-source.ts';

/** A model with its parameters, on a backend that records. */
export interface Trainable<Model> {
  readonly model: Model;
  /** With `trainable` or `lora`: only what these train, and what is packed together with it. */
  readonly parameters: ParameterSet;
  readonly backend: RecordingBackend;
  /** Tensors to be trained that the model has read but does not compute with through the backend (T5's relative position bias): they stay constant. */
  readonly constants: readonly string[];
  /** The low-rank adapters, with the option `lora`. */
  readonly lora?: Lora;
  /** Frees the values and gradients of the parameters, after the model itself was released. */
  dispose(): void;
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

/**
 * Loads a model, or any layer, for training. `load` is the function that loads it for inference, with the checkpoint and the backend to use;
 * it is called twice.
 *
 * The first call gets a checkpoint whose values are their own indices, so that each weight that reaches the backend, however it was
 * transposed, cut or concatenated on the way, shows which parameter values it is made of. The second call gets the values.
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
  const { lora } = options;
  const stored = checkpointOf(stateDict);
  // Adapter files have Hugging Face's present names.
  const base = lora ? withCurrentNames(stored) : stored;
  const checkpoint = lora instanceof LoraAdapter ? lora.replaceIn(base) : base;
  const coded = new CodedCheckpoint(checkpoint);
  const probe = new ProbingBackend();
  await load(coded, probe);
  const probed = probe.weights(coded.count);
  const tensors = new CodedTensors(coded.tensors);
  const plan = lora && planLora(lora, tensors, probed, checkpoint);
  const isTrained = plan ? plan.isTrained : (options.trainable ?? (() => true));
  const held = tensorsToHold(tensors, probed, isTrained);

  const support = options.support ?? (await trainingSupport(backend));
  const parameters = new ParameterSet([...held, ...(plan?.parameters ?? [])], support);
  for (const { name } of held) {
    const values = toFloat32(await checkpoint.read(name));
    parameters.get(name).values.set(values);
  }
  plan?.initialize(parameters);

  const offsets = offsetsOf(held);
  const moved = (runs: Runs) =>
    held.length === tensors.all.length ? runs : runsOfHeld(tensors, runs, offsets);
  const sourceOf = (runs: Runs, size: number) => runs && new WeightSource(parameters, runs, size);
  const sources = probed.map(({ size, runs, bias }, index) => ({
    weight: sourceOf(moved(runs), size),
    bias: bias && sourceOf(moved(bias.runs), bias.size),
    ...(plan && { lowRank: plan.sources(index, parameters) }),
  }));
  const recording = new RecordingBackend(backend, support);
  const model = await recording.withSources(sources, () =>
    load(withValues(checkpoint, parameters), recording),
  );
  parameters.onChange((which) => recording.repack(which));

  const used = new Set(probed.flatMap((weights) => [...tensors.of(weights)]));
  const constants = held.filter((tensor) => !used.has(tensor) && isTrained(tensor.name));
  for (const tensor of held) {
    parameters.get(tensor.name).trainable = used.has(tensor) && isTrained(tensor.name);
  }
  return {
    model,
    parameters,
    backend: recording,
    constants: constants.map(({ name }) => name),
    ...(plan && { lora: new Lora(plan, parameters, recording) }),
    dispose: () => parameters.dispose(),
  };
}

/** The index of the first value of each tensor among those of all. */
function offsetsOf(tensors: readonly CodedTensor[]): ReadonlyMap<CodedTensor, number> {
  const offsets = new Map<CodedTensor, number>();
  let total = 0;
  for (const tensor of tensors) {
    offsets.set(tensor, total);
    total += tensor.size;
  }
  return offsets;
}

/** The checkpoint with the parameters' values in f32. */
function withValues(checkpoint: Checkpoint, parameters: ParameterSet): Checkpoint {
  const byName = new Map(parameters.all.map((parameter) => [parameter.name, parameter]));
  return {
    names: checkpoint.names,
    info: (name) => {
      const parameter = byName.get(name);
      return parameter ? { dtype: 'F32', shape: parameter.shape } : checkpoint.info(name);
    },
    read: async (name, slice) => {
      const parameter = byName.get(name);
      if (!parameter) return checkpoint.read(name, slice);
      const bytes = new Uint8Array(parameter.values.slice().buffer);
      return readTensor(memorySource(bytes), 0, { dtype: 'F32', shape: parameter.shape }, slice);
    },
  };
}
