// What Learn says, chapter by chapter, is true of the models that it runs.
import { openCheckpoint, resolveSource } from '@headwise/core';
import { modelSource } from '@headwise/models';
import { expect, test } from 'vitest';
import { context, store } from '../../../test/helpers/models.ts';
import { run as boxes } from '../../engine/jobs/learn-boxes.ts';
import { run as cross } from '../../engine/jobs/learn-cross.ts';
import { run as forcing } from '../../engine/jobs/learn-forcing.ts';
import { run as heads } from '../../engine/jobs/learn-heads.ts';
import { run as lengths } from '../../engine/jobs/learn-lengths.ts';
import { run as meaning } from '../../engine/jobs/learn-meaning.ts';
import { run as next } from '../../engine/jobs/learn-next.ts';
import { run as pair } from '../../engine/jobs/learn-pair.ts';
import { run as perplexity } from '../../engine/jobs/learn-perplexity.ts';
import { run as positions } from '../../engine/jobs/learn-positions.ts';
import { run as prefixes } from '../../engine/jobs/learn-prefixes.ts';
import { run as readSelf } from '../../engine/jobs/learn-self.ts';
import { run as training } from '../../engine/jobs/learn-training.ts';
import { run as translate } from '../../engine/jobs/learn-translate.ts';
import { run as readVector } from '../../engine/jobs/learn-vector.ts';
import type { LengthScore } from '../../engine/learn/recurrent.ts';
import { translateDate } from '../../lib/dates.ts';
import { ENGLISH_WORDS, KOREAN_WORDS } from '../../lib/grammar-words.ts';
import { gradientStep, isOutside, leastSquares, squaredError } from '../../lib/line.ts';
import { argmax, softmax } from '../../lib/softmax.ts';
import { unknownWords } from '../../lib/unknown-words.ts';
import { mergeWeights, wordsOf } from '../../lib/words.ts';
import { lastWord, productsOf, rowOf } from './cross.ts';
import { wordsMoved } from './moved.ts';
import {
  BANK,
  BERT_PAIR,
  CROSS_DATE,
  CURVE,
  DATES,
  EXAMPLES,
  FORCING,
  GPT,
  HEADS_DATE,
  IT_HEADS,
  IT_TIRED,
  IT_WIDE,
  LENGTHS,
  LINE_RATES,
  LONG_DATE,
  METRICS,
  POSITION_PAIRS,
  SELF_HEAD,
  SELF_PREFIX,
  SELF_SENTENCE,
  T5,
  TRAINING,
} from './samples.ts';
import { scoresOf } from './scores.ts';
import { howRight } from './verdict.ts';
import { contribution, firstLetters, moveWeight } from './weights.ts';

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
  expect(softmax([1, 2])[1]! / softmax([1, 2])[0]!).toBeCloseTo(Math.E, 12);
  expect(softmax([-90, -91]).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
});

test('5: the context is the values by their weights, and the translation follows weights that are moved', async () => {
  const call = { model: 'grammar-en-ko', text: 'I love you' } as const;
  const own = await translate(store, call, context);
  const [, you] = own.target;
  expect(you).toMatchObject({ text: '너를', from: 3, to: 6 });
  const edit = { from: 3, to: 6, weights: [1, 0, 0, 0] };
  const edited = await translate(store, { ...call, edits: [edit] }, context);
  expect(edited.text).toBe('나는 나를 사랑해');
  expect(edited.weights?.[1]).toEqual([expect.closeTo(1), 0, 0, 0]);
  const step = firstLetters(own.steps, you!);
  expect([own, edited].map(({ steps }) => steps[step]?.top[0]?.token)).toEqual(['너', '나']);
  // All weight is on “I”, two tokens: the context is a mixture of their states alone.
  const size = own.contexts[0]!.length;
  const [first, second] = [rowOf(own.states, 0, size), rowOf(own.states, 1, size)];
  const mixed = edited.contexts[step]!;
  const share = (mixed[0]! - second[0]!) / (first[0]! - second[0]!);
  for (const [i, value] of mixed.entries())
    expect(value).toBeCloseTo(share * first[i]! + (1 - share) * second[i]!, 4);
  // What is drawn of the words adds up to the context, and of words without weight nothing is drawn.
  for (const one of [own, edited]) {
    const parts = one.source.map((word) => contribution(one, step, word));
    for (const [i, value] of one.contexts[step]!.entries())
      expect(parts.reduce((sum, part) => sum + part[i]!, 0)).toBeCloseTo(value, 4);
  }
  for (const word of edited.source.slice(1))
    expect(contribution(edited, step, word).every((value) => value === 0)).toBe(true);
  expect(moveWeight([0.5, 0.3, 0.2], 0, 0.8)).toEqual([0.8, expect.closeTo(0.12), expect.closeTo(0.08)]);
  expect(moveWeight([1, 0, 0], 0, 0.5)).toEqual([0.5, 0.25, 0.25]);
});

