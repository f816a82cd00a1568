import { Tokenizer } from '@headwise/core';
import { createStateDict, trainWordPiece } from '@headwise/core/train';
import { describe, expect, test } from 'vitest';
import type { Meaning } from '../src/data/grammar/clause.ts';
import { english } from '../src/data/grammar/english.ts';
import { korean } from '../src/data/grammar/korean.ts';
import { pronouns, verbs } from '../src/data/grammar/lexicon.ts';
import { Choices } from '../src/data/random.ts';
import { CountedTokens, naiveBayesAccuracy } from '../src/experiments/bert-transfer/baselines.ts';
import { joined, nextSentenceExamples, SPECIAL } from '../src/experiments/bert-transfer/pairs.ts';
import { bertConfig } from '../src/experiments/bert-transfer/pretraining.ts';
import { probeAccuracy } from '../src/experiments/bert-transfer/probe.ts';
import { nearestCentroids, wordForm } from '../src/experiments/bert-transfer/senses.ts';
import { answerTo, grammarPairs } from '../src/experiments/bert-transfer/texts.ts';
import {
  drawn,
  estimate,
  FineTuner,
  starts,
  transferTask,
} from '../src/experiments/bert-transfer/transfer.ts';
import { safetensorsOf } from '../src/shipping/weights.ts';

describe('pairs of the grammar', () => {
  const pronoun = (en: string) => ({ pronoun: pronouns.find((one) => one.en === en)! });
  const verb = verbs.find(({ en }) => en === 'love')!;
  const asked = (subject: string, object: string): Meaning => ({
    clauses: [{ subject: pronoun(subject), predicate: { kind: 'verb', verb, object: pronoun(object) } }],
    joints: [],
    tense: 'present',
    question: 'yes-no',
  });

  test.each([
    ['you', 'I', 'Do you love me?', 'I love you'],
    ['I', 'you', 'Do I love you?', 'You love me'],
    ['she', 'you', 'Does she love you?', 'She loves me'],
    ['they', 'he', 'Do they love him?', 'They love him'],
  ])('an answer has I for you and you for I: %s, %s', (subject, object, question, answer) => {
    const meaning = asked(subject, object);
    expect([english(meaning), english(answerTo(meaning))]).toEqual([question, answer]);
  });

  test('an answer in Korean is the statement', () => {
    const meaning = asked('you', 'I');
    expect([korean(meaning), korean(answerTo(meaning))]).toEqual(['너는 나를 사랑해?', '나는 너를 사랑해']);
  });

  test('pairs are the same for the same seed, and without excluded sentences', () => {
    const pairs = grammarPairs('train', 50, 1);
    expect(grammarPairs('train', 50, 1)).toEqual(pairs);
    expect(grammarPairs('train', 50, 2)).not.toEqual(pairs);
    const excluded = new Set([pairs[0]!.first, pairs[7]!.second]);
    const others = grammarPairs('train', 48, 1, excluded);
    expect(others.some(({ first, second }) => excluded.has(first) || excluded.has(second))).toBe(false);
  });
});

describe('pairs of token ids', () => {
  test('an example has special tokens and segments, and the longer text is cut', () => {
    const { ids, typeIds, isNext } = joined([10, 11, 12, 13, 14], [20, 21], true, 8);
    expect([...(ids as Int32Array)]).toEqual([SPECIAL.cls, 10, 11, 12, SPECIAL.sep, 20, 21, SPECIAL.sep]);
    expect([...(typeIds as Int32Array)]).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    expect(isNext).toBe(true);
  });

  test('half of the second texts are those of other pairs of the same kind', () => {
    const pairs = Array.from({ length: 400 }, (_, i) => ({
      kind: i % 2 === 0 ? 'even' : 'odd',
      first: [100 + i],
      second: [5000 + i],
    }));
    const examples = nextSentenceExamples(pairs, 64, new Choices(2));
    const nexts = examples.filter(({ isNext }) => isNext).length;
    expect(Math.abs(nexts / 400 - 0.5)).toBeLessThan(0.1);
    for (const { ids, isNext } of examples) {
      const [first, second] = [ids[1]! - 100, ids[3]! - 5000];
      expect(first % 2).toBe(second % 2);
      expect(first === second).toBe(isNext);
    }
  });

  test('a second text is never replaced by an equal one', () => {
    const pairs = [1, 2, 3].map((id) => ({ kind: 'same', first: [10 + id], second: [7] }));
    expect(nextSentenceExamples(pairs, 64, new Choices(1)).every(({ isNext }) => isNext)).toBe(true);
  });
});

