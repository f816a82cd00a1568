import { ConfigError } from '../../errors.ts';
import { Adam, AdamW } from '../optimizers/adam.ts';
import type { Optimizer, OptimizerOptions } from '../optimizers/optimizer.ts';
import {
  constantSchedule,
  cosineSchedule,
  inverseSqrtSchedule,
  linearSchedule,
  type Schedule,
} from '../optimizers/schedules.ts';
import { SGD } from '../optimizers/sgd.ts';
import type { Parameter, ParameterSet } from '../parameters/parameters.ts';
import { DEFAULT_LEARNING_RATE } from './defaults.ts';
import type { OptimizerChoice, TrainerOptions } from './options.ts';

type Options = Pick<
  TrainerOptions<unknown, unknown, never>,
  'optimizer' | 'learningRate' | 'weightDecay' | 'schedule' | 'warmupSteps' | 'warmupRatio'
>;

/** The optimiser that the options describe. */
export function createOptimizer(parameters: ParameterSet, options: Options): Optimizer {
  const { optimizer = 'adamw', learningRate = DEFAULT_LEARNING_RATE, weightDecay = 0 } = options;
  const choice: OptimizerChoice = typeof optimizer === 'string' ? { type: optimizer } : optimizer;
  const shared: Required<OptimizerOptions> = {
    learningRate,
    weightDecay:
      typeof weightDecay === 'number' ? (parameter) => (isDecayed(parameter) ? weightDecay : 0) : weightDecay,
  };
  const { type, ...own } = choice;
  switch (choice.type) {
    case 'adamw':
      return new AdamW(parameters, { ...own, ...shared });
    case 'adam':
      return new Adam(parameters, { ...own, ...shared });
    case 'sgd':
      return new SGD(parameters, { ...own, ...shared });
    default:
      throw new ConfigError(
        `trainer: optimizer must be one of adamw, adam, sgd, got ${JSON.stringify(type)}`,
      );
  }
}

/**
 * Whether a parameter has weight decay in Hugging Face's `Trainer`: not if it belongs to a norm or its name has "bias" in it (also T5's
 * `relative_attention_bias`). Norms have one axis, as biases do.
 */
export function isDecayed({ name, shape }: Parameter): boolean {
  return shape.length > 1 && !name.includes('bias');
}

/** The factors of the learning rate. */
export function createSchedule(options: Options, totalSteps: number): Schedule {
  const { schedule = 'linear', warmupRatio = 0 } = options;
  if (typeof schedule === 'function') return schedule;
  const { warmupSteps = Math.ceil(warmupRatio * totalSteps) } = options;
  switch (schedule) {
    case 'constant':
      return constantSchedule({ warmupSteps });
    case 'linear':
      return linearSchedule({ warmupSteps, totalSteps });
    case 'cosine':
      return cosineSchedule({ warmupSteps, totalSteps });
    case 'inverseSqrt':
      return inverseSqrtSchedule({ warmupSteps });
    default:
      throw new ConfigError(
        `trainer: schedule must be a function or one of constant, linear, cosine, inverseSqrt, got ${JSON.stringify(schedule)}`,
      );
  }
}

/**
 * Makes parameters constant by patterns of their names, in which `*` stands for any characters. Throws `ConfigError` for a pattern that matches
 * none.
 */
export function freezeParameters(parameters: ParameterSet, patterns: readonly string[]): void {
  for (const pattern of patterns) {
    const expression = new RegExp(
      `^${pattern
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`,
    );
    const matching = parameters.all.filter(({ name }) => expression.test(name));
    if (matching.length === 0) {
      const first = parameters.all.slice(0, 3).map(({ name }) => name);
      throw new ConfigError(
        `trainer: freeze: no parameter matches ${JSON.stringify(pattern)}; parameters are named ${first.join(', ')}, …`,
      );
    }
    for (const parameter of matching) parameter.trainable = false;
  }
}
