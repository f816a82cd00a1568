import type { MovedToken } from '../../engine/jobs/learn-positions.ts';

/** A word in two orders: its place in each, counted from 1, and the cosines of its vectors (of several tokens, their mean). */
export interface MovedWord {
  readonly word: string;
  readonly from: number;
  readonly to: number;
  readonly withPositions: number;
  readonly withoutPositions: number;
}

const isPart = (token: string): boolean => token.startsWith('##');
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The words of tokens as BERT has them: without [CLS] and [SEP], parts of words (`##s`) joined to what stands before them. */
export function wordsMoved(tokens: readonly MovedToken[]): MovedWord[] {
  const words: MovedToken[][] = [];
  for (const token of tokens) {
    if (token.token === '[CLS]' || token.token === '[SEP]') continue;
    if (isPart(token.token) && words.length > 0) words.at(-1)?.push(token);
    else words.push([token]);
  }
  const first = (parts: readonly MovedToken[]): number => parts[0]?.to ?? 0;
  return words.map((parts, i) => ({
    word: parts.map(({ token }) => token.replace(/^##/, '')).join(''),
    from: i + 1,
    to: words.filter((other) => first(other) <= first(parts)).length,
    withPositions: mean(parts.map(({ withPositions }) => withPositions)),
    withoutPositions: mean(parts.map(({ withoutPositions }) => withoutPositions)),
  }));
}
