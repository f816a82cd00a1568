/**
 * How tokens with labels become entities:
 * - `none`: every token is one;
 * - `simple`: neighbouring tokens of one label are one, as are `B-…` and the `I-…` after it;
 * - `first`, `average`, `max`: all tokens of a word first get one label (that of its first token, of the mean of their scores, of the
 *   token with the highest score), so that no entity begins or ends within a word; then as `simple`.
 */
export type Aggregation = 'none' | 'simple' | 'first' | 'average' | 'max';

/** A token, its scores by label, and the best of them. */
export interface LabelledToken {
  readonly index: number;
  readonly token: string;
  readonly start: number;
  readonly end: number;
  readonly scores: readonly number[];
  readonly label: string;
  readonly score: number;
}

/** A part of a text and its label. */
export interface Entity {
  /** Without `B-` and `I-`, unless tokens are not gathered. */
  readonly label: string;
  /** The mean probability of its tokens, or words. */
  readonly score: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export function gatherEntities(
  text: string,
  tokens: readonly LabelledToken[],
  labels: readonly string[],
  aggregation: Aggregation,
): Entity[] {
  if (aggregation === 'none') {
    return tokens.map(({ label, score, start, end }) => ({
      label,
      score,
      start,
      end,
      text: text.slice(start, end),
    }));
  }
  const parts =
    aggregation === 'simple'
      ? tokens
      : wordsOf(text, tokens).map((word) => oneLabel(word, labels, aggregation));
  const groups: LabelledToken[][] = [];
  for (const part of parts) {
    const last = groups.at(-1)?.at(-1);
    const { tag, begins } = split(part.label);
    // After another label, or where the label says that a new one begins, there is a new entity.
    if (last && split(last.label).tag === tag && !begins) groups.at(-1)!.push(part);
    else groups.push([part]);
  }
  return groups.map((group) => {
    const [start, end] = [group[0]!.start, group.at(-1)!.end];
    const score = group.reduce((sum, part) => sum + part.score, 0) / group.length;
    return { label: split(group[0]!.label).tag, score, start, end, text: text.slice(start, end) };
  });
}

/** `B-PER` begins a person, `I-PER` goes on with one; other schemes know no beginnings. */
function split(label: string): { tag: string; begins: boolean } {
  const [, position, tag] = /^([BI])-(.+)$/.exec(label) ?? [];
  return { tag: tag ?? label, begins: position === 'B' };
}

/** Tokens that touch make a word, unless what is between them is no letter or digit: `New-York` is three. */
function wordsOf(text: string, tokens: readonly LabelledToken[]): LabelledToken[][] {
  const words: LabelledToken[][] = [];
  const isWord = ({ start, end }: LabelledToken) => /^[\p{L}\p{M}\p{N}]+$/u.test(text.slice(start, end));
  for (const token of tokens) {
    const last = words.at(-1)?.at(-1);
    if (last && token.start <= last.end && isWord(last) && isWord(token)) words.at(-1)!.push(token);
    else words.push([token]);
  }
  return words;
}

function oneLabel(
  word: readonly LabelledToken[],
  labels: readonly string[],
  aggregation: 'first' | 'average' | 'max',
): LabelledToken {
  const first = word[0]!;
  const whole = { ...first, end: word.at(-1)!.end };
  if (aggregation === 'first') return whole;
  if (aggregation === 'max') {
    const best = word.reduce((a, b) => (b.score > a.score ? b : a));
    return { ...whole, scores: best.scores, label: best.label, score: best.score };
  }
  const scores = labels.map((_, i) => word.reduce((sum, token) => sum + token.scores[i]!, 0) / word.length);
  const score = Math.max(...scores);
  return { ...whole, scores, label: labels[scores.indexOf(score)]!, score };
}
