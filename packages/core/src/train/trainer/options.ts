import { ConfigError } from '../../errors.ts';
import { checkOption, checkOptions, type OptionNames, requireOptions } from '../../options.ts';
import type { CheckpointOptions } from '../checkpoints/options.ts';
import type { DropoutRates } from '../dropout/rates.ts';
import type { Objective, TrainingBatch } from '../objectives/objective.ts';
import type { Schedule } from '../optimizers/schedules.ts';
import type { Trainable } from '../parameters/load-trainable.ts';
import type { Parameter } from '../parameters/parameters.ts';
import type { EvaluationResult, StepReport } from './events.ts';
import type { Replicas } from './gradient-tasks.ts';

/** An optimiser by name, with its own options. */
export type OptimizerChoice =
  | {
      readonly type: 'adamw' | 'adam';
      readonly betas?: readonly [number, number];
      readonly epsilon?: number;
    }
  | {
      readonly type: 'sgd';
      readonly momentum?: number;
      readonly dampening?: number;
      readonly nesterov?: boolean;
    };

/** Stops a run when a metric no longer improves. */
export interface EarlyStoppingOptions {
  /** Evaluations without improvement after which the run stops. */
  readonly patience: number;
  /** A metric of the evaluation. Default `loss`. */
  readonly metric?: string;
  /** Whether larger values are better. Default: false for `loss` and for names that end in `Error`, else true. */
  readonly greaterIsBetter?: boolean;
  /** Smallest change that counts as an improvement. Default 0. */
  readonly minDelta?: number;
}

export interface TrainerOptions<Model, Example, Batch extends TrainingBatch> {
  /** The model and its parameters: the result of `loadTrainable`, `openTrainable` or `createModel`. */
  readonly trainable: Trainable<Model>;
  readonly objective: Objective<Model, Example, Batch>;
  readonly trainExamples: readonly Example[];
  /** Examples of evaluations. Default: none. */
  readonly evalExamples?: readonly Example[];

  /** Passes over the examples. Default 3, or as many as `maxSteps` needs. */
  readonly epochs?: number;
  /** Steps of the optimiser, in place of `epochs`. */
  readonly maxSteps?: number;
  /** Most examples of a batch. Default 8. */
  readonly batchSize?: number;
  /** Most tokens of a batch. Default: no limit. */
  readonly maxTokensPerBatch?: number;
  /** Batches of a step. Their gradients add up to that of the mean over all targets of the step. Default 1. */
  readonly gradientAccumulation?: number;
  /** Whether each epoch has an order of its own. Default true. */
  readonly shuffle?: boolean;
  /** Whether a batch has examples of similar length. Default false. */
  readonly bucketByLength?: boolean;
  /** Seed of order, masking and dropout: an integer from 0 to 2³² − 1. Default 42. */
  readonly seed?: number;

  /** Default AdamW with Hugging Face's defaults. */
  readonly optimizer?: OptimizerChoice | OptimizerChoice['type'];
  /** Peak of the schedule. Default 5e-5. */
  readonly learningRate?: number;
  /**
   * Weight decay. A number is that of all parameters but biases and norms, as in Hugging Face's `Trainer`. Default 0.
   */
  readonly weightDecay?: number | ((parameter: Parameter) => number);
  /** Default `linear`. */
  readonly schedule?: 'constant' | 'linear' | 'cosine' | 'inverseSqrt' | Schedule;
  /** Steps in which the learning rate rises. Default: `warmupRatio` of all steps. */
  readonly warmupSteps?: number;
  /** Default 0. */
  readonly warmupRatio?: number;
  /** Largest norm of the gradients of all parameters; `Infinity` for none. Default 1. */
  readonly maxGradNorm?: number;
  /** Dropout rates: {@link dropoutRates} has those of Hugging Face. Default: none. */
  readonly dropout?: DropoutRates;
  /** Patterns of the names of parameters that stay as they are; `*` stands for any characters: `bert.embeddings.*`. Default: none. */
  readonly freeze?: readonly string[];

  /** Steps between evaluations. Default: one after each epoch, if there are `evalExamples` or there is `evaluate`. */
  readonly evaluateEvery?: number;
  /** Metrics besides those of the objective. */
  readonly evaluate?: (trainable: Trainable<Model>) => EvaluationMetrics | Promise<EvaluationMetrics>;
  readonly earlyStopping?: EarlyStoppingOptions;
  /** Stops if the mean loss of ten steps is larger than this multiple of that of the first ten, or of 1 if that is less. Default 10. */
  readonly divergenceFactor?: number;

  /** Copies of the model that compute gradients of a step's batches: see `@headwise/worker/train`. Default: none. */
  readonly replicas?: Replicas<Batch>;
  readonly checkpoints?: CheckpointOptions;
  /** Called after each step. */
  readonly onStep?: (report: StepReport) => void;
  /** Called after each evaluation. */
  readonly onEvaluate?: (result: EvaluationResult) => void;
  /** Aborts the run after the current batch; it rejects with the signal's reason. Parameters are those of the last whole step. */
  readonly signal?: AbortSignal;
}

