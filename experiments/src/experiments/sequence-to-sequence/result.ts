import type { ModelName } from './architectures.ts';
import type { TaskName, TaskSettings } from './tasks.ts';
import type { ModelResult } from './train.ts';

/** What `sequence-to-sequence` measures. */
export interface SequenceToSequenceResult {
  /** One model of each kind per task. */
  readonly models: readonly ModelResult[];
  /** Scores of the models that are trained with several seeds, that of `models` included. */
  readonly seeds: readonly SeedResult[];
  readonly settings: Readonly<Record<TaskName, TaskSettings>>;
  /** The models whose alignments are shown and which are shipped. */
  readonly shown: { readonly dates: ModelName; readonly grammar: ModelName };
}

/** A model of one seed. */
export interface SeedResult {
  readonly task: TaskName;
  readonly model: ModelName;
  readonly seed: number;
  readonly exact: number;
  readonly longestThird: number;
  readonly yearWeight?: number;
  readonly loveWeight?: number;
}
