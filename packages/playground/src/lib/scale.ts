/**
 * Where a weight lies on the colour scale. Most weights are far below 0.1 while a few are near 1; the square root
 * keeps the small ones apart without hiding the large. Every legend is drawn with this same function.
 */
export function weightToTone(weight: number): number {
  return Math.sqrt(Math.min(1, Math.max(0, weight)));
}

/** Weights at which the legend has a mark. */
export const LEGEND_MARKS = [0, 0.05, 0.2, 0.5, 1] as const;

/** Where a signed value lies on a ramp whose middle is zero, given the size that reaches the ends. */
export function signedToTone(value: number, largest: number): number {
  return largest > 0 ? 0.5 + 0.5 * Math.min(1, Math.max(-1, value / largest)) : 0.5;
}
