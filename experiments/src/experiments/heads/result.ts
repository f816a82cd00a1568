import type { DateMaps, ProfiledHead } from './profiles.ts';
import type { PairScore, PruningPoint } from './pruning.ts';
import type { TrainedTransformer } from './train.ts';

/** What happens as heads are removed, the least important first. */
export interface PruningCurves {
  /** By the gradient of the loss (Michel et al. 2019). */
  readonly gradient: readonly PruningPoint[];
  /** By the rise of the loss without each head alone. */
  readonly ablation: readonly PruningPoint[];
  /** In random orders. */
  readonly random: readonly (readonly PruningPoint[])[];
}

export interface HeadsModel {
  readonly heads: number;
  readonly parameters: number;
  readonly losses: TrainedTransformer['losses'];
  readonly test: PairScore;
  readonly profiles: readonly ProfiledHead[];
  readonly pruning: PruningCurves;
  /** Maps of the heads with the most weight on a pattern, over one date. */
  readonly maps: DateMaps;
}

export interface HeadsResult {
  readonly width: number;
  readonly layers: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly trainPairs: number;
  readonly testPairs: number;
  /** Most characters of a source. */
  readonly longest: number;
  readonly profiledDates: number;
  readonly prunedPairs: number;
  readonly models: readonly HeadsModel[];
}

export interface Counts {
  readonly profiledDates: number;
  readonly prunedPairs: number;
  readonly ablationPairs: number;
  readonly randomOrders: number;
}
