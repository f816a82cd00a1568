import { expect, test } from 'vitest';
import { negations, otherDays, paraphrases } from '../src/experiments/korean-embeddings/data.ts';
import {
  agreement,
  contrastScore,
  misses,
  partsBy,
  wordsOf,
} from '../src/experiments/korean-embeddings/measure.ts';
import { NgramIndex, ngramsOf } from '../src/experiments/korean-embeddings/ngrams.ts';
import { Projection } from '../src/experiments/korean-embeddings/projection.ts';
import {
  chanceScores,
  placeOf,
  places,
  rankOf,
  retrievalScores,
} from '../src/experiments/korean-embeddings/retrieval.ts';
import { dot, rowOf, type Vectors, vectorsOf } from '../src/experiments/korean-embeddings/vectors.ts';

const vectors = (...rows: readonly number[][]): Vectors =>
  vectorsOf(rows.map((row) => Float32Array.from(row)));

test('a rank counts the candidates with greater scores, and half of those with the same', () => {
  expect(placeOf([3, 1, 2], 2)).toEqual({ above: 1, tied: 0 });
  expect(rankOf(placeOf([3, 1, 2], 2))).toBe(2);
  expect(placeOf([0, 0, 0, 0, 0], 3)).toEqual({ above: 0, tied: 4 });
  expect(rankOf(placeOf([0, 0, 0, 0, 0], 3))).toBe(3);
});

test('scores that are not numbers rank last', () => {
  expect(placeOf([1, Number.NaN, 2], 1)).toEqual({ above: 2, tied: 0 });
  expect(placeOf([1, Number.NaN, 2], 2)).toEqual({ above: 1, tied: 0 });
});

test('recall of ties is the expected value over random orders', () => {
  const scores = retrievalScores([{ above: 0, tied: 4 }], 5);
  expect(scores.recallAt1).toBeCloseTo(1 / 5);
  expect(scores.recallAt5).toBe(1);
  expect(
    retrievalScores(
      [
        { above: 0, tied: 0 },
        { above: 9, tied: 0 },
      ],
      20,
    ),
  ).toEqual({
    queries: 2,
    candidates: 20,
    recallAt1: 0.5,
    recallAt5: 0.5,
    mrr: (1 + 1 / 10) / 2,
  });
});

test('chance has the expected reciprocal rank of a random order', () => {
  expect(chanceScores(7, 4)).toEqual({
    queries: 7,
    candidates: 4,
    recallAt1: 1 / 4,
    recallAt5: 1,
    mrr: (1 + 1 / 2 + 1 / 3 + 1 / 4) / 4,
  });
});

test('queries find the candidate of the same direction', () => {
  const candidates = vectors([1, 0], [0, 1], [0.6, 0.8]);
  expect(places(vectors([0.8, 0.6], [0, 1]), candidates, (query) => [2, 1][query]!)).toEqual([
    { above: 0, tied: 0 },
    { above: 0, tied: 0 },
  ]);
});

test('n-grams of characters have the ends of words, and equal texts have similarity 1', () => {
  expect([...ngramsOf('Ab')]).toEqual([' a', 'ab', 'b ', ' ab', 'ab ', ' ab ']);
  const index = new NgramIndex(['파일 열기', '파일 닫기', '설정']);
  expect(index.scores('파일 닫기')[1]).toBeCloseTo(1);
  expect(index.nearest('파일을 닫기')).toBe(1);
  expect([...index.scores('xyz')]).toEqual([0, 0, 0]);
});

test('n-grams weigh rare ones more, as TfidfVectorizer of scikit-learn', () => {
  // sklearn: TfidfVectorizer(analyzer='char_wb', ngram_range=(2, 4)); cosine of "가 나" and "가 다" among both.
  const shared = 3;
  const own = 3;
  const rare = Math.log(3 / 2) + 1;
  const [score] = new NgramIndex(['가 나', '가 다']).scores('가 다');
  expect(score).toBeCloseTo(shared / (shared + own * rare ** 2));
});

