import { describe, expect, it } from 'vitest';
import { createBackend } from '../../src/index.ts';
import { GradientView } from '../../src/train/gradients/view.ts';
import type { AdamStep, SGDStep } from '../../src/train/optimizers/updates.ts';
import { trainingSupport } from '../../src/train/training-support.ts';
import { expectSameGradients } from '../helpers/gradient-rules.ts';
import { ACTIVATIONS, randomValues } from '../helpers/gradients.ts';

/** Sizes [rows, in, out]: below, at and above the tiles, and sums of several blocks. */
const layers = [
  [0, 4, 4],
  [1, 1, 1],
  [3, 5, 7],
  [6, 8, 12],
  [13, 17, 11],
  [300, 9, 14],
  [7, 130, 270],
] as const;

describe('rules of the kernel have the gradients of the rules in TypeScript', () => {
  for (const [rows, inFeatures, outFeatures] of layers) {
    for (const gap of [0, 3]) {
      it(`linear, [${rows}, ${inFeatures}] → ${outFeatures}, ${gap} values between rows`, () =>
        expectSameGradients((args) => {
          const x = args.saved(rows, inFeatures, { gap });
          const weight = args.parameter(outFeatures * inFeatures);
          const dy = args.view(rows, outFeatures, gap);
          const dx = args.view(rows, inFeatures, gap);
          const dWeight = args.view(outFeatures, inFeatures);
          const dBias = args.view(1, outFeatures);
          args.rules.linear({ x, weight, dy, dx, dWeight, dBias });
          args.rules.linear({ x, weight, dy, dx: undefined, dWeight, dBias: undefined });
          args.rules.linear({ x, weight, dy, dx, dWeight: undefined, dBias });
          return [dx, dWeight, dBias, dy];
        }));
    }
  }

  for (const [rows, width] of [
    [0, 3],
    [1, 1],
    [3, 7],
    [5, 64],
  ] as const) {
    for (const gap of [0, 3]) {
      const sizes = `[${rows}, ${width}], ${gap} values between rows`;
      it.each(ACTIVATIONS)(`activate and gate, ${sizes}, %s`, (activation) =>
        expectSameGradients((args) => {
          const [dy, dx] = [args.view(rows, width, gap), args.view(rows, width, gap)];
          args.rules.activate({ x: args.saved(rows, width, { gap, scale: 4 }), activation, dy, dx });
          const dGate = args.view(rows, 2 * width, gap);
          const x = args.saved(rows, 2 * width, { gap, scale: 4 });
          args.rules.gate({ x, activation, dy, dx: dGate });
          return [dx, dGate, dy];
        }),
      );
      it(`add and move, ${sizes}`, () =>
        expectSameGradients((args) => {
          const [from, to, other] = [1, 2, 3].map(() => args.view(rows, width, gap));
          args.rules.add(from!, to!, -0.7);
          args.rules.move(to!, other!);
          args.rules.move(from!, undefined);
          return [from!, to!, other!];
        }));
      it(`layerNorm and rmsNorm, ${sizes}`, () =>
        expectSameGradients((args) => {
          const [x, gain] = [args.saved(rows, width, { gap, scale: 3 }), args.savedVector(width)];
          const dy = args.view(rows, width, gap);
          const [dx, dGain, dBias] = [args.view(rows, width, gap), args.view(1, width), args.view(1, width)];
          const epsilon = 1e-2;
          args.rules.layerNorm({ x, gain, epsilon, dy, dx, dGain, dBias });
          args.rules.layerNorm({ x, gain, epsilon, dy, dx, dGain: undefined, dBias: undefined });
          args.rules.rmsNorm({ x, gain, epsilon, dy, dx: undefined, dGain });
          args.rules.rmsNorm({ x, gain, epsilon, dy, dx, dGain: undefined });
          return [dx, dGain, dBias, dy];
        }));
    }
  }

  it.each([
    [0, 1],
    [1, 0],
    [0, 6],
  ])('move between overlapping columns, from %i to %i', (first, second) =>
    expectSameGradients((args) => {
      const whole = args.view(4, 9);
      const part = (from: number) => new GradientView(whole.buffer, from, whole.stride, 4, 3);
      args.rules.move(part(first), part(second));
      return [whole];
    }),
  );
});

describe('optimizer steps of the kernel', () => {
  const size = 37;
  const adam: AdamStep = {
    stepSize: 0.01,
    correction: 0.1,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0.1,
    shrink: 0.99,
  };
  const sgd: SGDStep = {
    learningRate: 0.1,
    momentum: 0.9,
    dampening: 0,
    nesterov: true,
    weightDecay: 0.1,
    isFirst: false,
  };

  it('have the values of the steps in TypeScript', async () => {
    const run = async (name: 'reference' | 'wasm-simd' | 'wasm-relaxed-simd') => {
      const { memory, updates } = await trainingSupport(await createBackend(name));
      const [values, gradient, first, second, velocity] = [1, 2, 3, 4, 5].map((seed) => {
        const buffer = memory.allocate(size);
        buffer.data.set(randomValues(size, seed).map((value) => (seed === 4 ? Math.abs(value) : value)));
        return buffer;
      });
      updates.adam(values!, gradient!, first!, second!, adam);
      updates.sgd(values!, gradient!, velocity!, sgd);
      updates.sgd(values!, gradient!, velocity!, { ...sgd, isFirst: true, nesterov: false });
      updates.sgd(values!, gradient!, undefined, { ...sgd, momentum: 0 });
      updates.scale(velocity!, 0.3);
      const all = [values!, gradient!, first!, second!, velocity!];
      return { arrays: all.map(({ data }) => [...data]), squares: updates.sumOfSquares(values!) };
    };
    const expected = await run('reference');
    for (const name of ['wasm-simd', 'wasm-relaxed-simd'] as const) {
      const got = await run(name);
      expect(Math.abs(got.squares / expected.squares - 1)).toBeLessThan(1e-6);
      for (const [i, array] of expected.arrays.entries()) {
        for (const [j, value] of array.entries()) {
          expect(Math.abs(got.arrays[i]![j]! - value), name).toBeLessThanOrEqual(2e-7);
        }
      }
    }
  });
});