test('6: in one head of t5-mini verbs read their object more than any other word', async () => {
  for (const sentence of [SELF_SENTENCE, '나는 사과를 먹었다', '선생님은 책을 읽었다', '나는 너를 사랑해']) {
    const text = `${SELF_PREFIX}: ${sentence}`;
    const { tokens, maps } = await readSelf(store, { model: 't5-mini', text, heads: [SELF_HEAD] }, context);
    const words = wordsOf(tokens);
    expect(words.map((word) => word.text)).toEqual([`${SELF_PREFIX}:`, ...sentence.split(' '), '</s>']);
    const [prefix, subject, object] = mergeWeights(maps[0]!, tokens.length, words, words)[3]!;
    expect(object).toBeGreaterThan(2 * subject!);
    expect(object).toBeGreaterThan(2 * prefix!);
  }
});

test('6, 10: in MiniLM only one of two heads turns from animal to street; bank differs more in another meaning', async () => {
  const read = async (text: string) => {
    const { tokens, maps } = await readSelf(store, { model: 'minilm', text, heads: IT_HEADS }, context);
    const query = tokens.indexOf('it') * tokens.length;
    return maps.map((map) => ({
      animal: map[query + tokens.indexOf('animal')]!,
      street: map[query + tokens.indexOf('street')]!,
    }));
  };
  const [stays, turns] = await read(IT_TIRED);
  const [staysWide, turnsWide] = await read(IT_WIDE);
  expect(stays!.animal).toBeCloseTo(0.688, 2);
  expect(staysWide!.animal / stays!.animal).toBeLessThan(0.5);
  expect(staysWide!.animal).toBeGreaterThan(staysWide!.street);
  expect(turns!.animal).toBeGreaterThan(turns!.street);
  expect(turnsWide!.animal).toBeLessThan(turnsWide!.street);
  const { same, other } = await meaning(store, BANK, context);
  expect(same).toHaveLength(7);
  for (let layer = 1; layer < 7; layer++) expect(same[layer]).toBeGreaterThan(other[layer]!);
  expect(Math.max(...same)).toBeLessThan(0.98);
  // Of the embeddings, which differ in their position alone.
  expect(same[0]).toBeGreaterThan(0.95);
  expect(other[0]).toBeGreaterThan(0.95);
}, 30_000);

test('7: two of eight heads change the translation; without layer 1, head 0 the weekday is lost', async () => {
  const layer1 = [0, 1, 2, 3].map((head) => ({ layer: 1, head }));
  const result = await heads(store, { text: HEADS_DATE, silenced: layer1 }, context);
  expect(result.text).toBe(translateDate(HEADS_DATE));
  expect(result.heads.filter(({ without }) => without !== result.text)).toHaveLength(2);
  const [, , , , first, second] = result.heads;
  expect(first!.without).toBe('2029년 11월 28일 오후 9:04');
  const weekday = result.target.findIndex(({ text }) => text === '수요일');
  expect(second!.weights[weekday]![0]).toBeGreaterThan(0.9);
  expect(howRight(result.withoutChosen, result.text)).toBe('nothing');
});

