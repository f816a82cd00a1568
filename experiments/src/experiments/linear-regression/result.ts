import type { Line, Point, Quadratic } from './line.ts';

/** Gradient descent with all points in each step. */
export interface Run {
  readonly rate: number;
  /** The rate as a multiple of the limit; `null` for the best rate, 2 / (λ_max + λ_min). */
  readonly multiple: number | null;
  readonly reason: 'completed' | 'diverged';
  readonly steps: number;
  /** Steps until the loss was less than 1 % above the least; null if it never was. */
  readonly stepsToPercent: number | null;
  /** Excess loss after the last step. */
  readonly finalExcess: number;
  readonly end: Line;
  /** Excess loss before each of the first steps. */
  readonly excess: readonly number[];
  /** (w, b) before each of the first steps. */
  readonly path: readonly Line[];
  /** By what the excess loss was multiplied in a step, over the last steps above the rounding of single precision. */
  readonly factor: number;
  /** The same by the eigenvalues: the largest (1 − rate · λ)². */
  readonly predictedFactor: number;
}

/** The same points with x as it is, or centred and scaled to a variance of 1. */
export interface Form {
  readonly name: 'lengths' | 'standardised';
  readonly quadratic: Quadratic;
  /** λ_max / λ_min. */
  readonly condition: number;
  /** 2 / λ_max: learning rates below it converge. */
  readonly limit: number;
  readonly runs: readonly Run[];
}

/** Stochastic gradient descent with batches of 16. */
export interface BatchRun {
  readonly schedule: 'constant' | 'linear';
  readonly multiple: number;
  /** For each seed the mean of the excess loss over the last tenth of the steps. */
  readonly excess: readonly number[];
}

export interface LinearRegression {
  readonly trainPairs: number;
  readonly testPairs: number;
  /** The closed form: y = w x + b in characters. */
  readonly w: number;
  readonly b: number;
  /** Root mean squared errors on the test pairs, in characters: of the closed form, of the best run, and of the mean length. */
  readonly testError: { readonly closedForm: number; readonly descent: number; readonly mean: number };
  readonly forms: readonly Form[];
  readonly batchSteps: number;
  readonly batches: readonly BatchRun[];
  /** Every nth training pair, for the figure, in characters. */
  readonly shown: readonly Point[];
}
