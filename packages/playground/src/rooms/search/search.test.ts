import { readFile } from 'node:fs/promises';
import { cosineSimilarity, indexTexts, search } from '@headwise/core';
import { expect, test } from 'vitest';
import { context, store } from '../../../test/helpers/models.ts';
import { type EmbedProgress, run as embed } from '../../engine/jobs/search-embed.ts';
import { run as find } from '../../engine/jobs/search-find.ts';
import { run as open } from '../../engine/jobs/search-open.ts';
import { run as why } from '../../engine/jobs/search-why.ts';
import { pairsOf, passageParts, queryParts } from './parts.ts';
import { FIGURES, QUESTIONS } from './samples/questions.ts';

const SAMPLES = {
  en: await readFile(new URL('samples/en.md', import.meta.url), 'utf8'),
  ko: await readFile(new URL('samples/ko.md', import.meta.url), 'utf8'),
};
const UNIT = { normalize: true };

/** For how many questions the first result is the answer. */
async function answered(
  language: 'en' | 'ko',
  firstOf: (query: string, texts: readonly string[]) => Promise<number | undefined>,
): Promise<number> {
  const { passages } = await open(store, { text: SAMPLES[language] }, context);
  const texts = passages.map(({ text }) => text);
  let right = 0;
  for (const { query, answer } of QUESTIONS[language]) {
    expect(texts.filter((text) => text.includes(answer))).toHaveLength(1);
    const first = await firstOf(query, texts);
    if (first !== undefined && texts[first]!.includes(answer)) right += 1;
  }
  return right;
}

const byLetters = (language: 'en' | 'ko') => async (query: string) => {
  const params = { text: SAMPLES[language], query, byMeaning: false, count: 1 };
  return (await find(store, params, context)).letters[0]?.passage;
};

test('the room’s figures are how often the answer comes first', async () => {
  expect(QUESTIONS.en).toHaveLength(FIGURES.of);
  expect(QUESTIONS.ko).toHaveLength(FIGURES.of);
  expect(await answered('en', byLetters('en'))).toBe(FIGURES.en.letters);
  expect(await answered('ko', byLetters('ko'))).toBe(FIGURES.ko.letters);
  const student = await store.load('ko-student');
  const withStudent = await answered('ko', async (query, texts) => {
    const index = await indexTexts(
      student,
      texts.map((text, i) => [String(i), text]),
    );
    return Number((await search(student, query, index, { topK: 1 }))[0]!.id);
  });
  expect(withStudent).toBe(FIGURES.ko['ko-student']);
});

test('searches MiniLM’s vectors in the background, and goes on after an abort', async () => {
  const text = `${SAMPLES.en}\n\n이 문장은 한국어입니다.`;
  const seen: EmbedProgress[] = [];
  await open(store, { text }, context);
  const controller = new AbortController();
  const aborted = embed(
    store,
    { text },
    {
      ...context,
      signal: controller.signal,
      progress: (value) => seen.push(value),
      breathe: async () => {
        controller.abort();
        controller.signal.throwIfAborted();
      },
    },
  );
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  expect(seen).toEqual([
    { done: 0, total: 36 },
    { done: 8, total: 36 },
  ]);
  const result = await embed(store, { text }, { ...context, progress: (value) => seen.push(value) });
  expect(result).toEqual({ cut: 0 });
  expect(seen.slice(2).map(({ done }) => done)).toEqual([8, 16, 24, 32, 36]);

  const model = await store.load('minilm');
  const { passages } = await open(store, { text }, context);
  const params = { text, byMeaning: true, count: 5 };
  const right: boolean[] = [];
  for (const { query, answer } of QUESTIONS.en) {
    const { meaning, letters } = await find(store, { ...params, query }, context);
    right.push(passages[meaning![0]!.passage]!.text.includes(answer));
    expect(letters.every(({ passage }) => passage === 36)).toBe(true);
  }
  expect(right.filter(Boolean)).toHaveLength(FIGURES.en.minilm);
  const { meaning } = await find(store, { ...params, query: 'word order' }, context);
  const query = await model.embed('word order', UNIT);
  for (const { passage, score } of meaning!) {
    const vector = await model.embed(passages[passage]!.text, UNIT);
    expect(score).toBeCloseTo(cosineSimilarity(query, vector), 5);
  }
  const korean = await find(store, { ...params, query: '한국어 문장' }, context);
  expect(korean.meaning).toBeUndefined();
  expect(korean.letters[0]!.passage).toBe(36);
});

test('tells of texts that are longer than the model reads', async () => {
  const text = `Short. ${'long '.repeat(600)}.`;
  expect(await embed(store, { text }, context)).toEqual({ cut: 1 });
});

test.each([
  ['he, she and it', 'Some follow the previous word, some find what a pronoun stands for.'],
  ['word', `${'many words '.repeat(20)}`],
])('the parts of a cosine add up to that of core: %s', async (query, passage) => {
  const model = await store.load('minilm');
  const result = await why(store, { query, passage }, context);
  const { cosine, parts, queryTokens, passageTokens } = result;
  expect(cosine).toBeCloseTo(await model.similarity(query, passage), 4);
  expect(parts).toHaveLength(queryTokens.tokens.length * passageTokens.tokens.length);
  expect(queryTokens.tokens).toEqual(model.tokenize(query).tokens);
  expect(queryTokens.special.filter(Boolean)).toHaveLength(2);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  expect(sum(queryParts(result))).toBeCloseTo(cosine, 4);
  expect(sum(passageParts(result, undefined))).toBeCloseTo(cosine, 4);
  expect(sum(passageParts(result, 1))).toBeCloseTo(queryParts(result)[1]!, 4);
  const [best] = pairsOf(result);
  expect(best!.part).toBe(Math.max(...parts));
  expect(parts[best!.query * passageTokens.tokens.length + best!.passage]).toBe(best!.part);
});
