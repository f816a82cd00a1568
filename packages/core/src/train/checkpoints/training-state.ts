import type { EvaluationResult } from '../trainer/events.ts';

/** The contents of trainer_state.json: where a run is. */
export interface TrainingState {
  readonly version: 1;
  /** Steps done. */
  readonly step: number;
  /** Index of the epoch of the next step. */
  readonly epoch: number;
  /** Index of its next batch in that epoch. */
  readonly nextBatch: number;
  /** Mean loss of the last step. */
  readonly loss: number;
  /** Losses of the first ten steps and of the last ten; see `TrainerOptions.divergenceFactor`. */
  readonly firstLosses: readonly number[];
  readonly lastLosses: readonly number[];
  readonly evaluations: readonly EvaluationResult[];
  /** The best value of the metric of early stopping, with its step. */
  readonly best: { readonly step: number; readonly value: number } | null;
  /** Evaluations since the best one. */
  readonly evaluationsWithoutImprovement: number;
  /** Options that decide what the next steps compute: a run is resumed only with equal ones. */
  readonly settings: Readonly<Record<string, unknown>>;
}
