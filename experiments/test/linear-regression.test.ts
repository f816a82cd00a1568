import { expect, test } from 'vitest';
import { descend, excessLoss, quadraticOf } from '../src/experiments/linear-regression/line.ts';

// Not on a line, and with a mean other than 0, so that both eigenvalues matter.
const points = [0.2, 0.5, 0.9, 1.4, 2].map((x, i) => ({ x, y: 0.6 * x + 0.1 + (i % 2 ? 0.05 : -0.05) }));
const loss = (w: number, b: number) =>
  points.reduce((sum, { x, y }) => sum + (w * x + b - y) ** 2, 0) / points.length;

test('the quadratic is the mean squared error', () => {
  const quadratic = quadraticOf(points);
  expect(quadratic.loss).toBeCloseTo(loss(quadratic.minimum[0], quadratic.minimum[1]), 12);
  for (const [w, b] of [
    [0, 0],
    [1, -2],
    [0.5, 3],
  ] as const)
    expect(quadratic.loss + excessLoss(quadratic, [w, b])).toBeCloseTo(loss(w, b), 10);
  const [ww, wb, bb] = quadratic.hessian;
  const [a, b] = quadratic.eigenvalues;
  expect(a + b).toBeCloseTo(ww + bb, 10);
  expect(a * b).toBeCloseTo(ww * bb - wb * wb, 10);
});

test('gradient descent finds the closed form below the limit of the learning rate, and diverges above it', async () => {
  const quadratic = quadraticOf(points);
  const limit = 2 / quadratic.eigenvalues[0];
  const run = (learningRate: number) =>
    descend(points, { maxSteps: 600, batchSize: points.length, learningRate, schedule: 'constant' });
  const below = await run(0.9 * limit);
  expect(below.reason).toBe('completed');
  expect(below.path.at(-1)![0]).toBeCloseTo(quadratic.minimum[0], 5);
  expect(below.path.at(-1)![1]).toBeCloseTo(quadratic.minimum[1], 5);
  const above = await run(1.05 * limit);
  expect(above.reason).toBe('diverged');
  expect(excessLoss(quadratic, above.path.at(-1)!)).toBeGreaterThan(excessLoss(quadratic, above.path[0]!));
});
