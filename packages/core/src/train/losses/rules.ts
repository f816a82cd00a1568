import type { Backend, Tensor } from '../../backend/backend.ts';
import type { GradientView } from '../gradients/view.ts';
import type { SavedValue } from '../tape/saved.ts';

/** Logits and labels of a cross entropy: see `crossEntropy`. */
export interface CrossEntropyRows {
  /** `[rows, classes]`, of `backend`. */
  readonly logits: Tensor;
  /** `[rows]`: class indices, or `ignoreIndex`. */
  readonly labels: Int32Array;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
}

/** A loss, and its gradient. */
export interface LossResult {
  readonly loss: number;
  /** dx += dLoss · the gradient of the loss. */
  addGradient(x: SavedValue, dLoss: number, dx: GradientView): void;
}

/** Losses that kernels compute without storing probabilities. */
export interface LossRules {
  /**
   * The sum of the losses of the rows that count; the others have no gradient.
   *
   * @param backend the wrapped backend
   */
  crossEntropy(backend: Backend, rows: CrossEntropyRows): LossResult;
}