test('8: without positions no vector changes with the order; with them those that moved turn most', async () => {
  for (const [first, second] of POSITION_PAIRS) {
    const tokens = await positions(store, { first, second }, context);
    for (const { withoutPositions } of tokens) expect(withoutPositions).toBeGreaterThan(0.9999);
  }
  const [[first, second]] = POSITION_PAIRS;
  const tokens = await positions(store, { first, second }, context);
  const moved = tokens.filter(({ from, to }) => from !== to);
  expect(moved.map(({ token }) => token)).toEqual(['teacher', 'doctor']);
  // Places of words as they are shown, without [CLS] and with “sees” in one.
  expect(wordsMoved(tokens).map(({ word, from, to }) => [word, from, to])).toEqual([
    ['the', 1, 1],
    ['teacher', 2, 5],
    ['sees', 3, 3],
    ['the', 4, 4],
    ['doctor', 5, 2],
  ]);
  const stayed = tokens.filter(({ from, to }) => from === to);
  const most = Math.max(...moved.map(({ withPositions }) => withPositions));
  for (const { withPositions } of stayed) expect(withPositions).toBeGreaterThan(most);
});

test('9: the mask is exactly 0 above the diagonal, and from its own words one mistake becomes several', async () => {
  const mask = await boxes(store, { text: CROSS_DATE, name: 'decoder.blocks.0.attention.weights' }, context);
  const [, count, queries, keys] = mask.shape as [number, number, number, number];
  expect([count, queries, keys]).toEqual([4, mask.inputs.length, mask.inputs.length]);
  for (const [i, weight] of mask.data.entries()) {
    const [query, key] = [Math.floor(i / keys) % queries, i % keys];
    if (key > query) expect(weight).toBe(0);
  }
  const result = await forcing(store, FORCING, context);
  expect(result).toEqual({
    right: '1987년 7월 4일 토요일; 1995년 5월 7일',
    taught: '1987년 7월 4일 토요일; 1995년 5월 7일',
    free: '1987. 7. 4.; 2995년 5월 7일',
  });
});

test('10: behind the mask BERT puts a person, and tells the answer from a sentence that is none', async () => {
  const { first, second, masked, unrelated } = BERT_PAIR;
  const read = await pair(store, { first, second, masked }, context);
  expect(read.tokens[masked]).toBe('[MASK]');
  // It gets the number of [MASK], not that of the hidden word.
  expect(read.ids[masked]).toBe((await store.load('bert-mini')).tokenizer.specialTokens.mask);
  expect(read.tokens[0]).toBe('[CLS]');
  expect(read.tokens.filter((token) => token === '[SEP]')).toHaveLength(2);
  expect(BERT_PAIR.persons).toContain(read.candidates[0]?.token);
  const other = await pair(store, { first, second: unrelated }, context);
  expect(read.follows).toBeGreaterThan(0.8);
  expect(other.follows).toBeLessThan(0.3);
  const model = await store.load('bert-mini');
  expect(model.tokenizer.specialTokens.pad).toBe(0);
});

test('11: the last vector alone decides, and later layers find the answer', async () => {
  const { text } = GPT['gpt-mini'];
  const { top, lens, vector, vocabulary, tokens } = await next(store, { model: 'gpt-mini', text }, context);
  expect([vector.length, vocabulary, lens.length]).toEqual([96, 846, 4]);
  expect(tokens).toHaveLength(10);
  expect(top[0]?.text).toBe('없');
  expect(lens.at(-1)?.text).toBe('없');
  expect(lens[0]?.text).not.toBe('없');
  expect(lens.at(-1)?.probability).toBeCloseTo(top[0]!.probability, 5);
});

