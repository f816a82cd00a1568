import { describe, expect, it } from 'vitest';
import { expectWithin, GuardedTraining, matrix, output, U } from '../helpers/training.ts';

const builds = ['simd', 'relaxed-simd'] as const;
const sizes = [0, 1, 2, 3, 4, 5, 8, 9, 33];

describe.each(builds)('steps of optimisers (%s)', (build) => {
  it.each([
    { weightDecay: 0, learningRate: 1e-3, decoupled: 0, epsilon: 1e-8, steps: 1 },
    { weightDecay: 0.1, learningRate: 0.5, decoupled: 0, epsilon: 1e-8, steps: 3 },
    { weightDecay: 0, learningRate: 1e-2, decoupled: 0.01, epsilon: 1e-3, steps: 1000 },
  ])('adamStep has the values of float64 rounded once, with %o', async (options) => {
    const training = await GuardedTraining.create(build);
    const { weightDecay, learningRate, decoupled, epsilon, steps } = options;
    const [beta1, beta2] = [0.9, 0.999];
    const stepSize = learningRate / (1 - beta1 ** steps);
    const correction = Math.sqrt(1 - beta2 ** steps);
    const shrink = 1 - learningRate * decoupled;
    for (const n of sizes) {
      const values = output(matrix(1, n));
      const gradient = matrix(1, n, { seed: 2, scale: 3 });
      const m = output(matrix(1, n, { seed: 3 }));
      const second = matrix(1, n, { seed: 4 });
      const v = output({ ...second, values: second.values.map(Math.abs) });
      const [p, m1, v1] = training.run(`${n}`, [values, gradient, m, v], (p0, p1, p2, p3) =>
        training.exports.adamStep(
          ...([p0!, p1!, p2!, p3!, n, stepSize, correction] as const),
          ...([beta1, beta2, epsilon, weightDecay, shrink] as const),
        ),
      );
      for (let i = 0; i < n; i++) {
        const value = values.values[i]! * shrink;
        const g = gradient.values[i]! + weightDecay * value;
        const first = beta1 * m.values[i]! + (1 - beta1) * g;
        const squares = beta2 * v.values[i]! + (1 - beta2) * g * g;
        expect(m1![i]).toBe(Math.fround(first));
        expect(v1![i]).toBe(Math.fround(squares));
        const expected = value - (stepSize * first) / (Math.sqrt(squares) / correction + epsilon);
        expect(Math.abs(p![i]! - expected)).toBeLessThanOrEqual(U * Math.abs(expected) * 1.0001);
      }
    }
  });

  it('adamStep leaves values without gradients and moments, and is NaN where the gradient is', async () => {
    const training = await GuardedTraining.create(build);
    const values = output(matrix(1, 3));
    const gradient = { ...matrix(1, 3), values: Float32Array.of(0, NaN, Infinity) };
    const zeros = output({ ...matrix(1, 3), values: new Float32Array(3) });
    const [p] = training.run('adam', [values, gradient, zeros, zeros], (p0, p1, p2, p3) =>
      training.exports.adamStep(p0!, p1!, p2!, p3!, 3, 0.1, 0.5, 0.9, 0.999, 1e-8, 0, 1),
    );
    expect([...p!]).toEqual([values.values[0], NaN, NaN]);
  });

  it.each([
    { momentum: 0, dampening: 0, nesterov: 0, weightDecay: 0 },
    { momentum: 0, dampening: 0, nesterov: 0, weightDecay: 0.1 },
    { momentum: 0.9, dampening: 0.3, nesterov: 0, weightDecay: 0.1 },
    { momentum: 0.9, dampening: 0, nesterov: 1, weightDecay: 0 },
  ])('sgdStep has the values of float64 rounded once, with %o', async (options) => {
    const training = await GuardedTraining.create(build);
    const { momentum, dampening, nesterov, weightDecay } = options;
    for (const n of sizes) {
      for (const isFirst of [0, 1]) {
        const values = output(matrix(1, n));
        const gradient = matrix(1, n, { seed: 2 });
        const b = output(matrix(1, n, { seed: 3 }));
        const [p, b1] = training.run(`${n}`, [values, gradient, b], (p0, p1, p2) =>
          training.exports.sgdStep(
            ...([p0!, p1!, momentum ? p2! : 0, n, 0.1] as const),
            ...([momentum, dampening, weightDecay, nesterov, isFirst] as const),
          ),
        );
        for (let i = 0; i < n; i++) {
          const g = gradient.values[i]! + weightDecay * values.values[i]!;
          const velocity = Math.fround(isFirst ? g : momentum * b.values[i]! + (1 - dampening) * g);
          const direction = momentum ? (nesterov ? g + momentum * velocity : velocity) : g;
          expect(b1![i]).toBe(momentum ? velocity : b.values[i]);
          expect(p![i]).toBe(Math.fround(values.values[i]! - 0.1 * direction));
        }
      }
    }
  });
});

