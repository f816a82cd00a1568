import type { Tensor } from '../../backend/backend.ts';
import { checkMatrix } from '../../backend/check.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { RecordingBackend } from '../tape/recording-backend.ts';
import { averageFactor, type Reduction } from './reduction.ts';

/** The label of rows without a target, as in PyTorch. */
export const IGNORE_INDEX = -100;

/** Options of {@link crossEntropy}, named as in PyTorch. */
export interface CrossEntropyOptions {
  /** Label of rows that do not count. Default −100. */
  readonly ignoreIndex?: number;
  /** The share ε of the target that is spread evenly over all classes (Szegedy et al. 2016, §7). Default 0. */
  readonly labelSmoothing?: number;
  /** `mean` over the rows that count, or `sum`. Default `mean`. */
  readonly reduction?: Reduction;
}

const OPTIONS = {
  ignoreIndex: 'number',
  labelSmoothing: 'numeric',
  reduction: ['mean', 'sum'],
} satisfies OptionNames<CrossEntropyOptions>;

/**
 * Cross entropy between the softmax of logits and labels, as PyTorch's `cross_entropy`: for each row
 * −(1 − ε) · log p[label] − ε / classes · Σ log p, with log p = logits − logsumexp(logits). Its gradient is (p − target) · dy.
 *
 * Without rows that count, the mean is 0 (PyTorch: NaN), with a gradient of zeros.
 *
 * @param logits `[rows, classes]`
 * @param labels `[rows]`: class indices, or `ignoreIndex`
 * @returns `[1]`
 */
export function crossEntropy(
  backend: RecordingBackend,
  logits: Tensor,
  labels: Int32Array,
  options: CrossEntropyOptions = {},
): Tensor {
  checkOptions('crossEntropy', options, OPTIONS);
  const { ignoreIndex = IGNORE_INDEX, labelSmoothing = 0, reduction = 'mean' } = options;
  const { rows, features: classes } = checkMatrix('crossEntropy', 'logits', logits);
  checkLabels(labels, rows, classes, ignoreIndex);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ConfigError(`crossEntropy: labelSmoothing must lie in 0 … 1, got ${labelSmoothing}`);
  }
  const targets = labels.slice();
  const counted = targets.reduce((sum, label) => sum + (label === ignoreIndex ? 0 : 1), 0);
  const factor = averageFactor(reduction, counted);
  return backend.applyLoss(logits, (rules, wrapped, values) => {
    const options = { logits: values, labels: targets, ignoreIndex, labelSmoothing };
    const { loss, addGradient } = rules.crossEntropy(wrapped, options);
    return {
      loss: loss * factor,
      addGradient: (saved, dLoss, dLogits) => addGradient(saved, dLoss * factor, dLogits),
    };
  });
}

function checkLabels(labels: Int32Array, rows: number, classes: number, ignoreIndex: number): void {
  if (labels.length !== rows) {
    throw new ShapeError(
      `crossEntropy: labels must have ${rows} values, one for each row, got ${labels.length}`,
    );
  }
  const outside = labels.findIndex((label) => label !== ignoreIndex && (label < 0 || label >= classes));
  if (outside >= 0) {
    throw new ShapeError(
      `crossEntropy: labels must lie in 0 … ${classes - 1} or be ${ignoreIndex}, got ${labels[outside]} at index ${outside}`,
    );
  }
}
