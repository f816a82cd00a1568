import type { Tensor } from '../../backend/backend.ts';
import type { LossContext } from './objective.ts';

/** Adds the rows of `logits[rows, classes]` whose largest value is that of the label to a metric. */
export function countCorrect(
  ctx: LossContext,
  logits: Tensor,
  labels: Int32Array,
  metric = 'accuracy',
): void {
  const values = ctx.backend.read(logits);
  const classes = logits.shape[1]!;
  let [correct, counted] = [0, 0];
  for (const [row, label] of labels.entries()) {
    if (label < 0) continue;
    counted++;
    let best = 0;
    for (let i = 1; i < classes; i++) {
      if (values[row * classes + i]! > values[row * classes + best]!) best = i;
    }
    if (best === label) correct++;
  }
  ctx.addMetric(metric, correct, counted);
}
