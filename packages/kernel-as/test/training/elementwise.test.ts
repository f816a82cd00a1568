import { describe, expect, it } from 'vitest';
import { type ActivationName, activationCodes } from '../../src/index.ts';
import { activationDerivatives } from '../helpers/derivatives.ts';
import * as exact from '../helpers/exact.ts';
import { at, expectWithin, GuardedTraining, matrix, output, U } from '../helpers/training.ts';
import { everyFloat, ulpError } from '../helpers/ulp.ts';

const builds = ['simd', 'relaxed-simd'] as const;
const widths = [...Array.from({ length: 21 }, (_, n) => n), 31, 32, 33, 67];
const names = Object.keys(activationCodes) as ActivationName[];

const functions: Readonly<Record<ActivationName, (x: number) => number>> = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  gelu: exact.gelu,
  geluTanh: exact.geluTanh,
  silu: exact.silu,
  tanh: Math.tanh,
  sigmoid: exact.sigmoid,
  exp: Math.exp,
};

/** Stated in assembly/training/activation.ts: the error is at most `absolute` · 2⁻²⁴, or `ulps` units in the last place. */
const bounds: Readonly<Record<ActivationName, { absolute?: number; ulps?: number }>> = {
  none: { ulps: 0 },
  relu: { ulps: 0 },
  gelu: { absolute: 4 },
  geluTanh: { absolute: 6 },
  silu: { absolute: 3 },
  tanh: { ulps: 5 },
  sigmoid: { ulps: 5 },
  exp: { ulps: 1 },
};

describe.each(builds)('elementwise gradients access only their arguments (%s)', (build) => {
  it('activateGradient', async () => {
    const training = await GuardedTraining.create(build);
    for (const n of widths) {
      for (const rows of [0, 1, 3]) {
        const name = names[(n + rows) % names.length]!;
        const x = matrix(rows, n, { extra: n % 3, scale: 4 });
        const dy = matrix(rows, n, { extra: n % 2, seed: 2 });
        const dx = output(matrix(rows, n, { extra: (n + 1) % 3, seed: 3 }));
        const [got] = training.run(`${name} ${rows} × ${n}`, [x, dy, dx], (p0, p1, p2) =>
          training.exports.activateGradient(
            p0!,
            x.stride,
            p1!,
            dy.stride,
            p2!,
            dx.stride,
            rows,
            n,
            activationCodes[name],
          ),
        );
        expectWithin(`${name} ${rows} × ${n}`, got!, dx, (r, i) => {
          const value = at(dx, r, i) + activationDerivatives[name](at(x, r, i)) * at(dy, r, i);
          const size = Math.exp(Math.max(0, name === 'exp' ? at(x, r, i) : 0)) + 1;
          return { value, bound: 10 * U * size };
        });
      }
    }
  });

  it('gateGradient', async () => {
    const training = await GuardedTraining.create(build);
    for (const n of widths) {
      for (const rows of [0, 1, 3]) {
        const name = names[(n + rows) % names.length]!;
        const x = matrix(rows, 2 * n, { extra: n % 3, scale: 4 });
        const dy = matrix(rows, n, { extra: n % 2, seed: 2 });
        const dx = output(matrix(rows, 2 * n, { extra: (n + 1) % 3, seed: 3 }));
        const [got] = training.run(`${name} ${rows} × ${n}`, [x, dy, dx], (p0, p1, p2) =>
          training.exports.gateGradient(
            p0!,
            x.stride,
            p1!,
            dy.stride,
            p2!,
            dx.stride,
            rows,
            n,
            activationCodes[name],
          ),
        );
        expectWithin(`${name} ${rows} × ${n}`, got!, dx, (r, i) => {
          const [a, b, g] = [at(x, r, i % n), at(x, r, n + (i % n)), at(dy, r, i % n)];
          const gradient = i < n ? activationDerivatives[name](a) * b * g : functions[name](a) * g;
          const size = Math.exp(Math.max(0, name === 'exp' ? a : 0)) + 1;
          return { value: at(dx, r, i) + gradient, bound: 40 * U * size };
        });
      }
    }
  });

  it('addScaled, also of a matrix to itself', async () => {
    const training = await GuardedTraining.create(build);
    for (const n of widths) {
      for (const rows of [0, 1, 3]) {
        const from = matrix(rows, n, { extra: n % 3 });
        const to = output(matrix(rows, n, { extra: n % 2, seed: 2 }));
        const [got] = training.run(`${rows} × ${n}`, [from, to], (p0, p1) =>
          training.exports.addScaled(p0!, from.stride, p1!, to.stride, rows, n, -1.5),
        );
        expectWithin(`${rows} × ${n}`, got!, to, (r, i) => ({
          value: at(to, r, i) - 1.5 * at(from, r, i),
          bound: 4 * U,
        }));
        const [own] = training.run(`${rows} × ${n} in place`, [to], (p0) =>
          training.exports.addScaled(p0!, to.stride, p0!, to.stride, rows, n, 1),
        );
        expectWithin(`${rows} × ${n} in place`, own!, to, (r, i) => ({ value: 2 * at(to, r, i), bound: 0 }));
      }
    }
  });

  it('moveRows, to another matrix, to none and within one matrix', async () => {
    const training = await GuardedTraining.create(build);
    const { exports } = training;
    for (const n of widths) {
      for (const rows of [0, 1, 3]) {
        const from = output(matrix(rows, n, { extra: n % 3 }));
        const to = output(matrix(rows, n, { extra: n % 2, seed: 2 }));
        const scratch = { values: rows * n * 4, writes: true };
        for (const buffered of [false, true]) {
          const name = `${rows} × ${n}${buffered ? ' with a buffer' : ''}`;
          const [taken, sum] = training.run(name, [from, to, scratch], (p0, p1, p2) =>
            exports.moveRows(p0!, from.stride, p1!, to.stride, rows, n, buffered ? p2! : 0),
          );
          expectWithin(name, taken!, from, () => ({ value: 0, bound: 0 }));
          expectWithin(name, sum!, to, (r, i) => ({
            value: at(to, r, i) + at(from, r, i),
            bound: U * 2,
          }));
        }
        const [cleared] = training.run(`${rows} × ${n} to none`, [from], (p0) =>
          exports.moveRows(p0!, from.stride, 0, 0, rows, n, 0),
        );
        expectWithin(`${rows} × ${n} to none`, cleared!, from, () => ({ value: 0, bound: 0 }));
        // The columns from 1 on are moved to those from 0 on, in rows of n + 1 values.
        const whole = { ...matrix(rows, n + 1, { seed: 4 }), writes: true };
        const [shifted] = training.run(`${rows} × ${n} overlapping`, [whole, scratch], (p0, p1) =>
          exports.moveRows(p0! + 4, n + 1, p0!, n + 1, rows, n, p1!),
        );
        expectWithin(`${rows} × ${n} overlapping`, shifted!, whole, (r, i) => {
          const kept = i === 0 ? at(whole, r, 0) : 0;
          return { value: kept + (i < n ? at(whole, r, i + 1) : 0), bound: U * 2 };
        });
      }
    }
  });
});

