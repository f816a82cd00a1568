import { operations } from '../../operations/index.ts';
import { type Case, operationCase } from '../lib/case.ts';

/** Every number of pairs, with and without head features that are not rotated. */
function everySize(layout: 'half' | 'interleaved'): Case[] {
  return Array.from({ length: 36 }, (_, pairs) => pairs).flatMap((pairs) =>
    [0, 1, 6].map((unrotated) =>
      operationCase(operations.rotary, {
        rows: (pairs + unrotated) % 4,
        heads: 1 + (pairs % 3),
        headDim: Math.max(1, 2 * pairs + unrotated),
        pairs,
        layout,
        positions: 9,
        strided: unrotated === 1,
        seed: pairs,
      }),
    ),
  );
}

export const rotaryCases = {
  'rotary: half': everySize('half'),
  'rotary: interleaved': everySize('interleaved'),
};
