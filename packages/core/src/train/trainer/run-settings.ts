import { ConfigError } from '../../errors.ts';
import type { TrainingState } from '../checkpoints/training-state.ts';
import type { TrainingBatch } from '../objectives/objective.ts';
import { DEFAULT_BATCH_SIZE, DEFAULT_LEARNING_RATE, DEFAULT_SEED } from './defaults.ts';
import type { TrainerOptions } from './options.ts';

/** The options that decide what the steps of a run compute, as JSON has them. Functions are not compared. */
export function runSettings<Model, Example, Batch extends TrainingBatch>(
  options: TrainerOptions<Model, Example, Batch>,
  totalSteps: number,
): Readonly<Record<string, unknown>> {
  return {
    objective: options.objective.name,
    examples: options.trainExamples.length,
    totalSteps,
    batchSize: options.batchSize ?? DEFAULT_BATCH_SIZE,
    maxTokensPerBatch: options.maxTokensPerBatch ?? null,
    gradientAccumulation: options.gradientAccumulation ?? 1,
    shuffle: options.shuffle ?? true,
    bucketByLength: options.bucketByLength ?? false,
    seed: options.seed ?? DEFAULT_SEED,
    optimizer: options.optimizer ?? 'adamw',
    learningRate: options.learningRate ?? DEFAULT_LEARNING_RATE,
    weightDecay: typeof options.weightDecay === 'function' ? 'function' : (options.weightDecay ?? 0),
    schedule: typeof options.schedule === 'function' ? 'function' : (options.schedule ?? 'linear'),
    warmupSteps: options.warmupSteps ?? null,
    warmupRatio: options.warmupRatio ?? 0,
    maxGradNorm: Number.isFinite(options.maxGradNorm ?? 1) ? (options.maxGradNorm ?? 1) : 'Infinity',
    dropout: options.dropout ?? {},
    freeze: options.freeze ?? [],
  };
}

/** Throws `ConfigError` with the first option in which a checkpoint's run differs: it could not be continued to the same bits. */
export function checkSettings(
  { settings }: TrainingState,
  own: Readonly<Record<string, unknown>>,
  name: string,
): void {
  for (const [option, value] of Object.entries(own)) {
    const [got, expected] = [JSON.stringify(value), JSON.stringify(settings[option])];
    if (got === expected) continue;
    throw new ConfigError(
      `trainer: ${name} is of a run with another ${option}: expected ${expected}, got ${got}; to train on with other options, load its model.safetensors as a new run`,
    );
  }
}
