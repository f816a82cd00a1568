import { softmax } from './softmax.ts';

/** A vector of two numbers. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How far arrows reach along an axis, and how far a key press moves them. */
export const REACH = 2;
export const STEP = 0.1;

/** A point within reach, on the grid of steps. */
export function snap({ x, y }: Point): Point {
  const inside = (value: number): number =>
    Math.round(Math.min(REACH, Math.max(-REACH, value)) / STEP) * STEP + 0;
  return { x: inside(x), y: inside(y) };
}

/** What a query makes of a key: their dot product, the score, and the weight among all keys. */
export interface Match {
  readonly dot: number;
  readonly score: number;
  readonly weight: number;
}

/** Attention of one query to some keys, in a plane: scores are dot products by √2. */
export function matches(query: Point, keys: readonly Point[]): readonly Match[] {
  const dots = keys.map(({ x, y }) => query.x * x + query.y * y);
  const scores = dots.map((dot) => dot / Math.SQRT2);
  const weights = softmax(scores);
  return dots.map((dot, i) => ({ dot, score: scores[i] ?? 0, weight: weights[i] ?? 0 }));
}
