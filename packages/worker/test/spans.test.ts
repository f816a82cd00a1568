import { loadCausalLM, loadEncoder, loadSeq2SeqLM, type WorkerSpan } from '@headwise/worker';
import { expect, test } from 'vitest';
import { tinyBert } from './helpers/tiny-bert.ts';
import { decoderFiles, seq2seqFiles } from './helpers/tiny-generators.ts';

const TEXT = 'attention is all';

/** Layers and parts of a worker's spans, in order. */
const partsOf = (spans: readonly WorkerSpan[], worker = 0) =>
  spans.filter((span) => span.worker === worker).map(({ layer, part }) => `${layer ?? '-'} ${part}`);

/** Those of one block, whose halves end with a sum if there are several workers; after it, normalisation is computed by each. */
const block = (layer: number, sums: boolean) =>
  ['attention', 'feedForward'].flatMap((part) => [
    `${layer} ${part}`,
    ...(sums ? [`${layer} exchange`, `${layer} ${part}`] : []),
  ]);

test.each([
  { workers: 1, transport: 'messages' },
  { workers: 3, transport: 'messages' },
  { workers: 2, transport: 'shared' },
] as const)('onSpan tells what each of $workers workers did ($transport)', async (options) => {
  const spans: WorkerSpan[] = [];
  const model = await loadEncoder(tinyBert(), { ...options, onSpan: (span) => spans.push(span) });
  const plain = await loadEncoder(tinyBert(), options);
  const begin = performance.now();
  const vector = await model.embed(TEXT);
  const end = performance.now();
  expect(vector).toEqual(await plain.embed(TEXT));
  const sums = options.workers > 1;
  for (let worker = 0; worker < options.workers; worker++) {
    expect(partsOf(spans, worker)).toEqual([
      '- embeddings',
      ...(sums ? ['- exchange', '- embeddings'] : []),
      ...block(0, sums),
      ...block(1, sums),
      '- output',
    ]);
    const own = spans.filter((span) => span.worker === worker);
    for (const [i, span] of own.entries()) {
      expect(span.end).toBeGreaterThanOrEqual(span.start);
      if (i > 0 && own[i - 1]!.layer === span.layer) expect(span.start).toBe(own[i - 1]!.end);
    }
    // Clocks of threads agree to a millisecond.
    expect(own[0]!.start).toBeGreaterThan(begin - 1);
    expect(own.at(-1)!.end).toBeLessThan(end + 1);
  }
  await Promise.all([model.dispose(), plain.dispose()]);
});

test('onSpan numbers the workers that have whole models each', async () => {
  const spans: WorkerSpan[] = [];
  const onSpan = (span: WorkerSpan) => void spans.push(span);
  const model = await loadEncoder(tinyBert(), { workers: 2, split: 'batch', onSpan });
  await Promise.all([model.embed(TEXT), model.embed('a')]);
  expect(new Set(spans.map(({ worker }) => worker))).toEqual(new Set([0, 1]));
  expect(spans.some(({ part }) => part === 'exchange')).toBe(false);
  await model.dispose();
});

test('onSpan tells the cross-attention of an encoder–decoder from its other halves', async () => {
  const spans: WorkerSpan[] = [];
  const model = await loadSeq2SeqLM(seq2seqFiles('t5'), { workers: 2, onSpan: (span) => spans.push(span) });
  await model.generate('a', { maxNewTokens: 1 });
  const parts = new Set(spans.map(({ part }) => part));
  expect(parts).toContain('crossAttention');
  const first = spans.findIndex(({ part }) => part === 'crossAttention');
  expect(spans.slice(0, first).some(({ part }) => part === 'output')).toBe(true);
  await model.dispose();
});

test('an error of onSpan rejects the call, and the next one is answered', async () => {
  let fails = true;
  const model = await loadCausalLM(decoderFiles('llama'), {
    workers: 2,
    onSpan: () => {
      if (fails) throw new Error('no more spans');
    },
  });
  await expect(model.generate('a', { maxNewTokens: 2 })).rejects.toThrow('no more spans');
  fails = false;
  expect((await model.generate('a', { maxNewTokens: 2 })).tokens).toHaveLength(2);
  await model.dispose();
});
