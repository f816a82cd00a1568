import { ConfigError } from '../../errors.ts';
import { checkOption, checkOptions, type OptionNames, requireOptions } from '../../options.ts';

/** Factor of the learning rate at a step, counted from 0. */
export type Schedule = (step: number) => number;

export interface WarmupOptions {
  /** Steps in which the factor rises linearly from 0 to 1. Default 0. */
  readonly warmupSteps?: number;
}

export interface DecayOptions extends WarmupOptions {
  /** Steps in all, those of the warm-up included: the factor is 0 from then on. */
  readonly totalSteps: number;
}

const WARMUP = { warmupSteps: 'notNegative' } satisfies OptionNames<WarmupOptions>;

/** The options of a schedule that ends. Throws `ConfigError` for unknown names and values that are no numbers of steps. */
function decay(task: string, options: DecayOptions): DecayOptions {
  const names = { ...WARMUP, totalSteps: 'notNegative' } satisfies OptionNames<DecayOptions>;
  requireOptions(task, options, names);
  checkOption(task, 'totalSteps', options.totalSteps, names.totalSteps);
  return options;
}

/** 1 after the warm-up, as Hugging Face's `get_constant_schedule_with_warmup`. */
export function constantSchedule(options: WarmupOptions = {}): Schedule {
  checkOptions('constantSchedule', options, WARMUP);
  const { warmupSteps = 0 } = options;
  return withWarmup(warmupSteps, () => 1);
}

/** Falls linearly from 1 to 0 after the warm-up, as Hugging Face's `get_linear_schedule_with_warmup`. */
export function linearSchedule(options: DecayOptions): Schedule {
  const { warmupSteps = 0, totalSteps } = decay('linearSchedule', options);
  return withWarmup(warmupSteps, (step) =>
    Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps)),
  );
}

/**
 * Half a cosine from 1 to 0 after the warm-up (Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983), as Hugging Face's
 * `get_cosine_schedule_with_warmup`.
 */
export function cosineSchedule(options: DecayOptions): Schedule {
  const { warmupSteps = 0, totalSteps } = decay('cosineSchedule', options);
  return withWarmup(warmupSteps, (step) => {
    const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
    return 0.5 * (1 + Math.cos(Math.PI * progress));
  });
}

/** √(warmupSteps / step) after the warm-up (Vaswani et al. 2017, §5.3, without the factor of the model's size). `warmupSteps` is at least 1. */
export function inverseSqrtSchedule(options: { readonly warmupSteps: number }): Schedule {
  requireOptions('inverseSqrtSchedule', options, WARMUP);
  const { warmupSteps } = options;
  if (!(warmupSteps >= 1)) {
    throw new ConfigError(`schedule: warmupSteps must be at least 1, got ${warmupSteps}`);
  }
  return withWarmup(warmupSteps, (step) => Math.sqrt(warmupSteps / step));
}

function withWarmup(warmupSteps: number, after: Schedule): Schedule {
  return (step) => (step < warmupSteps ? step / Math.max(1, warmupSteps) : after(step));
}
