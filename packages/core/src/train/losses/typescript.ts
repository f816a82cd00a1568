import type { LossRules } from './rules.ts';

/** Losses in TypeScript, in float64. */
export const typescriptLosses: LossRules = {
  crossEntropy(backend, { logits, labels, ignoreIndex, labelSmoothing }) {
    const classes = logits.shape[1] ?? 0;
    const values = backend.read(logits);
    let loss = 0;
    for (const [row, label] of labels.entries()) {
      if (label === ignoreIndex) continue;
      const own = values.subarray(row * classes, (row + 1) * classes);
      const normalizer = logSumExp(own);
      loss += (1 - labelSmoothing) * (normalizer - own[label]!);
      if (labelSmoothing === 0) continue;
      for (const value of own) loss += (labelSmoothing / classes) * (normalizer - value);
    }
    return {
      loss,
      addGradient(saved, factor, dLogits) {
        const all = saved.values();
        const { data, start, stride } = dLogits;
        for (const [row, label] of labels.entries()) {
          if (label === ignoreIndex) continue;
          const own = all.subarray(row * classes, (row + 1) * classes);
          const normalizer = logSumExp(own);
          const to = start + row * stride;
          for (let i = 0; i < classes; i++) {
            const target = (i === label ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
            data[to + i]! += factor * (Math.exp(own[i]! - normalizer) - target);
          }
        }
      },
    };
  },
};

/** log Σ exp(values), in float64. */
function logSumExp(values: Float32Array): number {
  let top = -Infinity;
  for (const value of values) top = Math.max(top, value);
  if (top === -Infinity) return top;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - top);
  return top + Math.log(sum);
}
