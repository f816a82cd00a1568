/** A loss with three decimals; very large and very small ones with an exponent, and `NaN` and `∞` as they are. */
export function formatLoss(loss: number): string {
  if (Number.isNaN(loss)) return 'NaN';
  if (!Number.isFinite(loss)) return '∞';
  return loss >= 10_000 || (loss < 0.001 && loss > 0) ? loss.toExponential(1) : loss.toFixed(3);
}

/** A learning rate as it is chosen: 0.0003, 1000, 1e+20. */
export function formatRate(rate: number): string {
  return rate >= 10_000 ? rate.toExponential() : String(rate);
}

/** Right answers of all lengths. */
export function totalOf(scores: ReadonlyArray<{ readonly right: number; readonly count: number }>): {
  readonly right: number;
  readonly count: number;
} {
  return {
    right: scores.reduce((sum, { right }) => sum + right, 0),
    count: scores.reduce((sum, { count }) => sum + count, 0),
  };
}
