import { createBackend } from '@headwise/core';
import { describe, expect, it } from 'vitest';
import {
  gptFlops,
  gptWork,
  mlpFlops,
  mlpWork,
  sampleSize,
  seq2SeqFlops,
  seq2SeqWork,
  type TrainWork,
  trainedGpt,
} from '../src/cases/train.ts';
import { fromPeer, peerWeights } from '../src/engines/train/models.ts';
import { prepareOwnTraining } from '../src/engines/train/ours.ts';
import { backwardRatios } from '../src/report/table.ts';
import type { Row } from '../src/row.ts';
import { compare, trainTolerance } from '../src/run/check.ts';

const tinyGpt = { ...trainedGpt, vocab_size: 40, n_positions: 10, n_embd: 24, n_layer: 2, n_head: 3 };
const works: Readonly<Record<string, TrainWork>> = {
  MLP: mlpWork([12, 20, 8, 4], 6),
  'GPT, step': gptWork(tinyGpt, 3, 'step'),
  'GPT, backward': gptWork(tinyGpt, 3, 'backward'),
  'GPT, forward': gptWork(tinyGpt, 3, 'forward'),
  seq2seq: seq2SeqWork(12, 30, 3, 5),
};

async function checked(work: TrainWork, name: 'reference' | 'wasm-simd' | 'wasm-relaxed-simd') {
  const prepared = await prepareOwnTraining(await createBackend(name), work);
  const output = prepared.arrange!(await prepared.run());
  await prepared.dispose();
  return output;
}

describe('prepareOwnTraining', () => {
  it.each(Object.entries(works))('%s: wasm backends equal the reference', async (_, work) => {
    const expected = await checked(work, 'reference');
    expect(expected).toHaveLength(sampleSize * (work.pass === 'forward' ? 1 : 1 + work.weights.size));
    for (const name of ['wasm-simd', 'wasm-relaxed-simd'] as const) {
      const { failure } = compare(await checked(work, name), expected, trainTolerance, sampleSize);
      expect(failure, name).toBeUndefined();
    }
  });

  it.each(Object.entries(works))('%s: the loss falls only with an optimiser', async (_, work) => {
    const losses = (await checked(work, 'wasm-simd')).subarray(0, sampleSize);
    const [first, last] = [losses[0]!, losses.at(-1)!];
    if (work.pass === 'step') expect(last).toBeLessThan(first);
    else expect(last).toBe(first);
  });
});

describe('peerWeights', () => {
  it.each(Object.entries(works))('%s: are the weights in another layout', (_, work) => {
    const arrays = peerWeights(work);
    for (const [name, { data }] of work.weights) {
      expect(
        fromPeer(work, name, (key) => arrays[key]!.data),
        name,
      ).toEqual(data);
    }
  });

  it('have input features first, and queries, keys and values apart', () => {
    expect(peerWeights(works.MLP!)['0.weight/0']!.shape).toEqual([12, 20]);
    expect(peerWeights(works['GPT, step']!)['h.1.attn.c_attn.weight/2']!.shape).toEqual([24, 24]);
  });
});

describe('flops', () => {
  it('count three products for each of the forward pass, without that of the gradient of the input', () => {
    expect(mlpFlops([2, 3, 5], 7)).toBe(2 * 7 * (3 * (2 * 3 + 3 * 5) - 2 * 3));
    const weights = 12 * 6 * 192 ** 2 + 256 * 192;
    // A token attends to 64.5 on average.
    const attention = 6 * 4 * 192 * 64.5;
    expect(gptFlops(trainedGpt, 16, 'forward')).toBeCloseTo(16 * 128 * (2 * weights + attention), -2);
    expect(gptFlops(trainedGpt, 16, 'step')).toBe(3 * gptFlops(trainedGpt, 16, 'forward'));
    expect(seq2SeqFlops(2, 7, 3, 5)).toBe(3 * 2 * 3 * 5 * (5 * 2 * 8 + 2 * 5 * 2 + 2 * 7));
  });
});

describe('backwardRatios', () => {
  it('are of backends with times of both passes', () => {
    const row = (name: string, backend: string, bestMs: number | null) =>
      ({ case: name, backend, bestMs }) as Row;
    const rows = [
      row('GPT, forward', 'wasm-simd', 10),
      row('GPT, forward', 'jax-js', null),
      row('GPT, forward and backward', 'wasm-simd', 30),
      row('GPT, forward and backward', 'jax-js', 30),
      row('GPT, step', 'wasm-simd', 35),
    ];
    expect(backwardRatios(rows)).toEqual(['wasm-simd 2.00']);
  });
});
