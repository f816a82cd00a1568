import { requireOptions } from '../../options.ts';
import type { TrainingBatch } from '../objectives/objective.ts';
import type { ParameterSet } from '../parameters/parameters.ts';
import { addGradients } from './add-gradients.ts';
import type { GradientResult, GradientTask } from './gradient-tasks.ts';
import { TRAINER_OPTIONS, type TrainerOptions } from './options.ts';
import { freezeParameters } from './settings.ts';

/** The options of a trainer that decide a task's gradient. */
export type ReplicaOptions<Model, Example, Batch extends TrainingBatch> = Pick<
  TrainerOptions<Model, Example, Batch>,
  'trainable' | 'objective' | 'dropout' | 'freeze'
>;

/** Adds the gradient of a task to those of the parameters, and returns its loss: see {@link addGradients}. */
export function addTaskGradient<Model, Example, Batch extends TrainingBatch>(
  { trainable, objective, dropout: rates = {} }: ReplicaOptions<Model, Example, Batch>,
  { batch, position, share }: GradientTask<Batch>,
): number {
  const { model, backend, parameters } = trainable;
  return addGradients(objective, batch, share, parameters, { model, backend, training: { position, rates } });
}

/** The gradient of one task alone, so that sums over tasks do not depend on where each was computed. */
export function taskGradient<Model, Example, Batch extends TrainingBatch>(
  options: ReplicaOptions<Model, Example, Batch>,
  task: GradientTask<Batch>,
): GradientResult {
  const { parameters } = options.trainable;
  parameters.zeroGradients();
  const loss = addTaskGradient(options, task);
  return { loss, gradient: gather(parameters, 'gradient', task.into) };
}

/** The values of the trainable parameters, one after another. */
export function trainableValues(parameters: ParameterSet): Float32Array {
  return gather(parameters, 'values');
}

/** Sets the gradients of the trainable parameters to the sums of those of the tasks, added in order. */
export function sumGradients(parameters: ParameterSet, results: readonly GradientResult[]): void {
  const [first, ...others] = results;
  if (!first) {
    parameters.zeroGradients();
    return;
  }
  let from = 0;
  for (const { gradient, size } of parameters.trainable) {
    gradient.set(first.gradient.subarray(from, from + size));
    for (const { gradient: all } of others) {
      for (let i = 0; i < size; i++) gradient[i]! += all[from + i]!;
    }
    from += size;
  }
}

/** The other side of {@link Replicas}: a copy of the model that computes gradients for a trainer elsewhere. */
export class GradientReplica<Model, Example, Batch extends TrainingBatch> {
  readonly #options: ReplicaOptions<Model, Example, Batch>;

  /** @param options those of the trainer; others than model, objective, dropout and frozen parameters are not used */
  constructor(options: ReplicaOptions<Model, Example, Batch>) {
    requireOptions('GradientReplica', options, TRAINER_OPTIONS);
    freezeParameters(options.trainable.parameters, options.freeze ?? []);
    this.#options = options;
  }

  /** Takes over the values of the trainable parameters. */
  setValues(values: Float32Array): void {
    const { parameters } = this.#options.trainable;
    let from = 0;
    for (const parameter of parameters.trainable) {
      parameter.values.set(values.subarray(from, from + parameter.size));
      from += parameter.size;
    }
    parameters.changed('trainable');
  }

  computeGradient(task: GradientTask<Batch>): GradientResult {
    return taskGradient(this.#options, task);
  }
}

/** The values or gradients of the trainable parameters, in `into` if it has their number. */
function gather(parameters: ParameterSet, what: 'values' | 'gradient', into?: Float32Array): Float32Array {
  const { trainable } = parameters;
  const size = trainable.reduce((sum, parameter) => sum + parameter.size, 0);
  const all = into?.length === size ? into : new Float32Array(size);
  let from = 0;
  for (const parameter of trainable) {
    all.set(parameter[what], from);
    from += parameter.size;
  }
  return all;
}
