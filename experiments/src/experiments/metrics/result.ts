import type { Phenomenon } from './constructed.ts';
import type { Published } from './published.ts';

/** Qualities are scores from 0 to 1, higher is better; one for each metric, in the order of `metrics`. */
export type Qualities = readonly number[];

/** Spearman's rank correlation; null where a metric has the same score for all texts. */
export type Correlation = number | null;

export interface PhenomenonResult {
  readonly phenomenon: Phenomenon;
  /** Whether the meaning stays. */
  readonly right: boolean;
  /** Means over the sentences. */
  readonly qualities: Qualities;
  /**
   * Of a wrong one: how often it scores less than the right translations of the same sentence, with ties counted as half; null for a right one.
   */
  readonly below: Qualities | null;
}

/** An output of which two metrics disagree most. */
export interface Disagreement {
  readonly higher: string;
  readonly lower: string;
  readonly source: string;
  readonly reference: string;
  readonly output: string;
  /** Scores of the metric `higher` and of the metric `lower`, and the shares of outputs that have less. */
  readonly scores: readonly [higher: number, lower: number];
  readonly ranks: readonly [higher: number, lower: number];
}

/** On the outputs of the experiment `english-korean`. */
export interface OutputsResult {
  readonly count: number;
  /** Corpus scores, one for each metric. */
  readonly systems: readonly { readonly name: System; readonly scores: readonly number[] }[];
  /** Spearman's rank correlations of the metrics over the outputs of the model. */
  readonly correlations: readonly (readonly Correlation[])[];
  readonly disagreements: readonly Disagreement[];
}

/** What is scored: beam search, greedy search, the nearest training pair, the English text itself. */
export type System = 'model' | 'greedy' | 'nearest' | 'source';

export interface PublishedResult {
  readonly source: string;
  readonly commit: string;
  readonly lines: number;
  /** Lines with the published BLEU and TER, and those of them with the published chrF. */
  readonly reproduced: number;
  readonly reproducedChrf: number;
  /** Spearman's correlations of the metrics here with the judges' scores of the lines. */
  readonly withAdequacy: readonly Correlation[];
  readonly withFluency: readonly Correlation[];
  readonly systems: Published['systems'];
  readonly segments: Published['segments'];
}

export interface MetricsResult {
  readonly metrics: readonly string[];
  readonly sentences: number;
  readonly constructed: readonly PhenomenonResult[];
  /** Null where `english-korean` has no results. */
  readonly outputs: OutputsResult | null;
  readonly published: PublishedResult;
}

export interface Translation {
  readonly source: string;
  readonly reference: string;
  readonly output: string;
}
