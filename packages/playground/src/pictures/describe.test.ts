// What pictures say to those who do not see them, in both languages.
import { expect, test } from 'vitest';
import { en as explore } from '../rooms/explore/en.ts';
import { ko as exploreKo } from '../rooms/explore/ko.ts';
import { expectation } from '../rooms/generate/candidates.ts';
import { describeExpectation } from '../rooms/generate/describe.ts';
import { en as generate } from '../rooms/generate/en.ts';
import { ko as generateKo } from '../rooms/generate/ko.ts';
import { describeAlignment } from '../rooms/learn/describe.ts';
import { en as learn } from '../rooms/learn/en.ts';
import { ko as learnKo } from '../rooms/learn/ko.ts';
import { describe as describeRow } from './attention-row.ts';
import { describe as describeGrid } from './heads-grid.ts';

test('a row of attention', () => {
  const labels = ['[CLS]', 'the', 'animal', 'it', '[SEP]'];
  const weights = Float32Array.from([0.1, 0.04, 0.69, 0.12, 0.05]);
  expect(
    [explore, exploreKo].map((t) => describeRow('it', labels, weights, t.tokens)),
  ).toMatchInlineSnapshot(`
    [
      "it: animal 69 %, it 12 %, [CLS] 10 %; 2 others at most 5 %",
      "it: animal 69 %, it 12 %, [CLS] 10 %, 나머지 2개는 각각 5 % 이하",
    ]
  `);
});

test('a grid of heads', () => {
  const labels = ['sink', 'sink', 'previous', 'content'] as const;
  expect([explore, exploreKo].map((t) => describeGrid(labels, t.labels))).toMatchInlineSnapshot(`
    [
      "4 heads in this text · rest on the first or an added token: 2 · look at the token before: 1 · look at chosen tokens: 1",
      "이 글에서 헤드 4개 · 쉬는 헤드: 2 · 바로 앞을 보는 헤드: 1 · 골라 보는 헤드: 1",
    ]
  `);
});

test('an alignment, and the row of one of its words', () => {
  const word = (text: string, end = false) => ({ text, from: 0, to: 1, end });
  const source = [word('I'), word('love'), word('you'), word('</s>', true)];
  const target = [word('나는'), word('너를')];
  const weights = [
    [0.74, 0.08, 0.14, 0.04],
    [0.05, 0.15, 0.795, 0.005],
  ];
  const described = [learn, learnKo].flatMap((t) =>
    [undefined, 1].map((focus) => describeAlignment(t, source, target, weights, focus)),
  );
  expect(described).toMatchInlineSnapshot(`
    [
      "나는: I 74 %. 너를: you 80 %",
      "너를: you 80 %, love 15 %, I 5 %",
      "나는: I 74 %. 너를: you 80 %",
      "너를: you 80 %, love 15 %, I 5 %",
    ]
  `);
});

test('what a language model expects', () => {
  const logits = Float32Array.from([2, 1, 0, -1]);
  const settings = { temperature: 1, topK: 0, topP: 1, minP: 0, seed: 1 };
  const next = expectation(logits, settings, 4);
  const textOf = (id: number): string => ['a', 'b', ' ', 'd'][id]!;
  const described = [generate, generateKo].map((t) => describeExpectation(next, textOf, t));
  expect(described).toMatchInlineSnapshot(`
    [
      "Most probable: “a”, 64.4 %; “b”, 23.7 %; “ ”, 8.7 %; 1 other token listed.",
      "확률이 가장 높은 토큰: ‘a’, 64.4 %; ‘b’, 23.7 %; ‘ ’, 8.7 %. 그 밖에 1개가 있습니다.",
    ]
  `);
});
