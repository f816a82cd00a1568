/**
 * Position of an attention weight on the colour scale: its square root. Most weights are far below 0.1 and a few near 1;
 * the square root keeps small weights distinguishable.
 */
export function weightToTone(weight: number): number {
  return Math.sqrt(Math.min(1, Math.max(0, weight)));
}

/** Weights with a mark on the legend. */
export const LEGEND_MARKS = [0, 0.05, 0.2, 0.5, 1] as const;

/** Position of a signed value on a ramp with zero in the middle and ±`maxAbs` at the ends. */
export function signedToTone(value: number, maxAbs: number): number {
  return maxAbs > 0 ? 0.5 + 0.5 * Math.min(1, Math.max(-1, value / maxAbs)) : 0.5;
}
