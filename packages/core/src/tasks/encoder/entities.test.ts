import { describe, expect, it } from 'vitest';
import { type Aggregation, groupEntities, type LabelledToken } from './entities.ts';

const labels = ['O', 'B-PER', 'I-PER', 'LOC'];

/** Tokens of a text with a label and its score each; the remaining probability belongs to O. */
function tokensOf(text: string, parts: readonly (readonly [part: string, label: string, score: number])[]) {
  let at = 0;
  return parts.map(([part, label, score], index): LabelledToken => {
    const start = text.indexOf(part, at);
    at = start + part.length;
    const scores = labels.map((name) => (name === label ? score : name === 'O' ? 1 - score : 0));
    return { index, token: part, start, end: at, label, score, scores };
  });
}

const show = (text: string, tokens: LabelledToken[], aggregation: Aggregation) =>
  groupEntities(text, tokens, labels, aggregation).map((entity) => `${entity.label}:${entity.text}`);

describe('groupEntities', () => {
  it('starts a new entity at B- and at a different label', () => {
    const text = 'Ann Bo met Cy in Rome Paris';
    const tokens = tokensOf(text, [
      ['Ann', 'B-PER', 0.9],
      ['Bo', 'I-PER', 0.7],
      ['met', 'O', 1],
      ['Cy', 'I-PER', 0.9],
      ['in', 'O', 1],
      ['Rome', 'LOC', 0.8],
      ['Paris', 'LOC', 0.8],
    ]);
    expect(show(text, tokens, 'simple')).toEqual(['PER:Ann Bo', 'O:met', 'PER:Cy', 'O:in', 'LOC:Rome Paris']);
    expect(groupEntities(text, tokens, labels, 'simple')[0]!.score).toBeCloseTo(0.8, 9);
    const next = tokens.with(1, { ...tokens[1]!, label: 'B-PER' });
    expect(show(text, next, 'simple').slice(0, 2)).toEqual(['PER:Ann', 'PER:Bo']);
  });

  it('keeps words whole with first, average and max', () => {
    const text = 'Anna-Lena';
    const tokens = tokensOf(text, [
      ['An', 'B-PER', 0.6],
      ['na', 'LOC', 0.9],
      ['-', 'O', 1],
      ['Le', 'O', 0.4],
      ['na', 'LOC', 0.8],
    ]);
    expect(show(text, tokens, 'simple')).toEqual(['PER:An', 'LOC:na', 'O:-Le', 'LOC:na']);
    expect(show(text, tokens, 'first')).toEqual(['PER:Anna', 'O:-Lena']);
    expect(show(text, tokens, 'max')).toEqual(['LOC:Anna', 'O:-', 'LOC:Lena']);
    expect(show(text, tokens, 'average')).toEqual(['LOC:Anna', 'O:-', 'LOC:Lena']);
    const unsure = tokens.with(4, { ...tokens[4]!, score: 0.5, scores: [0.5, 0, 0, 0.5] });
    expect(show(text, unsure, 'average')).toEqual(['LOC:Anna', 'O:-Lena']);
  });

  it('returns none for no tokens', () => {
    expect(show('', [], 'average')).toEqual([]);
  });
});
