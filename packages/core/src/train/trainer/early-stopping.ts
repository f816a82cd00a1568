import { ConfigError } from '../../errors.ts';
import type { EvaluationResult } from './events.ts';
import type { EarlyStoppingOptions } from './options.ts';

/** The best value so far. */
export interface BestValue {
  readonly step: number;
  readonly value: number;
}

/** Compares evaluations by a metric. */
export class EarlyStopping {
  best: BestValue | undefined;
  /** Evaluations since the best one. */
  withoutImprovement = 0;
  readonly #metric: string;
  readonly #sign: 1 | -1;
  readonly #minDelta: number;
  readonly #patience: number;

  constructor({ patience, metric = 'loss', greaterIsBetter, minDelta = 0 }: EarlyStoppingOptions) {
    this.#metric = metric;
    this.#sign = (greaterIsBetter ?? !(metric === 'loss' || metric.endsWith('Error'))) ? 1 : -1;
    this.#minDelta = minDelta;
    this.#patience = patience;
  }

  /** Whether the run is to stop. */
  get isDue(): boolean {
    return this.withoutImprovement >= this.#patience;
  }

  /** Throws `ConfigError` if the evaluation does not have the metric. */
  add({ step, metrics }: EvaluationResult): void {
    const value = metrics[this.#metric];
    if (value === undefined) {
      throw new ConfigError(
        `trainer: earlyStopping.metric must be one of ${Object.keys(metrics).join(', ')}, got ${this.#metric}`,
      );
    }
    if (this.best === undefined || this.#sign * (value - this.best.value) > this.#minDelta) {
      this.best = { step, value };
      this.withoutImprovement = 0;
    } else {
      this.withoutImprovement++;
    }
  }
}
