import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { constructed, phenomena } from '../src/experiments/metrics/constructed.ts';
import { constructedResults, outputsResult } from '../src/experiments/metrics/experiment.ts';
import { isEqual, readPublished, scoresAsPublished } from '../src/experiments/metrics/published.ts';
import { scorers } from '../src/experiments/metrics/scorers.ts';

test('BLEU, TER and chrF are the published ones of Korean translations that have judges', () => {
  const { lines } = readPublished();
  const scored = lines.filter(({ published }) => published !== null);
  expect(scored.length).toBeGreaterThan(lines.length / 2);
  let withChrf = 0;
  for (const { output, reference, published } of scored) {
    const own = scoresAsPublished(output, reference);
    expect(own.bleu).toBeCloseTo(published!.bleu, 6);
    expect(own.ter).toBeCloseTo(published!.ter, 6);
    if (isEqual(own.chrf, published!.chrf)) withChrf++;
  }
  expect(withChrf).toBeGreaterThan(10);
});

test('corpus scores of Korean translations are those of sacreBLEU', () => {
  const file = new URL('fixtures/sacrebleu.json', import.meta.url);
  const expected = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, number>>;
  const { lines } = readPublished();
  const outputs = lines.map(({ output }) => output);
  const references = lines.map(({ reference }) => reference);
  for (const [name, score] of Object.entries(expected)) {
    const scorer = scorers.find((one) => one.name === name)!;
    expect(scorer.corpus(outputs, references), name).toBeCloseTo(score, 9);
  }
});

test('every constructed output differs from its reference', () => {
  for (const { output, reference } of constructed) expect(output).not.toBe(reference);
  const ofEach = constructed.length / Object.keys(phenomena).length;
  expect(new Set(constructed.map(({ output }) => output)).size).toBeGreaterThan(
    constructed.length - 2 * ofEach,
  );
});

test('a wrong translation always scores below the right ones when nothing of it is right', () => {
  const empty = constructedResults().find(({ phenomenon }) => phenomenon === 'empty')!;
  const shares = Object.fromEntries(scorers.map(({ name }, m) => [name, empty.below![m]]));
  expect(shares).toMatchObject({ BLEU: 1, chrF: 1, CER: 1, 'exact match': 0.5 });
});

test('correlations and disagreements are those of the ranks of outputs', () => {
  const reference = '새 버전은 금요일 전에 출시되지 않는다';
  const texts = [
    reference,
    '새버전은 금요일전에 출시되지않는다',
    '않는다 출시되지 전에 금요일 버전은 새',
    '새 버전은',
    'a version before Friday',
  ];
  const outputs = texts.map((output) => ({
    source: 'x',
    reference,
    output,
    greedy: output,
    nearest: reference,
  }));
  const { correlations, disagreements, systems } = outputsResult(outputs);
  const index = (name: string) => scorers.findIndex((scorer) => scorer.name === name);
  expect(correlations[index('chrF')]![index('chrF')]).toBeCloseTo(1, 12);
  expect(correlations[index('chrF')]![index('BLEU')]).toBe(correlations[index('BLEU')]![index('chrF')]);
  // No Korean word has a token: the same score for all.
  expect(correlations[index('ROUGE-L, ASCII')]![index('chrF')]).toBeNull();
  expect(systems.find(({ name }) => name === 'nearest')!.scores[index('chrF')]).toBe(100);
  const spaces = disagreements.find(({ higher, lower }) => higher === 'chrF' && lower === 'BLEU')!;
  expect(spaces.output).toBe(texts[1]);
});
