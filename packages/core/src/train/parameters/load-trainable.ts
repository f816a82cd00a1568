import type { Backend } from '../../backend/backend.ts';
import { checkpointOf, type StateDict } from '../../nn/torch/state-dict.ts';
import type { Checkpoint } from '../../weights/types.ts';
import type { TrainingSupport } from '../support.ts';
import { RecordingBackend } from '../tape/recording-backend.ts';
import { trainingSupport } from '../training-support.ts';
import { loadParameters } from './load-parameters.ts';
import type { ParameterSet } from './parameters.ts';

/** A model with its parameters, on a backend that records. */
export interface Trainable<Model> {
  readonly model: Model;
  readonly parameters: ParameterSet;
  readonly backend: RecordingBackend;
  /** Tensors that the model has read but does not compute with through the backend: they stay constant. No model of this package has any. */
  readonly constants: readonly string[];
  /** Frees the values and gradients of the parameters, after the model itself was released. */
  dispose(): void;
}

/**
 * Loads a model, or any layer, for training. `load` is the function that loads it for inference, with the checkpoint and the backend to use;
 * it is called twice (see {@link RecordingBackend.loadParameters}).
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
  const chosen = support ?? (await trainingSupport(backend));
  const recording = new RecordingBackend(backend, chosen);
  const { model, parameters, constants } = await loadParameters(recording, chosen, checkpoint, load);
  return { model, parameters, backend: recording, constants, dispose: () => parameters.dispose() };
}
