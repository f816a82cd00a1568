import { createBackend } from '@headwise/core';
import { Seq2Seq } from '@headwise/core/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { binned, errorRates } from '../src/experiments/teacher-forcing/exposure.ts';
import { mixedInputs } from '../src/experiments/teacher-forcing/own-inputs.ts';
import { forcedProbability, sigmoidConstant } from '../src/experiments/teacher-forcing/schedules.ts';
import { crossEntropyOf, evaluate } from '../src/experiments/teacher-forcing/train.ts';
import { BOS, EOS } from '../src/sequences/tokenizers.ts';

describe('errorRates', () => {
  it('counts errors by position and by the token before', () => {
    const rates = errorRates(
      [
        [5, 9, 9, 8, 2],
        [5, 6, 2],
      ],
      [
        [5, 6, 7, 8, 2],
        [9, 6, 2],
      ],
    );
    expect(rates.byPosition).toEqual([
      { position: 0, count: 2, errors: 1 },
      { position: 1, count: 2, errors: 1 },
      { position: 2, count: 2, errors: 1 },
      { position: 3, count: 1, errors: 0 },
      { position: 4, count: 1, errors: 0 },
    ]);
    expect(rates.rate).toBe(3 / 8);
    // After a right token (or at the beginning): 5 ✓, 9 ✗ | 2 ✓ in the first; 5 ✗ and 2 ✓ in the second.
    expect(rates.afterRight).toBe(2 / 5);
    // After an error: 9 ✗ and 8 ✓ in the first, 6 ✓ in the second.
    expect(rates.afterError).toBe(1 / 3);
  });

  it('counts missing tokens as errors, and tokens beyond the target not at all', () => {
    expect(errorRates([[5, 2]], [[5, 6, 2]]).rate).toBe(2 / 3);
    expect(errorRates([[5, 2, 7, 7]], [[5, 2]])).toMatchObject({ rate: 0, afterRight: 0, afterError: null });
  });

  it('is put into bins of positions', () => {
    const { byPosition } = errorRates([[1, 2, 3]], [[1, 9, 3]]);
    expect(binned(byPosition, 2)).toEqual([
      { from: 0, to: 1, count: 2, errors: 1 },
      { from: 2, to: 3, count: 1, errors: 0 },
    ]);
  });
});

describe('forcedProbability', () => {
  it('is constant for teacher forcing and free running', () => {
    expect([0, 50, 99].map((step) => forcedProbability('forced', step, 100))).toEqual([1, 1, 1]);
    expect([0, 50, 99].map((step) => forcedProbability('free', step, 100))).toEqual([0, 0, 0]);
  });

  it('falls from 1 to 0 with linear decay', () => {
    expect([0, 25, 100].map((step) => forcedProbability('linear', step, 100))).toEqual([1, 0.75, 0]);
  });

  it('is 1/2 in the middle with inverse sigmoid decay', () => {
    const [begin, middle, end] = [0, 500, 1000].map((step) =>
      forcedProbability('inverse-sigmoid', step, 1000),
    );
    expect(middle).toBeCloseTo(0.5, 10);
    expect(begin).toBeGreaterThan(0.98);
    expect(end).toBeLessThan(0.02);
    const k = sigmoidConstant(500);
    expect(k * Math.log(k)).toBeCloseTo(500, 6);
  });
});

it('crossEntropyOf sums −log of the softmax at the labels', () => {
  const logits = { data: Float32Array.of(0, 0, Math.log(3), 0), shape: [2, 2] };
  expect(crossEntropyOf(logits, [1, 0])).toBeCloseTo(Math.log(2) - Math.log(0.75), 6);
});

describe('mixedInputs', () => {
  const examples = [
    { ids: Int32Array.of(4, 5, EOS), labels: Int32Array.of(6, 7, 8, EOS) },
    { ids: Int32Array.of(5, EOS), labels: Int32Array.of(8, EOS) },
  ];
  let model: Seq2Seq;
  beforeAll(async () => {
    const options = { sourceVocabSize: 10, targetVocabSize: 10, embeddingDim: 6, hiddenSize: 6 };
    model = new Seq2Seq({ ...options, attention: 'additive', bosTokenId: BOS, eosTokenId: EOS });
    await model.to(await createBackend(), { seed: 3 });
  });

  it('is the shifted target when all tokens are forced', () => {
    expect(mixedInputs(model, examples, () => true)).toEqual([
      [BOS, 6, 7, 8],
      [BOS, 8],
    ]);
  });

  it('has the model’s own tokens when none is forced, which repeat with them as inputs', () => {
    const inputs = mixedInputs(model, examples, () => false);
    expect(inputs.map(({ length }) => length)).toEqual([4, 2]);
    const results = model.forward(
      examples.map(({ ids }) => ids),
      examples.map(({ labels }) => labels),
      { inputs },
    );
    for (const [s, { ids }] of results.entries()) {
      const own = [...ids].slice(0, -1);
      // An early end is replaced by the target's token.
      const expected = own.map((id, i) => (id === EOS ? examples[s]!.labels[i]! : id));
      expect(inputs[s]).toEqual([BOS, ...expected]);
    }
  });

  it('asks for each token of each sequence whether it is forced', () => {
    const asked: string[] = [];
    mixedInputs(model, examples, (s, i) => asked.push(`${s}.${i}`) > 0);
    expect(asked.sort()).toEqual(['0.0', '0.1', '0.2', '1.0']);
  });

  it('agrees with evaluate: greedy decoding has the error rates of its tokens', () => {
    const { exact, own, forced, loss } = evaluate(model, examples);
    expect(exact).toBe(0);
    expect(own.byPosition.map(({ count }) => count)).toEqual([2, 2, 1, 1]);
    expect(forced.byPosition[0]).toEqual(own.byPosition[0]);
    expect(loss).toBeGreaterThan(1);
  });
});
