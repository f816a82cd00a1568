import type { Tensor } from '../../backend/backend.ts';
import { checkMatrix } from '../../backend/check.ts';
import { ConfigError, ShapeError } from '../../errors.ts';
import type { RecordingBackend } from '../tape/recording-backend.ts';
import { averageFactor, type Reduction } from './reduction.ts';

/** Options of {@link crossEntropy}, named as in PyTorch. */
export interface CrossEntropyOptions {
  /** Label of rows that do not count. Default −100. */
  readonly ignoreIndex?: number;
  /** The share ε of the target that is spread evenly over all classes (Szegedy et al. 2016, §7). Default 0. */
  readonly labelSmoothing?: number;
  /** `mean` over the rows that count, or `sum`. Default `mean`. */
  readonly reduction?: Reduction;
}

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
  const { ignoreIndex = -100, labelSmoothing = 0, reduction = 'mean' } = options;
  const { rows, features: classes } = checkMatrix('crossEntropy', 'logits', logits);
  checkLabels(labels, rows, classes, ignoreIndex);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ConfigError(`crossEntropy: labelSmoothing must lie in 0 … 1, got ${labelSmoothing}`);
  }
  const targets = labels.slice();
  const counted = targets.reduce((sum, label) => sum + (label === ignoreIndex ? 0 : 1), 0);
  const factor = averageFactor(reduction, counted);
  return backend.apply({
    inputs: [logits],
    compute: ([values]) => {
      let loss = 0;
      for (const [row, label] of targets.entries()) {
        if (label === ignoreIndex) continue;
        const own = values!.subarray(row * classes, (row + 1) * classes);
        const normalizer = logSumExp(own);
        loss += (1 - labelSmoothing) * (normalizer - own[label]!);
        if (labelSmoothing === 0) continue;
        for (const value of own) loss += (labelSmoothing / classes) * (normalizer - value);
      }
      return { data: Float32Array.of(loss * factor), shape: [1] };
    },
    gradient: ([saved], dy, [dx]) => {
      if (!dx) return;
      const values = saved!.values();
      const gradient = dy.data[dy.start]! * factor;
      for (const [row, label] of targets.entries()) {
        if (label === ignoreIndex) continue;
        const own = values.subarray(row * classes, (row + 1) * classes);
        const normalizer = logSumExp(own);
        const to = dx.start + row * dx.stride;
        for (let i = 0; i < classes; i++) {
          const target = (i === label ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
          dx.data[to + i]! += gradient * (Math.exp(own[i]! - normalizer) - target);
        }
      }
    },
  });
}

/** log Σ exp(values), in float64. */
function logSumExp(values: Float32Array): number {
  let top = -Infinity;
  for (const value of values) top = Math.max(top, value);
  if (top === -Infinity) return top;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - top);
  return top + Math.log(sum);
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
