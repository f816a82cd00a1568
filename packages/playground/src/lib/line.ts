/** A point, and a line y = slope · x + intercept. */
export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** How far the axes of a drawing of points reach, from 0. */
export function reachOf(points: readonly Point[]): Point {
  return {
    x: Math.max(...points.map(({ x }) => x)) * 1.1,
    y: Math.max(...points.map(({ y }) => y)) * 1.25,
  };
}

/** Whether no part of a line is in a drawing of the points. */
export function isOutside({ slope, intercept }: Line, points: readonly Point[]): boolean {
  const reach = reachOf(points);
  const ends = [intercept, slope * reach.x + intercept];
  return ends.every((y) => y < 0) || ends.every((y) => y > reach.y);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean squared error of a line. */
export function squaredError({ slope, intercept }: Line, points: readonly Point[]): number {
  return mean(points.map(({ x, y }) => (slope * x + intercept - y) ** 2));
}

/** One step of gradient descent on the mean squared error. */
export function gradientStep(line: Line, points: readonly Point[], rate: number): Line {
  const errors = points.map(({ x, y }) => ({ x, error: line.slope * x + line.intercept - y }));
  return {
    slope: line.slope - rate * 2 * mean(errors.map(({ x, error }) => error * x)),
    intercept: line.intercept - rate * 2 * mean(errors.map(({ error }) => error)),
  };
}

/** The line of the least squared error. */
export function leastSquares(points: readonly Point[]): Line {
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  const slope =
    mean(points.map((point) => (point.x - x) * (point.y - y))) /
    mean(points.map((point) => (point.x - x) ** 2));
  return { slope, intercept: y - slope * x };
}