describe.each(builds)('derivatives of activation functions (%s)', (build) => {
  it.each(names)('%s has the stated error', async (name) => {
    const training = await GuardedTraining.create(build);
    const { memory } = training.memory.kernel;
    const derivativeOf = (values: Float32Array) => {
      const [x, dy, dx] = [0, 0, 0].map(() => memory.allocate(values.byteLength)) as [number, number, number];
      memory.setF32(x, values);
      memory.f32(dy, values.length).fill(1);
      memory.f32(dx, values.length).fill(0);
      const n = values.length;
      training.exports.activateGradient(x, n, dy, n, dx, n, 1, n, activationCodes[name]);
      const result = memory.f32(dx, n).slice();
      for (const address of [x, dy, dx]) memory.free(address);
      return result;
    };
    const { absolute, ulps } = bounds[name];
    const limit = name === 'exp' || name === 'tanh' ? 40 : 80;
    for (const sign of [1, -1]) {
      const values = everyFloat(sign * 1e-30, sign * limit, 1009);
      const got = derivativeOf(values);
      let [worst, where] = [0, 0];
      for (const [i, x] of values.entries()) {
        const expected = activationDerivatives[name](x);
        const error =
          absolute === undefined
            ? ulpError(got[i]!, expected) / (ulps! || 1)
            : Math.abs(got[i]! - expected) / (absolute * U);
        if (!(error <= worst)) [worst, where] = [error, x];
      }
      expect(worst, `at ${where}`).toBeLessThanOrEqual(ulps === 0 ? 0 : 1);
    }
    const ends = derivativeOf(Float32Array.of(Infinity, -Infinity, 3e38, -3e38, NaN));
    const limits: Readonly<Record<ActivationName, readonly number[]>> = {
      none: [1, 1, 1, 1, 1],
      relu: [1, 0, 1, 0, 0],
      gelu: [1, 0, 1, 0, NaN],
      geluTanh: [1, 0, 1, 0, NaN],
      silu: [1, 0, 1, 0, NaN],
      tanh: [0, 0, 0, 0, NaN],
      sigmoid: [0, 0, 0, 0, NaN],
      exp: [Infinity, 0, Infinity, 0, NaN],
    };
    expect([...ends].map((value) => value + 0)).toEqual(limits[name]);
  });
});
