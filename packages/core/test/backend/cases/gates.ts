import { type ActivationName, activationCodes } from '@headwise/kernel';
import { operations } from '../../operations/index.ts';
import { type Case, callOperation, operationCase, testCase } from '../lib/case.ts';
import { ONE_OPERATION } from '../lib/compare.ts';
import { EXTREMES } from './elementwise.ts';

const { gate } = operations;
const activations = Object.keys(activationCodes) as ActivationName[];

/**
 * Each extreme value paired with ordinary ones, in either half, in whole vectors and in a tail. Pairs of two extremes are left out: their
 * results, such as 0 · e^1000, are not representable in float32.
 */
function gateExtremes(activation: ActivationName): Case[] {
  const ordinary = [1, -1, 2, NaN];
  const pairs = EXTREMES.flatMap((x) => ordinary.flatMap((y) => [[x, y] as const, [y, x] as const]));
  return [1, 3, 4, 5].map((width) =>
    testCase('gate', { activation, of: 'extremes', width, seed: 0 }, ONE_OPERATION, (inputs, p) => {
      const rows = Math.ceil(pairs.length / width);
      const x = new Float32Array(rows * 2 * width);
      for (const [i, [left, right]] of pairs.entries()) {
        const at = Math.floor(i / width) * 2 * width + (i % width);
        x[at] = left;
        x[at + width] = right;
      }
      return callOperation(inputs, gate, { rows, ...p }, { x });
    }),
  );
}

const widths = [...Array.from({ length: 36 }, (_, n) => n), 63, 64, 65, 127, 256, 1031];

export const gateCases = {
  'gate: every length': widths.flatMap((width, seed) =>
    [false, true].flatMap((strided) =>
      [0, 3].map((offset) =>
        operationCase(gate, {
          rows: (seed + offset) % 4,
          width,
          activation: activations[(seed + offset) % activations.length]!,
          strided,
          seed,
        }),
      ),
    ),
  ),
  'gate: every function on pairs of extreme values': activations.flatMap(gateExtremes),
};
