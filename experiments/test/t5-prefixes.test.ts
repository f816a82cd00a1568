import { expect, test } from 'vitest';
import type { TaskPair } from '../src/data/grammar/index.ts';
import { isKorean, prefixUses, probesOf } from '../src/experiments/t5-prefixes/prefixes.ts';
import { exactOf, mixed } from '../src/experiments/t5-prefixes/run.ts';
import { withoutPrefix } from '../src/experiments/t5-prefixes/train.ts';

const pairs: readonly TaskPair[] = [
  { task: 'translate English to Korean', source: 'translate English to Korean: I run', target: '나는 달려' },
  { task: 'translate Korean to English', source: 'translate Korean to English: 나는 운다', target: 'I cry' },
  { task: 'past', source: 'past: I run', target: 'I ran' },
];

test('probesOf puts every prefix before the sentences of both languages when there are translations', () => {
  const probes = probesOf(pairs, 5);
  // Seven tasks, no prefix, and two that no model has seen.
  expect(probes).toHaveLength(20);
  expect(probes.slice(0, 2).map(({ source, language }) => [source, language])).toEqual([
    ['translate English to Korean: I run', 'en'],
    ['translate English to Korean: 나는 운다', 'ko'],
  ]);
  expect(probes.filter(({ prefix }) => prefix === '').map(({ source }) => source)).toEqual([
    'I run',
    '나는 운다',
  ]);
});

test('prefixUses counts languages, copies and translations when outputs are given', () => {
  const sentence = { prefix: 'past', language: 'en', source: '' } as const;
  const probes = ['I run', 'I cry', 'I see', 'I go'].map((text) => ({
    ...sentence,
    sentence: text,
    translation: '나는 달려',
  }));
  expect(prefixUses(probes, ['나는 달려', 'I cry', '나는 봐', '나는 go'])).toEqual([
    {
      prefix: 'past',
      language: 'en',
      count: 4,
      korean: 0.5,
      copies: 0.25,
      translations: 0.25,
      example: { sentence: 'I run', output: '나는 달려' },
    },
  ]);
});

test.each([
  ['나는 달려?', true],
  ['I run', false],
  ['나는 run', false],
  ['', false],
])('isKorean of %j is %s', (text, expected) => {
  expect(isKorean(text)).toBe(expected);
});

test('mixed repeats the few when the others are more', () => {
  expect(mixed(['a', 'b'], ['c', 'd', 'e'])).toEqual(['c', 'd', 'e', 'a', 'b', 'a']);
});

test('exactOf is the fraction of equal outputs when some pairs are selected', () => {
  const outputs = ['나는 달려', 'I run', 'I ran'];
  expect(exactOf(pairs, outputs)).toBeCloseTo(2 / 3);
  expect(exactOf(pairs, outputs, ({ task }) => task === 'past')).toBe(1);
});

test('withoutPrefix leaves the sentences of one task when pairs of several are given', () => {
  expect(withoutPrefix(pairs, 'past')).toEqual([{ source: 'I run', target: 'I ran' }]);
});
