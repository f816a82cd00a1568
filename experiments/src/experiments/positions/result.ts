import type { CopyScore } from './copying.ts';
import type { PositionKind } from './model.ts';

/** A model of one seed. */
export interface PositionRun {
  readonly seed: number;
  readonly parameters: number;
  readonly progress: readonly { readonly step: number; readonly exact: number }[];
  /** Of the test strings of trained lengths and of the longer ones, in bins. */
  readonly byLength: readonly CopyScore[];
}

export interface PositionsResult {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly trainStrings: number;
  /** Least and greatest length of the strings that are trained on. */
  readonly trained: readonly [number, number];
  readonly longest: number;
  readonly kinds: readonly { readonly kind: PositionKind; readonly runs: readonly PositionRun[] }[];
}
