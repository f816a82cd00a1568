import { HeadwiseError } from '../../errors.ts';

/** Where training stopped. */
export interface TrainingErrorDetails {
  /** Steps done before the one that failed. */
  readonly step: number;
  /** The loss of the failed step. */
  readonly loss: number;
  /** The first activation of the forward pass whose values are not finite, under its name for hooks, such as `blocks.3.feedForward.hidden`. */
  readonly activation?: string | undefined;
  /** The first parameter with a value or a gradient that is not finite. */
  readonly parameter?: string | undefined;
}

/**
 * A loss or a gradient that is not finite (`ERR_NOT_FINITE`), or a loss that has grown far beyond that of the first steps (`ERR_DIVERGED`).
 * The parameters are those of the last step whose loss and gradients were finite.
 */
export class TrainingError extends HeadwiseError {
  readonly step: number;
  readonly loss: number;
  readonly activation: string | undefined;
  readonly parameter: string | undefined;

  constructor(code: 'ERR_NOT_FINITE' | 'ERR_DIVERGED', message: string, details: TrainingErrorDetails) {
    super(code, message);
    this.name = 'TrainingError';
    this.step = details.step;
    this.loss = details.loss;
    this.activation = details.activation;
    this.parameter = details.parameter;
  }
}
