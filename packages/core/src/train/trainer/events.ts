/** A step of the optimiser. */
export interface StepReport {
  /** Steps done, this one included. */
  readonly step: number;
  readonly totalSteps: number;
  /** Passes over the examples, with the fraction of the current one. */
  readonly epoch: number;
  /** Mean over the targets of the step, before its update. */
  readonly loss: number;
  /** Of this step's update. */
  readonly learningRate: number;
  /** Norm of the gradients of all parameters, before clipping. */
  readonly gradientNorm: number;
  /** Tokens that the model has read in this step. */
  readonly tokens: number;
  /** Tokens per second of training, evaluations and pauses excluded, since the run began or was resumed. */
  readonly tokensPerSecond: number;
  /** Estimated seconds of training until the last step. */
  readonly secondsLeft: number;
}

/** The result of an evaluation. */
export interface EvaluationResult {
  /** Steps done before it. */
  readonly step: number;
  readonly epoch: number;
  /** `loss`, the mean over all targets, the objective's metrics, and those of the option `evaluate`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** How a run ended. */
export interface TrainResult {
  readonly step: number;
  readonly epoch: number;
  /** Mean loss of the last step. */
  readonly loss: number;
  /** `completed`: all steps were done. `earlyStopping`: the metric no longer improved. `stopped`: {@link Trainer.stop} was called. */
  readonly reason: 'completed' | 'earlyStopping' | 'stopped';
  /** All evaluations, in order. */
  readonly evaluations: readonly EvaluationResult[];
}