test('the projection keeps lengths and angles in the subspace, and all of vectors that lie in it', () => {
  const inPlane = vectors([1, 0, 0, 0], [0.6, 0.8, 0, 0], [0, 1, 0, 0]);
  const { projection, kept } = Projection.of(inPlane, 2);
  expect(kept).toBeCloseTo(1);
  const back = projection.back(projection.to(inPlane));
  for (const [i, value] of inPlane.data.entries()) expect(back.data[i]).toBeCloseTo(value);
  const { basis } = projection;
  expect(dot(rowOf(basis, 0), rowOf(basis, 1))).toBeCloseTo(0);
  expect(dot(rowOf(basis, 0), rowOf(basis, 0))).toBeCloseTo(1);
});

test('the projection keeps the directions with most of the squared lengths', () => {
  const { projection, kept } = Projection.of(vectors([3, 0, 0], [0, 2, 0], [0, 0, 1]), 2);
  expect(kept).toBeCloseTo((9 + 4) / (9 + 4 + 1));
  const [, , least] = [0, 1, 2].map((i) => rowOf(projection.to(vectors([1, 0, 0], [0, 1, 0], [0, 0, 1])), i));
  for (const value of least!) expect(value).toBeCloseTo(0);
});

test('a contrast is right when the translation is nearer', async () => {
  const table: Record<string, number[]> = { 가: [1, 0], right: [0.8, 0.6], wrong: [0.6, 0.8] };
  const embed = async (texts: readonly string[]) => vectors(...texts.map((text) => table[text]!));
  const contrast = { korean: '가', right: 'right', wrong: 'wrong' };
  const swapped = { korean: '가', right: 'wrong', wrong: 'right' };
  const { accuracy, teacherSimilarity } = await contrastScore(
    [contrast, swapped, contrast, contrast],
    embed,
    embed,
  );
  expect(accuracy).toBe(0.75);
  expect(teacherSimilarity).toBeCloseTo(0.96);
});

test('vectors agree with themselves', () => {
  const set = vectors([1, 0], [0, 1], [0.6, 0.8], [0.8, 0.6]);
  const { cosine, spearman } = agreement(set, set, 50, 0);
  expect(cosine).toBeCloseTo(1);
  expect(spearman).toBeCloseTo(1);
});

test('words have neither case nor punctuation around them', () => {
  expect(wordsOf("파일 'A.ts'을(를) 찾을 수 없습니다. (123)")).toEqual([
    '파일',
    "a.ts'을(를",
    '찾을',
    '수',
    '없습니다',
  ]);
});

test('parts divide queries by a property, the last one without an end', () => {
  const found = [0, 1, 5, 9].map((above) => ({ above, tied: 0 }));
  const parts = partsBy([0, 1, 1, 7], [0, 1, 2, 3], found, 10);
  expect(parts.map(({ from, to, queries }) => [from, to, queries])).toEqual([
    [0, 0, 1],
    [1, 1, 2],
    [3, null, 1],
  ]);
  expect(parts[1]!.recallAt5).toBe(0.5);
});

test('misses are queries whose text is not among the first ten', () => {
  const candidates = vectors(...Array.from({ length: 12 }, (_, i) => [Math.cos(i / 10), Math.sin(i / 10)]));
  const search = {
    queries: ['가', '나'],
    candidates: [...'abcdefghijkl'],
    gold: (query: number) => [11, 0][query]!,
  };
  expect(misses(search, vectors([1, 0], [1, 0]), candidates, 5)).toEqual([
    { korean: '가', english: 'l', found: 'a', rank: 12 },
  ]);
});

test('paraphrases say the same in another style, contrasts differ in one thing', () => {
  for (const { korean, other } of paraphrases(20, 0)) expect(korean).not.toBe(other);
  for (const { right, wrong } of negations(20, 0))
    expect(/n't|not|no /.test(right)).not.toBe(/n't|not|no /.test(wrong));
  for (const { right, wrong } of otherDays(20, 0))
    expect(right.replace(/\d+/, '')).toBe(wrong.replace(/\d+/, ''));
});
