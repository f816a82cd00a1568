import { type Case, testCase } from '../lib/case.ts';
import { ONE_OPERATION } from '../lib/compare.ts';

interface RotaryParameters {
  readonly rows: number;
  readonly heads: number;
  readonly headDim: number;
  /** Pairs of features that are turned in each head. */
  readonly pairs: number;
  readonly layout: 'half' | 'interleaved';
  readonly strided: boolean;
  readonly seed: number;
}

function rotary(parameters: RotaryParameters): Case {
  return testCase('rotary', parameters, ONE_OPERATION, (inputs, p) => {
    const { backend, random } = inputs;
    const known = 9;
    const x = inputs.matrix(
      random.values(p.rows * p.heads * p.headDim, 3),
      p.rows,
      p.heads * p.headDim,
      p.strided,
    );
    const table = inputs.constant(random.values(known * 2 * p.pairs), [known, 2 * p.pairs]);
    const positions = Int32Array.from({ length: p.rows }, () => random.integer(0, known - 1));
    return [backend.read(backend.rotary(x, table, positions, { heads: p.heads, layout: p.layout }))];
  });
}

/** Every number of pairs, all of a head's features or with some left over. */
function everySize(layout: 'half' | 'interleaved'): Case[] {
  return Array.from({ length: 36 }, (_, pairs) => pairs).flatMap((pairs) =>
    [0, 1, 6].map((more) =>
      rotary({
        rows: (pairs + more) % 4,
        heads: 1 + (pairs % 3),
        headDim: Math.max(1, 2 * pairs + more),
        pairs,
        layout,
        strided: more === 1,
        seed: pairs,
      }),
    ),
  );
}

export const rotaryCases = {
  'rotary: half': everySize('half'),
  'rotary: interleaved': everySize('interleaved'),
};
