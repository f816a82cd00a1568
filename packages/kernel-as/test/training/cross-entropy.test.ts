import { describe, expect, it } from 'vitest';
import { expectAdded, withMargin, withoutMargin } from '../helpers/gradients.ts';
import { sequence } from '../helpers/guard.ts';
import { GuardedTraining } from '../helpers/training.ts';

const builds = ['simd', 'relaxed-simd'] as const;
const IGNORE = -100;

interface Case {
  readonly rows: number;
  readonly classes: number;
  readonly smoothing?: number;
  readonly limit?: number;
  /** Added to all logits. */
  readonly offset?: number;
  readonly margin?: number;
  readonly hidden?: boolean;
}

const cases: readonly Case[] = [
  ...[0, 1, 2, 5].flatMap((rows) =>
    [1, 2, 3, 4, 7, 8, 9, 15, 16, 511, 512, 513, 1031].map((classes, i) => ({
      rows,
      classes,
      smoothing: [0, 0.1, 1][i % 3]!,
      margin: i % 2,
    })),
  ),
  { rows: 1, classes: 32_003, limit: 5 },
  { rows: 1, classes: 32_003, smoothing: 0.1, limit: 5 },
  // One probability is 1, all others 0.
  { rows: 5, classes: 33, limit: 1e4 },
  { rows: 5, classes: 33, limit: 1e36, smoothing: 0.2 },
  { rows: 5, classes: 33, limit: 1e-30 },
  { rows: 5, classes: 33, offset: 1e5 },
  { rows: 5, classes: 33, offset: -1e5 },
  // Logits of −∞ have probability 0.
  { rows: 5, classes: 33, hidden: true },
];

function operandsOf({ rows, classes, limit = 3, offset = 0, hidden = false }: Case) {
  const logits = sequence(rows * classes).map((x) => x * limit + offset);
  if (hidden) for (let i = 0; i < logits.length; i += 3) logits[i] = -Infinity;
  const labels = Int32Array.from({ length: rows }, (_, row) => {
    if (row % 4 === 2) return IGNORE;
    const label = (row * 7 + 5) % classes;
    return hidden && (row * classes + label) % 3 === 0 ? (label + 1) % classes : label;
  });
  return { logits, labels };
}

function exactOf({ rows, classes, smoothing = 0 }: Case, logits: Float32Array, labels: Int32Array) {
  let loss = 0;
  const gradient = new Float64Array(rows * classes);
  for (const [row, label] of labels.entries()) {
    if (label === IGNORE) continue;
    const own = Float64Array.from(logits.subarray(row * classes, (row + 1) * classes));
    const top = Math.max(...own);
    const normalizer = top + Math.log(own.reduce((sum, x) => sum + Math.exp(x - top), 0));
    loss += (1 - smoothing) * (normalizer - own[label]!);
    if (smoothing) loss += (smoothing / classes) * own.reduce((sum, x) => sum + (normalizer - x), 0);
    for (const [i, x] of own.entries()) {
      const target = (i === label ? 1 - smoothing : 0) + smoothing / classes;
      gradient[row * classes + i] = Math.exp(x - normalizer) - target;
    }
  }
  return { loss, gradient };
}

describe.each(builds)('cross entropy, %s build', (build) => {
  it('crossEntropy gives the loss of float64, and its gradient is added; both access only their arguments', async () => {
    const memory = await GuardedTraining.create(build, 6);
    const training = memory.exports;
    for (const test of cases) {
      const { rows, classes, smoothing = 0, margin = 0 } = test;
      const { logits, labels } = operandsOf(test);
      const exact = exactOf(test, logits, labels);
      const name = JSON.stringify(test);
      const inputs = [{ values: withMargin(logits, classes, margin) }, { values: labels }];
      const losses = new Set<number>();
      const counted = (i: number) => labels[i >> 1] !== IGNORE;
      const [statistics] = memory.run(
        `loss ${name}`,
        [...inputs, { values: sequence(rows * 2, 3), writes: counted }],
        (x, l, s) =>
          losses.add(training.crossEntropy(x!, classes + margin, l!, rows, classes, IGNORE, smoothing, s!)),
      );
      expect(losses.size, name).toBe(1);
      const [loss] = losses;
      // Logits far from 0 are rounded differences: one unit in the last place of the largest.
      const scale = Math.max(1, Math.abs(exact.loss));
      expect(Math.abs(loss! - exact.loss) / scale, name).toBeLessThanOrEqual(1e-6);
      const initial = sequence(rows * classes, 5);
      const factor = -0.7;
      const [got] = memory.run(
        `gradient ${name}`,
        [
          ...inputs,
          { values: statistics! },
          {
            values: withMargin(initial, classes, margin),
            writes: margin === 0 || ((i) => i % (classes + margin) < classes),
          },
        ],
        (x, l, s, dx) =>
          training.crossEntropyGradient(
            ...([x!, classes + margin, l!, rows, classes, IGNORE, smoothing, s!, factor] as const),
            ...([dx!, classes + margin] as const),
          ),
      );
      const gradient = exact.gradient.map((x) => factor * x);
      expectAdded(withoutMargin(got!, classes, margin), initial, gradient, name, 1e-6, 1);
    }
  });

  it('crossEntropyGradient of zeros has a small error relative to each row', async () => {
    const memory = await GuardedTraining.create(build, 6);
    const training = memory.exports;
    const test = { rows: 1, classes: 32_003, limit: 5 };
    const { logits, labels } = operandsOf(test);
    const { gradient } = exactOf(test, logits, labels);
    const statistics = { values: new Float32Array(2), writes: true };
    const [found] = memory.run('loss', [{ values: logits }, { values: labels }, statistics], (x, l, s) =>
      training.crossEntropy(x!, test.classes, l!, 1, test.classes, IGNORE, 0, s!),
    );
    const [got] = memory.run(
      'gradient',
      [
        { values: logits },
        { values: labels },
        { values: found! },
        { values: new Float32Array(logits.length), writes: true },
      ],
      (x, l, s, dx) =>
        training.crossEntropyGradient(
          x!,
          test.classes,
          l!,
          1,
          test.classes,
          IGNORE,
          0,
          s!,
          1,
          dx!,
          test.classes,
        ),
    );
    let error = 0;
    for (const [i, x] of got!.entries()) {
      error = Math.max(error, Math.abs(x - gradient[i]!) / Math.abs(gradient[i]!));
    }
    expect(error).toBeLessThan(3e-6);
  });

  it('crossEntropy gives NaN for rows with NaN or ∞, and for rows of only −∞', async () => {
    const memory = await GuardedTraining.create(build, 6);
    const training = memory.exports;
    for (const row of [
      [1, Number.NaN, 2],
      [1, Number.POSITIVE_INFINITY, 2],
      [-Infinity, -Infinity, -Infinity],
    ]) {
      memory.run(
        String(row),
        [
          { values: Float32Array.from(row) },
          { values: Int32Array.of(0) },
          { values: new Float32Array(2), writes: true },
        ],
        (x, l, s) => expect(training.crossEntropy(x!, 3, l!, 1, 3, IGNORE, 0, s!)).toBeNaN(),
      );
    }
  });
});