describe('baselines', () => {
  test('tokens are predicted by both neighbours, else by the left one, else by frequency', () => {
    const counted = new CountedTokens([
      [2, 10, 11, 12, 3],
      [2, 10, 11, 12, 3],
      [2, 10, 13, 14, 3],
      [2, 11, 15, 3],
    ]);
    expect(counted.unigram).toBe(10);
    expect(counted.trigram(10, 14)).toBe(13);
    expect(counted.trigram(10, 99)).toBe(11);
    expect(counted.trigram(99, 99)).toBe(10);
    expect(counted.accuracies([[2, 10, 13, 14, 3]])).toEqual({ unigram: 1 / 3, trigram: 1 });
  });

  test('naive Bayes has the accuracy of counts worked out by hand', () => {
    const train = [
      { ids: [5, 5, 6], label: 0 },
      { ids: [7, 7, 6], label: 1 },
      { ids: [7], label: 1 },
    ];
    // log P(0) = log 1/3 + log 3/11 against log 2/3 + log 1/12 for the token 5.
    expect(naiveBayesAccuracy(train, [{ ids: [5], label: 0 }], 2, 8)).toBe(1);
    expect(naiveBayesAccuracy(train, [{ ids: [6], label: 1 }], 2, 8)).toBe(1);
    expect(naiveBayesAccuracy(train, [{ ids: [5], label: 1 }], 2, 8)).toBe(0);
  });
});

describe('measures', () => {
  test('a linear probe separates what a plane separates, and not exclusive or', () => {
    const points = Array.from({ length: 40 }, (_, i) => {
      const [x, y] = [i % 2, Math.floor(i / 2) % 2];
      return { features: Float32Array.of(x, y, 0), x, y };
    });
    const labelled = (label: (point: { x: number; y: number }) => number) =>
      points.map((point) => ({ features: point.features, label: label(point) }));
    const or = labelled(({ x, y }) => x | y);
    const xor = labelled(({ x, y }) => x ^ y);
    const corners = labelled(({ x, y }) => 2 * x + y);
    expect(probeAccuracy(or, or, 2)).toBe(1);
    expect(probeAccuracy(corners, corners, 4)).toBe(1);
    expect(probeAccuracy(xor, xor, 2)).toBeLessThan(0.8);
  });

  test('the nearest centroid tells meanings apart in the layers that do', () => {
    const vectors = (meaning: string, x: number) => ({
      word: 'bank',
      meaning,
      layers: [Float32Array.of(1, 1), Float32Array.of(x, 0)],
    });
    const train = [vectors('river', 1), vectors('river', 2), vectors('river', 3), vectors('money', 9)];
    const tested = [vectors('river', 2), vectors('money', 8), vectors('money', 7)];
    const { majority, layers, words } = nearestCentroids(train, tested);
    expect(majority).toBeCloseTo(1 / 3);
    expect(layers).toEqual([1 / 3, 1]);
    expect(words).toEqual([
      { word: 'bank', meanings: ['money', 'river'], majority: 1 / 3, layers: [1 / 3, 1] },
    ]);
  });

  test('a word is found with its particle, and not within other words', () => {
    expect(wordForm({ word: '배', text: '배우는 배를 탔어' })).toBe('배를');
    expect(wordForm({ word: 'bank', text: 'We walk at the bank' })).toBe('bank');
    expect(() => wordForm({ word: '눈', text: '눈물이 났어' })).toThrow('expected 눈');
  });

  test('an estimate has the interval of Student’s t', () => {
    const { mean, low, high } = estimate([1, 2, 3, 4, 5]);
    expect(mean).toBe(3);
    // 2.776 · √(2.5 / 5)
    expect(high - mean).toBeCloseTo(1.963, 3);
    expect(mean - low).toBeCloseTo(1.963, 3);
  });
});

test('fine-tuning begins with given or random weights and learns a task', async () => {
  const texts = ['good apple', 'good tea', 'bad apple', 'bad tea', 'good milk', 'bad milk'];
  const files = await trainWordPiece(texts, { vocabSize: 60 });
  const tokenizer = Tokenizer.fromFiles(files);
  const labelled = texts.map((text) => ({ text, label: text.startsWith('good') ? 'good' : 'bad' }));
  const data = { train: labelled, validation: labelled, test: labelled };
  const limits = { train: 6, validation: 6, test: 6 };
  const task = transferTask('taste', data, { tokenizer, files: {} as never }, 8, limits);
  expect(task.labels).toEqual(['bad', 'good']);
  expect(drawn(task, 4, 1)).toEqual(drawn(task, 6, 1).slice(0, 4));

  const sizes = { vocabSize: 60, hiddenSize: 8, layers: 1, heads: 2, intermediateSize: 16 };
  const config = bertConfig(tokenizer.vocabSize, sizes);
  const weights = safetensorsOf(createStateDict(config) as Parameters<typeof safetensorsOf>[0]);
  const tuner = await FineTuner.create(config, weights);
  for (const start of starts) {
    const options = { learningRate: 0.02, steps: 60, seed: 1 };
    expect(await tuner.accuracy(task, start, task.train, task.test, options)).toBe(1);
  }
});
