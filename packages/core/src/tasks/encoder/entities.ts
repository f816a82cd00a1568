/**
 * How labelled tokens are grouped into entities, as `aggregation_strategy` of Hugging Face's pipeline:
 * - `none`: every token is an entity;
 * - `simple`: adjacent tokens with the same label, or `B-…` followed by `I-…`, are one entity;
 * - `first`, `average`, `max`: as `simple`, after all tokens of a word have got one label: that of its first token, of the mean of its
 *   tokens' scores, or of the token with the highest score. So no entity begins or ends within a word.
 */
export type Aggregation = 'none' | 'simple' | 'first' | 'average' | 'max';

/** A token with its scores by label, and its best label. */
export interface LabelledToken {
  readonly index: number;
  readonly token: string;
  readonly start: number;
  readonly end: number;
  readonly scores: readonly number[];
  readonly label: string;
  readonly score: number;
}

/** A labelled span of a text. */
export interface Entity {
  /** Without `B-` and `I-`, except with `none`. */
  readonly label: string;
  /** Mean probability of its tokens or words. */
  readonly score: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export function groupEntities(
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
      : groupWords(text, tokens).map((word) => labelWord(word, labels, aggregation));
  const groups: LabelledToken[][] = [];
  for (const part of parts) {
    const last = groups.at(-1)?.at(-1);
    const { tag, begins } = parseLabel(part.label);
    // A different label or `B-` starts a new entity.
    if (last && parseLabel(last.label).tag === tag && !begins) groups.at(-1)!.push(part);
    else groups.push([part]);
  }
  return groups.map((group) => {
    const [start, end] = [group[0]!.start, group.at(-1)!.end];
    const score = group.reduce((sum, part) => sum + part.score, 0) / group.length;
    return { label: parseLabel(group[0]!.label).tag, score, start, end, text: text.slice(start, end) };
  });
}

/** Splits `B-PER` (first token) and `I-PER` (later tokens) into tag and position; other labels are tags. */
function parseLabel(label: string): { tag: string; begins: boolean } {
  const [, position, tag] = /^([BI])-(.+)$/.exec(label) ?? [];
  return { tag: tag ?? label, begins: position === 'B' };
}

/** Groups adjacent tokens of letters and digits into words; other tokens are words of their own, so that `New-York` is three words. */
function groupWords(text: string, tokens: readonly LabelledToken[]): LabelledToken[][] {
  const words: LabelledToken[][] = [];
  const isWord = ({ start, end }: LabelledToken) => /^[\p{L}\p{M}\p{N}]+$/u.test(text.slice(start, end));
  for (const token of tokens) {
    const last = words.at(-1)?.at(-1);
    if (last && token.start <= last.end && isWord(last) && isWord(token)) words.at(-1)!.push(token);
    else words.push([token]);
  }
  return words;
}

function labelWord(
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
  const score = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  return { ...whole, scores, label: labels[scores.indexOf(score)]!, score };
}
