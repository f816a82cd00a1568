import { type ActivationName, activationCodes } from '@headwise/kernel';
import { type Case, testCase } from '../lib/case.ts';
import { ONE_OPERATION } from '../lib/compare.ts';
import { EXTREMES } from './elementwise.ts';

const activations = Object.keys(activationCodes) as ActivationName[];

interface GateParameters {
  readonly rows: number;
  readonly width: number;
  readonly activation: ActivationName;
  readonly strided: boolean;
  readonly seed: number;
}

function gate(parameters: GateParameters): Case {
  return testCase('gate', parameters, ONE_OPERATION, (inputs, { rows, width, activation, strided }) => {
    const x = inputs.matrix(inputs.random.values(rows * 2 * width, 6), rows, 2 * width, strided);
    return [inputs.backend.read(inputs.backend.gate(x, activation))];
  });
}

/**
 * Each extreme with ordinary values, on either side, in whole vectors and in a tail. Two of them together would say what becomes of
 * results that float32 does not hold, such as 0 · e^1000.
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
      return [inputs.backend.read(inputs.backend.gate(inputs.tensor(x, [rows, 2 * width]), p.activation))];
    }),
  );
}

const widths = [...Array.from({ length: 36 }, (_, n) => n), 63, 64, 65, 127, 256, 1031];

export const gateCases = {
  'gate: every length': widths.flatMap((width, seed) =>
    [false, true].flatMap((strided) =>
      [0, 3].map((turn) =>
        gate({
          rows: (seed + turn) % 4,
          width,
          activation: activations[(seed + turn) % activations.length]!,
          strided,
          seed,
        }),
      ),
    ),
  ),
  'gate: every function on pairs of extreme values': activations.flatMap(gateExtremes),
};
