import type { Backend } from '../../backend/backend.ts';
import { checkpointOf, type StateDict } from '../../nn/torch/state-dict.ts';
import { memorySource } from '../../platform/bytes.ts';
import { toFloat32 } from '../../weights/convert.ts';
import { readTensor } from '../../weights/slice.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { TrainingSupport } from '../support.ts';
import { RecordingBackend } from '../tape/recording-backend.ts';
import { trainingSupport } from '../training-support.ts';
import { ParameterSet } from './parameters.ts';
import { CodedCheckpoint, ProbingBackend, type Runs } from './probe.ts';
import { WeightSource } from './weight-source.ts';

/** A model with its parameters, on a backend that records. */
export interface Trainable<Model> {
  readonly model: Model;
  readonly parameters: ParameterSet;
  readonly backend: RecordingBackend;
  /** Tensors that the model has read but does not compute with through the backend (T5's relative position bias): they stay constant. */
  readonly constants: readonly string[];
  /** Frees the values and gradients of the parameters, after the model itself was released. */
  dispose(): void;
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
 */
export async function loadTrainable<Model>(
  backend: Backend,
  stateDict: StateDict,
  load: (checkpoint: Checkpoint, backend: Backend) => Model | Promise<Model>,
  support?: TrainingSupport,
): Promise<Trainable<Model>> {
  const checkpoint = checkpointOf(stateDict);
  const coded = new CodedCheckpoint(checkpoint);
  const probe = new ProbingBackend();
  await load(coded, probe);
  const probed = probe.weights(coded.count);
  const chosen = support ?? (await trainingSupport(backend));
  const parameters = new ParameterSet(coded.tensors, chosen);
  for (const parameter of parameters) {
    const values = toFloat32(await checkpoint.read(parameter.name));
    parameter.values.set(values);
  }

  const sourceOf = (runs: Runs, size: number) => runs && new WeightSource(parameters, runs, size);
  const recording = new RecordingBackend(backend, chosen);
  const sources = probed.map(({ size, runs, bias }) => ({
    weight: sourceOf(runs, size),
    bias: bias && sourceOf(bias.runs, bias.size),
  }));
  const model = await recording.withSources(sources, () =>
    load(withValues(checkpoint, parameters), recording),
  );
  parameters.onChange((which) => recording.repack(which));

  const used = new Set(
    probed.flatMap(({ runs, bias }) => [...namesOf(parameters, runs), ...namesOf(parameters, bias?.runs)]),
  );
  const constants = parameters.all.filter(({ name }) => !used.has(name));
  for (const parameter of constants) parameter.trainable = false;
  return {
    model,
    parameters,
    backend: recording,
    constants: constants.map(({ name }) => name),
    dispose: () => parameters.dispose(),
  };
}

function namesOf(parameters: ParameterSet, runs: Runs): readonly string[] {
  return (runs ?? []).flatMap(({ from, step, length }) => {
    const last = from + step * (length - 1);
    return parameters.within(Math.min(from, last), Math.max(from, last) + 1).map(({ name }) => name);
  });
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