test('12: one model negates, changes tense, asks, and translates by its prefix', async () => {
  const asked = ['translate Korean to English', 'past', 'negate', 'question', 'polite', 'casual'] as const;
  const answers = await prefixes(store, { sentence: T5.sentence, prefixes: asked }, context);
  expect(answers.map(({ text }) => text)).toEqual([
    'I drink coffee',
    '나는 커피를 마셨다',
    '나는 커피를 마시지 않는다',
    '나는 커피를 마시니?',
    '저는 커피를 마셔요',
    '나는 커피를 마셔',
  ]);
});

test('13: too high a rate makes the error grow; a good one comes close to the least', () => {
  const after = (rate: number, steps: number) => {
    let line = { slope: 0, intercept: 0 };
    for (let i = 0; i < steps; i++) line = gradientStep(line, LENGTHS, rate);
    return squaredError(line, LENGTHS);
  };
  const least = squaredError(leastSquares(LENGTHS), LENGTHS);
  let far = { slope: 0, intercept: 0 };
  for (let i = 0; i < 10; i++) far = gradientStep(far, LENGTHS, LINE_RATES.high);
  expect(isOutside(far, LENGTHS)).toBe(true);
  expect(isOutside({ slope: 0, intercept: 0 }, LENGTHS)).toBe(false);
  expect(isOutside(leastSquares(LENGTHS), LENGTHS)).toBe(false);
  expect(after(LINE_RATES.high, 10)).toBeGreaterThan(after(LINE_RATES.high, 0));
  expect(after(LINE_RATES.good, 10)).toBeLessThan(after(LINE_RATES.slow, 10));
  expect(after(LINE_RATES.good, 10)).toBeLessThan(2 * least);
  expect(after(LINE_RATES.good, 10)).toBeGreaterThan(least);
});

test('13: a model that learns to reverse letters learns to look at them in reverse', async () => {
  // A part of the training that the page shows, with the same seed.
  const snapshots = await training(store, { ...TRAINING, steps: 128, every: 32 }, context);
  expect(snapshots.map(({ step }) => step)).toEqual([32, 64, 96, 128]);
  expect(snapshots.at(-1)!.loss).toBeLessThan(snapshots[0]!.loss / 2);
  const rightPlace = (weights: readonly (readonly number[])[]) =>
    weights.reduce((sum, row, i) => sum + (row[row.length - 1 - i] ?? 0), 0) / weights.length;
  expect(rightPlace(snapshots.at(-1)!.weights)).toBeGreaterThan(0.3);
}, 30_000);

test('14: a free translation gets BLEU 0, a fluent mistake 64, a shuffled sentence all of ROUGE-1', async () => {
  const { source, reference, paraphrase, lie, shuffled } = METRICS;
  expect(scoresOf(reference, reference)).toMatchObject({ bleu: expect.closeTo(100), exact: 1 });
  expect(scoresOf(paraphrase, reference).bleu).toBe(0);
  expect(scoresOf(lie, reference).bleu).toBeCloseTo(64.3, 1);
  expect(scoresOf(shuffled, reference).rouge1).toBe(1);
  expect(scoresOf(shuffled, reference).rougeL).toBeLessThan(0.2);
  const surprise = await Promise.all(
    [reference, lie, paraphrase].map((target) => perplexity(store, { source, target }, context)),
  );
  expect(surprise[0]).toBeLessThan(1.1);
  expect(surprise[1]).toBeLessThan(surprise[2]!);
});

test('the models have as many parameters as the texts say', async () => {
  const count = async (id: string) => {
    const checkpoint = await openCheckpoint(resolveSource(await modelSource(id)));
    return checkpoint.names
      .map((name) => checkpoint.info(name).shape.reduce((product, size) => product * size, 1))
      .reduce((sum, size) => sum + size);
  };
  expect(await count('grammar-en-ko')).toBe(278_113);
  expect(await count('grammar-ko-en')).toBe(278_113);
  expect(await count('bert-mini')).toBe(268_898);
  expect(await count('t5-mini')).toBe(310_656);
  const [fixed = 0, attention = 0] = [await count('dates-fixed'), await count('dates-attention')];
  expect(attention / fixed).toBeCloseTo(1, 1);
});