/** Metrics by name. */
export type EvaluationMetrics = Readonly<Record<string, number>>;

/** What {@link TrainerOptions} has. */
export const TRAINER_OPTIONS = {
  trainable: true,
  objective: true,
  trainExamples: true,
  evalExamples: 'list',
  epochs: 'numeric',
  maxSteps: 'numeric',
  batchSize: 'numeric',
  maxTokensPerBatch: 'numeric',
  gradientAccumulation: 'numeric',
  shuffle: 'boolean',
  bucketByLength: 'boolean',
  seed: 'numeric',
  optimizer: true,
  learningRate: 'numeric',
  weightDecay: true,
  schedule: true,
  warmupSteps: 'numeric',
  warmupRatio: 'numeric',
  maxGradNorm: 'numeric',
  dropout: 'object',
  freeze: 'list',
  evaluateEvery: 'numeric',
  evaluate: 'function',
  earlyStopping: 'object',
  divergenceFactor: 'numeric',
  replicas: 'object',
  checkpoints: 'object',
  onStep: 'function',
  onEvaluate: 'function',
  signal: 'signal',
} satisfies OptionNames<TrainerOptions<unknown, unknown, TrainingBatch>>;

const EARLY_STOPPING = {
  patience: 'numeric',
  metric: 'string',
  greaterIsBetter: 'boolean',
  minDelta: 'notNegative',
} satisfies OptionNames<EarlyStoppingOptions>;

const CHECKPOINTS = {
  storage: 'object',
  every: 'numeric',
  keep: 'numeric',
  files: 'object',
} satisfies OptionNames<CheckpointOptions>;

function checkOptimizer({ type, ...options }: OptimizerChoice): void {
  if (type === 'sgd') {
    checkOptions('trainer: optimizer', options, {
      momentum: 'numeric',
      dampening: 'numeric',
      nesterov: 'boolean',
    });
  } else {
    checkOptions('trainer: optimizer', options, { betas: true, epsilon: 'numeric' });
  }
}

/** Throws `ConfigError` for an unknown option and for numbers out of their range. */
export function checkTrainerOptions<Model, Example, Batch extends TrainingBatch>(
  options: TrainerOptions<Model, Example, Batch>,
): void {
  requireOptions('trainer', options, TRAINER_OPTIONS);
  checkOption('trainer', 'trainable', options.trainable, 'object');
  checkOption('trainer', 'objective', options.objective, 'object');
  checkOption('trainer', 'trainExamples', options.trainExamples, 'list');
  checkOptions('trainer: earlyStopping', options.earlyStopping, EARLY_STOPPING);
  checkOptions('trainer: checkpoints', options.checkpoints, CHECKPOINTS);
  if (typeof options.optimizer === 'object') checkOptimizer(options.optimizer);
  if (options.trainExamples.length === 0) throw new ConfigError('trainer: trainExamples has no examples');
  if (options.epochs !== undefined && options.maxSteps !== undefined) {
    throw new ConfigError('trainer: epochs and maxSteps exclude each other');
  }
  checkWhole('maxSteps', options.maxSteps, 1);
  checkWhole('batchSize', options.batchSize, 1);
  checkWhole('maxTokensPerBatch', options.maxTokensPerBatch, 1);
  checkWhole('gradientAccumulation', options.gradientAccumulation, 1);
  checkWhole('epochs', options.epochs, 1);
  checkWhole('seed', options.seed, 0, 2 ** 32);
  checkWhole('warmupSteps', options.warmupSteps, 0);
  checkWhole('evaluateEvery', options.evaluateEvery, 1);
  checkWhole('earlyStopping.patience', options.earlyStopping?.patience, 1);
  checkWhole('checkpoints.every', options.checkpoints?.every, 1);
  checkWhole('checkpoints.keep', options.checkpoints?.keep, 1);
  checkRange('warmupRatio', options.warmupRatio, 0, 1);
  checkRange('learningRate', options.learningRate, 0, Number.MAX_VALUE);
  checkRange('maxGradNorm', options.maxGradNorm, 0, Infinity);
  checkRange('divergenceFactor', options.divergenceFactor, 1, Infinity);
}

function checkWhole(name: string, value: number | undefined, least: number, below = Infinity): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value < below)) return;
  const limit = below === Infinity ? '' : ` and below ${below}`;
  throw new ConfigError(`trainer: ${name} must be a whole number of at least ${least}${limit}, got ${value}`);
}

function checkRange(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return;
  throw new ConfigError(`trainer: ${name} must be a number from ${least} to ${most}, got ${value}`);
}
