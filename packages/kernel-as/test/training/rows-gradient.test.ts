import { describe, expect, it } from 'vitest';
import { expectAdded, withMargin, withoutMargin } from '../helpers/gradients.ts';
import { type GuardedBuffer, sequence } from '../helpers/guard.ts';
import { GuardedTraining } from '../helpers/training.ts';

const builds = ['simd', 'relaxed-simd'] as const;
const widths = [1, 2, 3, 4, 5, 7, 8, 9, 12, 33, 67];
const rowCounts = [0, 1, 3, 8];

const rows = (x: Float32Array, width: number, margin: number): GuardedBuffer => ({
  values: withMargin(x, width, margin),
});
const output = (x: Float32Array, width: number, margin: number): GuardedBuffer => ({
  ...rows(x, width, margin),
  writes: margin === 0 || ((i) => i % (width + margin) < width),
});

describe.each(builds)('gradients of operations on rows, %s build', (build) => {
  it('softmaxGradient adds y · (dy − Σ y · dy)', async () => {
    const memory = await GuardedTraining.create(build, 2);
    const training = memory.exports;
    for (const n of widths) {
      for (const count of rowCounts) {
        const margin = (n + count) % 3;
        const y = sequence(count * n).map((x) => Math.abs(x) / n);
        // A row without weights, as that of a query whose keys are all masked.
        if (count > 1) y.fill(0, n, 2 * n);
        const [dy, initial] = [sequence(count * n, 2), sequence(count * n, 3)];
        const exact = Float64Array.from(y, (weight, i) => {
          const at = i - (i % n);
          let sum = 0;
          for (let j = at; j < at + n; j++) sum += y[j]! * dy[j]!;
          return weight * (dy[i]! - sum);
        });
        const name = `${count} × ${n}`;
        const stride = n + margin;
        const [got] = memory.run(
          name,
          [rows(y, n, margin), rows(dy, n, margin), output(initial, n, margin)],
          (a, b, c) => training.softmaxGradient(a!, stride, b!, stride, c!, stride, count, n),
        );
        expectAdded(withoutMargin(got!, n, margin), initial, exact, name, 1e-6);
      }
    }
  });

  it('l2NormalizeGradient adds the gradient, also of rows with small and zero norms', async () => {
    const memory = await GuardedTraining.create(build, 2);
    const training = memory.exports;
    for (const n of widths) {
      for (const factor of [1, 1e15, 1e-10, 1e-18, 0]) {
        const [count, margin] = [3, n % 3];
        const x = sequence(count * n).map((value) => value * factor);
        const [dy, initial] = [sequence(count * n, 2), sequence(count * n, 3)];
        const epsilon = Math.fround(1e-12);
        const exact = Float64Array.from(x, (value, i) => {
          const at = i - (i % n);
          let [squares, dot] = [0, 0];
          for (let j = at; j < at + n; j++) {
            squares += x[j]! ** 2;
            dot += x[j]! * dy[j]!;
          }
          const norm = Math.sqrt(squares);
          return norm > epsilon ? dy[i]! / norm - ((value / norm) * dot) / norm / norm : dy[i]! / epsilon;
        });
        const name = `${n}, ${factor}`;
        const stride = n + margin;
        const [got] = memory.run(
          name,
          [rows(x, n, margin), rows(dy, n, margin), output(initial, n, margin)],
          (a, b, c) => training.l2NormalizeGradient(a!, stride, b!, stride, c!, stride, count, n, epsilon),
        );
        // For one value the gradient is 0: a difference of equal values.
        const scale = Math.max(1, 1 / Math.hypot(...x.subarray(0, n), 1e-12));
        expectAdded(withoutMargin(got!, n, margin), initial, exact, name, 2e-6, scale);
      }
    }
  });

  it('gatherGradient adds rows with equal ids in order, and skips ids outside of the table', async () => {
    const memory = await GuardedTraining.create(build, 2);
    const training = memory.exports;
    const ids = Int32Array.of(3, 4, 2, 8, 7, 3, 3, -1, 2 ** 31 - 1, -(2 ** 31));
    const [first, size] = [3, 5];
    for (const n of widths) {
      for (const count of [0, 1, ids.length]) {
        const margin = n % 3;
        const [dy, initial] = [sequence(count * n, 2), sequence(size * n, 3)];
        const exact = initial.slice();
        for (let i = 0; i < count; i++) {
          const row = ids[i]! - first;
          if (row < 0 || row >= size) continue;
          for (let j = 0; j < n; j++) exact[row * n + j]! += dy[i * n + j]!;
        }
        const stride = n + margin;
        const [got] = memory.run(
          `${count} × ${n}`,
          [rows(dy, n, margin), { values: ids }, output(initial, n, margin)],
          (a, b, c) => training.gatherGradient(a!, stride, b!, count, first, c!, stride, size, n),
        );
        expect(withoutMargin(got!, n, margin)).toEqual(exact);
      }
    }
  });

  it('meanRowsGradient adds dy / rows to each row', async () => {
    const memory = await GuardedTraining.create(build, 2);
    const training = memory.exports;
    for (const n of widths) {
      for (const count of rowCounts) {
        const margin = n % 3;
        const [dy, initial] = [sequence(n, 2), sequence(count * n, 3)];
        const exact = Float64Array.from(initial, (_, i) => dy[i % n]! / count);
        const [got] = memory.run(`${count} × ${n}`, [rows(dy, n, 0), output(initial, n, margin)], (a, b) =>
          training.meanRowsGradient(a!, b!, n + margin, count, n),
        );
        expectAdded(withoutMargin(got!, n, margin), initial, exact, `${count} × ${n}`, 1e-6);
      }
    }
  });

  it.each(['halves', 'neighbours'])('rotaryGradient rotates back pairs of %s', async (layout) => {
    const memory = await GuardedTraining.create(build, 2);
    const training = memory.exports;
    const interleaved = layout === 'neighbours';
    for (const half of [0, 1, 2, 3, 4, 5, 8, 9]) {
      for (const count of [0, 1, 3]) {
        const [heads, headDim] = [2, 2 * half + (half % 3) + (half === 0 ? 1 : 0)];
        const [width, margin] = [heads * headDim, half % 2];
        const positions = Int32Array.of(3, 0, 2).subarray(0, count);
        const table = new Float32Array(4 * 2 * half);
        for (let p = 0; p < 4; p++) {
          for (let i = 0; i < half; i++) {
            table[p * 2 * half + i] = Math.cos(p * (i + 0.3));
            table[p * 2 * half + half + i] = Math.sin(p * (i + 0.3));
          }
        }
        const [dy, initial] = [sequence(count * width, 2), sequence(count * width, 3)];
        const exact = Float64Array.from(dy);
        for (let row = 0; row < count; row++) {
          for (let head = 0; head < heads; head++) {
            const at = row * width + head * headDim;
            for (let i = 0; i < half; i++) {
              const [a, b] = interleaved ? [at + 2 * i, at + 2 * i + 1] : [at + i, at + i + half];
              const cos = table[positions[row]! * 2 * half + i]!;
              const sin = table[positions[row]! * 2 * half + half + i]!;
              exact[a] = dy[a]! * cos + dy[b]! * sin;
              exact[b] = dy[b]! * cos - dy[a]! * sin;
            }
          }
        }
        const name = `${count} × ${heads} × ${headDim}, ${half}`;
        const stride = width + margin;
        const [got] = memory.run(
          name,
          [rows(dy, width, margin), output(initial, width, margin), { values: positions }, { values: table }],
          (a, b, p, t) =>
            training.rotaryGradient(
              ...([
                a!,
                stride,
                b!,
                stride,
                p!,
                t!,
                count,
                heads,
                headDim,
                half,
                Number(interleaved),
              ] as const),
            ),
        );
        expectAdded(withoutMargin(got!, width, margin), initial, exact, name, 1e-6);
      }
    }
  });
});
