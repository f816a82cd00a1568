import type { Word } from '../../lib/words.ts';
import { formatPercent } from './format.ts';
import type { LearnMessages } from './messages.ts';

/** What a reader sees first in a row of weights: `사랑해: love 94 %, you 5 %`. */
export function describeRow(
  t: LearnMessages,
  word: string,
  names: readonly string[],
  weights: ArrayLike<number>,
  most = 3,
): string {
  const parts = names
    .map((name, i) => ({ name, weight: weights[i] ?? 0 }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, most)
    .filter(({ weight }) => weight >= 0.01)
    .map(({ name, weight }) => t.part(name, formatPercent(weight)));
  return t.row(word, parts.join(', '));
}

/** The rows of an alignment that are shown: of the focused word, or of all. */
export function describeAlignment(
  t: LearnMessages,
  source: readonly Word[],
  target: readonly Word[],
  weights: readonly (readonly number[])[] | undefined,
  focus: number | undefined,
): string {
  if (!weights) return '';
  const names = source.map(({ text, end }) => (end ? t.end : text));
  return target
    .map(({ text }, i) => describeRow(t, text, names, weights[i] ?? [], focus === undefined ? 1 : 3))
    .filter((_, i) => focus === undefined || focus === i)
    .join('. ');
}
