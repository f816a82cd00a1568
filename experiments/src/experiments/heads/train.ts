import { loadSeq2SeqLM, type Seq2SeqLM } from '@headwise/core';
import type { TransformerArchitecture } from '../../sequences/architectures.ts';
import { createSequenceModel } from '../../sequences/models.ts';
import { encodePairs, type SequenceTask } from '../../sequences/task.ts';
import { repositoryOf } from '../../shipping/repository.ts';
import { safetensorsOf } from '../../shipping/weights.ts';

export interface HeadsTraining {
  readonly architecture: TransformerArchitecture;
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
}

export interface TrainedTransformer {
  readonly parameters: number;
  readonly config: Readonly<Record<string, unknown>>;
  /** Training loss, the mean over some steps up to this one. */
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
  /** Contents of model.safetensors. */
  readonly file: Uint8Array;
}

/** Trains an encoder–decoder transformer. */
export async function trainTransformer(
  task: SequenceTask,
  { architecture, seed, steps, batchSize, learningRate, warmupSteps }: HeadsTraining,
): Promise<TrainedTransformer> {
  const model = await createSequenceModel(task, architecture, seed);
  const losses: { step: number; loss: number }[] = [];
  // A twentieth of the steps is one point.
  const span = Math.max(1, Math.floor(steps / 20));
  let sum = 0;
  await model.train(encodePairs(task, task.data.train), {
    maxSteps: steps,
    batchSize,
    learningRate,
    warmupSteps,
    schedule: 'cosine',
    bucketByLength: true,
    seed,
    onStep: ({ step, loss }) => {
      sum += loss;
      if (step % span !== 0) return;
      losses.push({ step, loss: sum / span });
      sum = 0;
    },
  });
  const { parameterCount: parameters, config } = model;
  const file = safetensorsOf(model.weights());
  model.dispose();
  return { parameters, config, losses, file };
}

/** Loads a trained transformer for inference. */
export function loadTransformer(
  { files }: Pick<SequenceTask, 'files'>,
  { config, file }: Pick<TrainedTransformer, 'config' | 'file'>,
): Promise<Seq2SeqLM> {
  return loadSeq2SeqLM(repositoryOf({ ...files, 'config.json': config }, file), { dtype: 'f32' });
}
