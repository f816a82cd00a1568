import { describe, it } from 'vitest';
import { sigmoid } from '../helpers/exact.ts';
import { expectAdded, withMargin, withoutMargin } from '../helpers/gradients.ts';
import { type GuardedBuffer, sequence } from '../helpers/guard.ts';
import { GuardedTraining } from '../helpers/training.ts';

const builds = ['simd', 'relaxed-simd'] as const;
const widths = [1, 2, 3, 4, 5, 7, 8, 9, 33];
const rowCounts = [0, 1, 3];
/** Limits of the gates' inputs: with the last, gates are 0 and 1. */
const limits = [1, 6, 1e4];

const buffer = (x: Float32Array, width: number, margin: number): GuardedBuffer => ({
  values: withMargin(x, width, margin),
});
const output = (x: Float32Array, width: number, margin: number, writes: boolean): GuardedBuffer => ({
  ...buffer(x, width, margin),
  writes: writes && (margin === 0 || ((i) => i % (width + margin) < width)),
});

/** Which of the gradients are computed. */
const wanted = (count: number) => [
  Array<boolean>(count).fill(true),
  ...Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => i === j)),
];

describe.each(builds)('gradients of recurrent gates, %s build', (build) => {
  it('lstmGatesGradient adds the gradients of gates and cell', async () => {
    const memory = await GuardedTraining.create(build, 2);
    const training = memory.exports;
    for (const n of widths) {
      for (const count of rowCounts) {
        for (const [turn, limit] of limits.entries()) {
          const margin = (n + count) % 3;
          const gates = sequence(count * 4 * n).map((x) => x * limit);
          const [cell, dHidden, dNextCell] = [2, 3, 4].map((seed) => sequence(count * n, seed)) as [
            Float32Array,
            Float32Array,
            Float32Array,
          ];
          const [dGates, dCell] = [new Float64Array(count * 4 * n), new Float64Array(count * n)];
          for (let at = 0; at < count * n; at++) {
            const to = Math.floor(at / n) * 4 * n + (at % n);
            const [i, f] = [sigmoid(gates[to]!), sigmoid(gates[to + n]!)];
            const [g, o] = [Math.tanh(gates[to + 2 * n]!), sigmoid(gates[to + 3 * n]!)];
            const t = Math.tanh(f * cell[at]! + i * g);
            const e = dNextCell[at]! + dHidden[at]! * o * (1 - t * t);
            dCell[at] = e * f;
            dGates[to] = e * g * i * (1 - i);
            dGates[to + n] = e * cell[at]! * f * (1 - f);
            dGates[to + 2 * n] = e * i * (1 - g * g);
            dGates[to + 3 * n] = dHidden[at]! * t * o * (1 - o);
          }
          const initial = [sequence(count * 4 * n, 5), sequence(count * n, 6)] as const;
          const [toGates, toCell] = wanted(2)[(turn + n) % 3] as [boolean, boolean];
          const name = `${count} × ${n}, limit ${limit}, ${toGates}, ${toCell}`;
          const [w, s] = [4 * n + margin, n + margin];
          const results = memory.run(
            name,
            [
              buffer(gates, 4 * n, margin),
              buffer(cell, n, margin),
              buffer(dHidden, n, margin),
              buffer(dNextCell, n, margin),
              output(initial[0], 4 * n, margin, toGates),
              output(initial[1], n, margin, toCell),
            ],
            (a, b, c, d, e, f) =>
              training.lstmGatesGradient(
                ...([a!, w, b!, s, c!, s, d!, s, toGates ? e! : 0, w, toCell ? f! : 0, s, count, n] as const),
              ),
          );
          let index = 0;
          if (toGates) {
            const got = withoutMargin(results[index++]!, 4 * n, margin);
            expectAdded(got, initial[0], dGates, `${name}, gates`, 2e-6, 1);
          }
          if (toCell) {
            const got = withoutMargin(results[index]!, n, margin);
            expectAdded(got, initial[1], dCell, `${name}, cell`, 2e-6, 1);
          }
        }
      }
    }
  });

  it('gruGatesGradient adds the gradients of input, hidden and state', async () => {
    const memory = await GuardedTraining.create(build, 2);
    const training = memory.exports;
    for (const n of widths) {
      for (const count of rowCounts) {
        for (const [turn, limit] of limits.entries()) {
          const margin = (n + count) % 3;
          const [input, hidden] = [1, 2].map((seed) =>
            sequence(count * 3 * n, seed).map((x) => x * limit),
          ) as [Float32Array, Float32Array];
          const [state, dy] = [sequence(count * n, 3), sequence(count * n, 4)] as const;
          const exact = [
            new Float64Array(count * 3 * n),
            new Float64Array(count * 3 * n),
            new Float64Array(count * n),
          ] as const;
          for (let at = 0; at < count * n; at++) {
            const to = Math.floor(at / n) * 3 * n + (at % n);
            const r = sigmoid(input[to]! + hidden[to]!);
            const z = sigmoid(input[to + n]! + hidden[to + n]!);
            const hn = hidden[to + 2 * n]!;
            const m = Math.tanh(input[to + 2 * n]! + r * hn);
            const p = dy[at]! * (1 - z) * (1 - m * m);
            for (const gradient of [exact[0], exact[1]]) {
              gradient[to] = p * hn * r * (1 - r);
              gradient[to + n] = dy[at]! * (state[at]! - m) * z * (1 - z);
            }
            exact[0][to + 2 * n] = p;
            exact[1][to + 2 * n] = p * r;
            exact[2][at] = dy[at]! * z;
          }
          const initial = exact.map(({ length }, i) => sequence(length, 5 + i));
          const outputs = wanted(3)[(turn + n) % 4]!;
          const sizes = [3 * n, 3 * n, n];
          const name = `${count} × ${n}, limit ${limit}, ${outputs}`;
          const [w, s] = [3 * n + margin, n + margin];
          const results = memory.run(
            name,
            [
              buffer(input, 3 * n, margin),
              buffer(hidden, 3 * n, margin),
              buffer(state, n, margin),
              buffer(dy, n, margin),
              ...initial.map((x, i) => output(x, sizes[i]!, margin, outputs[i]!)),
            ],
            (...addresses) => {
              const [a, b, c, d, ...to] = addresses as [number, number, number, number, ...number[]];
              const [e, f, g] = to.map((address, i) => (outputs[i] ? address : 0)) as [
                number,
                number,
                number,
              ];
              training.gruGatesGradient(a, w, b, w, c, s, d, s, e, w, f, w, g, s, count, n);
            },
          );
          let index = 0;
          for (const [i, gradient] of exact.entries()) {
            if (!outputs[i]) continue;
            const got = withoutMargin(results[index++]!, sizes[i]!, margin);
            // With inputs of 10⁴ a rounding error of the gate's input changes the gate.
            const tolerance = limit > 100 ? 1e-3 : 5e-6;
            expectAdded(got, initial[i]!, gradient, `${name}, gradient ${i}`, tolerance, 1);
          }
        }
      }
    }
  });
});
