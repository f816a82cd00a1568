import { chrf, chrfMetric } from '@headwise/core/metrics';
import { describe, expect, test } from 'vitest';
import { NearestSources } from '../src/experiments/english-korean/nearest.ts';
import { examplesOf, type TestOutput } from '../src/experiments/english-korean/run.ts';
import { bootstrapInterval, systemScores } from '../src/experiments/english-korean/scores.ts';
import { partOf } from '../src/experiments/english-korean/train.ts';

const pairs = ['Open the file', 'Close the window', 'Delete all files', 'Sign in'].map((source, i) => ({
  source,
  target: `${i}`,
}));

describe('the nearest neighbour', () => {
  test('is the pair itself with similarity 1 when the source is among the pairs', () => {
    const sources = new NearestSources(pairs);
    for (const pair of pairs) {
      const found = sources.find(pair.source.toUpperCase());
      expect(found.pair).toBe(pair);
      expect(found.similarity).toBeCloseTo(1, 12);
    }
  });

  test('shares the rare n-grams when the common ones are shared by others too', () => {
    expect(new NearestSources(pairs).find('The windows').pair.source).toBe('Close the window');
  });

  test('has the cosine of TF-IDF vectors', () => {
    // Of " ab " and " ac ": n-grams " a", "ab", "b ", " ab", "ab ", " ab ", and the same with c. Only " a" is shared.
    const common = Math.log(3 / 3) + 1;
    const rare = Math.log(3 / 2) + 1;
    const { similarity } = new NearestSources([
      { source: 'ab', target: '' },
      { source: 'ac', target: '' },
    ]).find('ab');
    expect(similarity).toBeCloseTo(1, 12);
    const other = new NearestSources([
      { source: 'ac', target: '' },
      { source: 'ac', target: '' },
    ]).find('ab');
    const unseen = Math.log(3 / 1) + 1;
    const seen = Math.log(3 / 3) + 1;
    expect(other.similarity).toBeCloseTo(
      seen ** 2 / (Math.hypot(seen, ...Array(5).fill(unseen)) * Math.hypot(...Array(6).fill(seen))),
      12,
    );
    expect(rare).toBeGreaterThan(common);
  });

  test('is refused when there are no pairs', () => {
    expect(() => new NearestSources([]).find('a')).toThrow('expected at least one pair');
  });
});

describe('scores', () => {
  const references = [
    '파일을 엽니다',
    '창을 닫습니다',
    '모든 파일을 삭제합니다',
    '로그인',
    '이 작업 영역의 모든 파일',
  ];

  test('are 100 with an interval of no width when all outputs are their references', () => {
    const scores = systemScores(references, references);
    expect(scores).toMatchObject({ count: 5, exact: 1 });
    for (const score of [scores.chrf, ...scores.chrfInterval, scores.bleu, scores.bleuWords])
      expect(score).toBeCloseTo(100, 9);
  });

  test('lie within their bootstrap interval when outputs differ', () => {
    const outputs = [references[0]!, '창', '파일 삭제', '나가기', '이 파일'];
    const [low, high] = bootstrapInterval(outputs, references, chrfMetric());
    const { score } = chrf(outputs, references);
    expect(low).toBeLessThan(score);
    expect(high).toBeGreaterThan(score);
    expect(bootstrapInterval(outputs, references, chrfMetric())).toEqual([low, high]);
  });
});

test('examplesOf takes outputs by the rank of their chrF when sources have three words or more', () => {
  const outputs = Array.from({ length: 11 }, (_, i): TestOutput => {
    const reference = '가나다라마바사아자차';
    const output = reference.slice(0, i);
    return {
      source: `a b ${i}`,
      reference,
      output,
      greedy: '',
      nearest: '',
      similarity: 0,
      domain: 'vscode',
    };
  });
  const short = { ...outputs[10]!, source: 'a b' };
  const examples = examplesOf([short, ...outputs.toReversed()]);
  expect(examples.map(({ percentile, output }) => [percentile, output.length])).toEqual([
    [10, 1],
    [50, 5],
    [90, 9],
  ]);
});

test('partOf has the smaller part in the larger one when seeds are equal', () => {
  const many = Array.from({ length: 40 }, (_, i) => ({ source: `${i}`, target: '' }));
  const [half, eighth] = [partOf(many, 2, 3), partOf(many, 8, 3)];
  expect([half.length, eighth.length]).toEqual([20, 5]);
  expect(half.slice(0, 5)).toEqual(eighth);
  expect(partOf(many, 2, 4)).not.toEqual(half);
});