describe.each(builds)('reductions (%s)', (build) => {
  it('sumOfSquares is that of float64', async () => {
    const training = await GuardedTraining.create(build);
    for (const n of [...Array.from({ length: 19 }, (_, i) => i), 67]) {
      const x = matrix(1, n);
      let sum = 0;
      training.run(`${n}`, [x, { values: 0, writes: true }], (p0) => {
        sum = training.exports.sumOfSquares(p0!, n);
      });
      const expected = x.values.reduce((total, value) => total + value * value, 0);
      expect(Math.abs(sum - expected)).toBeLessThanOrEqual(n * 2 ** -52 * expected);
    }
    const [large, small] = [Float32Array.of(3e38, 3e38, 1), Float32Array.of(1e-40, 0, 1e-45)];
    for (const values of [large, small]) {
      const exact = [...values].reduce((total, value) => total + value * value, 0);
      training.run('extremes', [{ values }], (x) => {
        expect(training.exports.sumOfSquares(x!, 3)).toBe(exact);
      });
    }
  });

  it('findNonFinite gives the first index of an infinity or NaN', async () => {
    const training = await GuardedTraining.create(build);
    const find = (values: Float32Array) => {
      let found = 0;
      training.run('find', [{ values }], (x) => {
        found = training.exports.findNonFinite(x!, values.length);
      });
      return found;
    };
    for (const n of [0, 1, 3, 4, 5, 8, 11]) {
      const { values } = matrix(1, n);
      expect(find(values)).toBe(-1);
      for (const value of [Infinity, -Infinity, NaN]) {
        for (let i = 0; i < n; i++) {
          const changed = values.slice();
          changed.fill(value, i);
          expect(find(changed)).toBe(i);
        }
      }
    }
    expect(find(Float32Array.of(3.4e38, -3.4e38, 1e-45, -0))).toBe(-1);
  });
});

describe.each(builds)('dropout (%s)', (build) => {
  /** The finaliser of murmur3, as in assembly/training/dropout.ts. */
  const mix = (x: number) => {
    let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  };
  const bitsOf = (key: number, index: number) =>
    mix(mix((index ^ key) | 0) + Math.imul(key, 0x85ebca6b)) >>> 0;

  it('accesses only its arguments, and adds the kept values of the documented generator', async () => {
    const training = await GuardedTraining.create(build);
    for (const n of [0, 1, 2, 3, 4, 5, 7, 8, 9, 33]) {
      for (const [rows, key, rate] of [
        [0, 1, 0.5],
        [1, 0, 0.5],
        [3, 0xdeadbeef, 0.1],
        [5, 12345, 0.9],
      ] as const) {
        const from = matrix(rows, n, { extra: n % 3 });
        const to = output(matrix(rows, n, { extra: n % 2, seed: 2 }));
        const [threshold, factor] = [rate * 2 ** 32, 1 / (1 - rate)];
        const name = `${rows} × ${n}, key ${key}, rate ${rate}`;
        const [got] = training.run(name, [from, to], (p0, p1) =>
          training.exports.addDropout(p0!, from.stride, p1!, to.stride, rows, n, key, threshold, factor),
        );
        expectWithin(name, got!, to, (r, i) => {
          const before = to.values[r * to.stride + i]!;
          const isKept = bitsOf(key, r * n + i) >= Math.floor(threshold);
          const value = before + (isKept ? from.values[r * from.stride + i]! * factor : 0);
          return { value, bound: isKept ? 3 * U * Math.max(1, factor) : 0 };
        });
      }
    }
  });

  it('keeps all values at threshold 0, none at 2³², and 1 − rate of them between', async () => {
    const training = await GuardedTraining.create(build, 20);
    const n = 100_000;
    const ones = { ...matrix(1, n), values: new Float32Array(n).fill(1) };
    const zeros = output({ ...matrix(1, n), values: new Float32Array(n) });
    for (const rate of [0, 0.1, 0.5, 1]) {
      const [got] = training.call([ones, zeros], (from, to) =>
        training.exports.addDropout(from!, n, to!, n, 1, n, 7, rate * 2 ** 32, 1),
      );
      const kept = got!.reduce((sum, value) => sum + value, 0) / n;
      // Four standard deviations.
      expect(Math.abs(kept - (1 - rate))).toBeLessThanOrEqual(4 * Math.sqrt((rate * (1 - rate)) / n));
    }
  });
});
