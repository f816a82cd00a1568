// What Learn says, chapter by chapter, is true of the models that it runs.
import { expect, test } from 'vitest';
import { context, store } from '../../../test/helpers/models.ts';
import { run as cross } from '../../engine/jobs/learn-cross.ts';
import { run as lengths } from '../../engine/jobs/learn-lengths.ts';
import { run as translate } from '../../engine/jobs/learn-translate.ts';
import { run as readVector } from '../../engine/jobs/learn-vector.ts';
import type { LengthScore } from '../../engine/learn/recurrent.ts';
import { translateDate } from '../../lib/dates.ts';
import { ENGLISH_WORDS, KOREAN_WORDS } from '../../lib/grammar-words.ts';
import { argmax, softmax } from '../../lib/softmax.ts';
import { unknownWords } from '../../lib/unknown-words.ts';
import { lastWord, productsOf, rowOf } from './cross.ts';
import { CROSS_DATE, CURVE, DATES, EXAMPLES, LONG_DATE } from './samples.ts';
import { howRight } from './verdict.ts';

const share = (scores: readonly LengthScore[], fits: (length: number) => boolean): number => {
  const some = scores.filter(({ length }) => fits(length));
  const sum = (what: 'right' | 'count') => some.reduce((total, score) => total + score[what], 0);
  return sum('right') / sum('count');
};

test('Translate: the examples are sentences of the grammar, and I love you is aligned word by word', async () => {
  const translated = async (model: 'grammar-en-ko' | 'grammar-ko-en', text: string) =>
    (await translate(store, { model, text }, context)).text;
  expect(await translated('grammar-en-ko', 'I love you')).toBe('나는 너를 사랑해');
  expect(await translated('grammar-ko-en', '나는 너를 사랑해')).toBe('I love you');
  expect(await translated('grammar-en-ko', 'I drank coffee')).toBe('나는 커피를 마셨어');
  expect(await translated('grammar-ko-en', '나는 사과를 먹는다')).toBe('I eat an apple');
  for (const text of EXAMPLES.en) expect(unknownWords(text, ENGLISH_WORDS)).toEqual([]);
  for (const text of EXAMPLES.ko) expect(unknownWords(text, KOREAN_WORDS)).toEqual([]);
  const { source, target, weights } = await translate(
    store,
    { model: 'grammar-en-ko', text: 'I love you' },
    context,
  );
  const read = target.map(({ text }, i) => [text, source[argmax(weights?.[i] ?? [])]?.text]);
  expect(read).toEqual([
    ['나는', 'I'],
    ['너를', 'you'],
    ['사랑해', 'love'],
  ]);
  for (const row of weights ?? []) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
});

test('1: 156 numbers hold a short date; of the long one only the beginning comes out right', async () => {
  const read = await readVector(store, { text: LONG_DATE }, context);
  expect(read.size).toBe(156);
  expect(read.tokens).toHaveLength(16);
  expect(read.states).toHaveLength(16 * 156);
  const expected = translateDate(LONG_DATE) ?? '';
  expect(expected).toBe('1987년 7월 4일 토요일 오전 6:41');
  expect(howRight(read.translation.text, expected)).toBe('start');
  const short = await readVector(store, { text: DATES[1] }, context);
  expect(short.translation.text).toBe(translateDate(DATES[1]));
});

test('1, 2: by length, one vector breaks between 11 and 16 tokens, and attention holds', async () => {
  const seen: number[] = [];
  const fixed = await lengths(
    store,
    { model: 'dates-fixed', ...CURVE },
    { ...context, progress: (scores) => seen.push(scores.length) },
  );
  expect(seen.length).toBeGreaterThan(5);
  expect(share(fixed, (length) => length <= 11)).toBeGreaterThan(0.7);
  expect(share(fixed, (length) => length >= 16)).toBeLessThan(0.05);
  const attention = await lengths(store, { model: 'dates-attention', ...CURVE }, context);
  expect(share(attention, () => true)).toBeGreaterThan(0.98);
});

test('2: attention reads the year from the year, and translates all dates of the slider', async () => {
  const { source, target, weights, text } = await translate(
    store,
    { model: 'dates-attention', text: LONG_DATE },
    context,
  );
  expect(text).toBe(translateDate(LONG_DATE));
  expect(source.slice(0, -1).map((word) => word.text)).toEqual(LONG_DATE.split(' '));
  expect(target[0]?.text).toBe('1987년');
  expect(source[argmax(weights?.[0] ?? [])]?.text).toBe('1987');
  for (const date of DATES) {
    const translated = await translate(store, { model: 'dates-attention', text: date }, context);
    expect(translated.text).toBe(translateDate(date));
  }
  const fixed = await translate(store, { model: 'dates-fixed', text: LONG_DATE }, context);
  expect(fixed.weights).toBeUndefined();
});

test('3: products add up to the score, softmax of scores are weights, and values mixed by them the context', async () => {
  const head = await cross(store, { text: CROSS_DATE, layer: 1, head: 0 }, context);
  const { source, target, size } = head;
  expect(size).toBe(16);
  for (const [q] of target.entries()) {
    const scores = rowOf(head.scores, q, source.length);
    const weights = rowOf(head.weights, q, source.length);
    for (const [k] of source.entries()) {
      const sum = productsOf(head, q, k).reduce((total, { product }) => total + product, 0);
      expect(sum / Math.sqrt(size)).toBeCloseTo(scores[k] ?? Number.NaN, 4);
    }
    for (const [k, weight] of softmax([...scores]).entries()) expect(weight).toBeCloseTo(weights[k] ?? 2, 5);
    const context16 = rowOf(head.context, q, size);
    for (let i = 0; i < size; i++) {
      const mixed = source.reduce(
        (total, _, k) => total + (weights[k] ?? 0) * (rowOf(head.values, k, size)[i] ?? 0),
        0,
      );
      expect(mixed).toBeCloseTo(context16[i] ?? Number.NaN, 4);
    }
  }
  const asked = lastWord(head);
  expect(target[asked]).toBe('▁수요일');
  expect(source[argmax(rowOf(head.weights, asked, source.length))]).toBe('Wednesday');
});

test('4: without ÷ √d the largest weight of the first head shown takes nearly everything', async () => {
  const head = await cross(store, { text: CROSS_DATE, layer: 0, head: 2 }, context);
  const own = [...rowOf(head.scores, 0, head.source.length)];
  const largest = Math.max(...softmax(own));
  const unscaled = Math.max(...softmax(own.map((score) => score * Math.sqrt(head.size))));
  expect(largest).toBeCloseTo(0.61, 2);
  expect(unscaled).toBeGreaterThan(0.95);
  expect(softmax([1, 2])[1]! / softmax([1, 2])[0]!).toBeCloseTo(2.718, 3);
  expect(softmax([-90, -91]).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
});
