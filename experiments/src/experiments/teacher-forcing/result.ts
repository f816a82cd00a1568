import type { RecurrentArchitecture } from '../../sequences/architectures.ts';
import type { InputMode } from './schedules.ts';
import type { TrainedMode } from './train.ts';

export type ModeRun = TrainedMode & { readonly seed: number };

export interface TeacherForcingResult {
  readonly architecture: RecurrentArchitecture;
  readonly steps: number;
  readonly batchSize: number;
  readonly trainPairs: number;
  readonly testPairs: number;
  /** Most characters of a source. */
  readonly longest: number;
  readonly modes: readonly { readonly mode: InputMode; readonly runs: readonly ModeRun[] }[];
}
