import { Tokenizer } from '@headwise/core';
import type { BatchWork } from '../../cases/work.ts';
import type { Prepared } from '../engine.ts';
import type { Platform } from '../platform.ts';
import { meanEmbedding } from '../pooling.ts';
import type { OnnxRuntime, Session, Tensor } from './runtime.ts';

/** Tried numbers of texts per run. */
const batchSizes = [1, 4, 8, 16, 32, 64];

/** Every n-th batch is timed to choose a size: a pass over all takes seconds. */
const sampledEvery = 5;

/** Texts of one run. */
interface Batch {
  /** Indices of the texts in the work. */
  readonly indices: readonly number[];
  readonly lengths: readonly number[];
  readonly padded: number;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

/**
 * Prepares many texts on ONNX Runtime in its fastest way: sorted by length, in batches of the size that is fastest on this machine.
 * Tokenization, sorting and padding are not timed.
 */
export async function prepareOnnxBatches(
  platform: Platform,
  runtime: OnnxRuntime,
  start: (model: Uint8Array) => Promise<Session>,
  { texts, encoder }: BatchWork,
): Promise<Prepared> {
  const tokenizerJson = JSON.parse(
    new TextDecoder().decode((await platform.minilm()).get('tokenizer.json')),
  ) as object;
  const tokenizer = Tokenizer.fromFiles({ tokenizerJson });
  const ids = texts.map((text) => tokenizer.encode(text).ids);
  const session = await start(await platform.weights('minilm-onnx'));
  const size = encoder.config.hidden_size;
  const plans = batchSizes.map((count) => sortedBatches(runtime, ids, count));
  const batches = await fastest(plans, (batch) => session.run(batch.feeds));
  const run = async () => {
    const all = new Float32Array(texts.length * size);
    for (const { indices, lengths, padded, feeds } of batches) {
      const { last_hidden_state: output } = await session.run(feeds);
      const states = output!.data as Float32Array;
      for (const [row, index] of indices.entries()) {
        const from = row * padded * size;
        all.set(meanEmbedding(states.subarray(from, from + lengths[row]! * size), size), index * size);
      }
    }
    return all;
  };
  return { run, dispose: () => session.release() };
}

function sortedBatches(runtime: OnnxRuntime, ids: readonly Int32Array[], count: number): Batch[] {
  const order = ids.map((_, index) => index).sort((a, b) => ids[a]!.length - ids[b]!.length);
  return Array.from({ length: Math.ceil(order.length / count) }, (_, i) => {
    const indices = order.slice(i * count, (i + 1) * count);
    const lengths = indices.map((index) => ids[index]!.length);
    const padded = Math.max(...lengths);
    const dims = [indices.length, padded];
    const words = new BigInt64Array(indices.length * padded);
    const mask = new BigInt64Array(words.length);
    for (const [row, index] of indices.entries()) {
      words.set(BigInt64Array.from(ids[index]!, BigInt), row * padded);
      mask.fill(1n, row * padded, row * padded + lengths[row]!);
    }
    const feed = (data: BigInt64Array) => new runtime.Tensor('int64', data, dims);
    const feeds = {
      input_ids: feed(words),
      attention_mask: feed(mask),
      token_type_ids: feed(new BigInt64Array(words.length)),
    };
    return { indices, lengths, padded, feeds };
  });
}

/** The plan with the highest rate of tokens, padding not counted. */
async function fastest(
  plans: readonly Batch[][],
  run: (batch: Batch) => Promise<unknown>,
): Promise<readonly Batch[]> {
  const rates: number[] = [];
  for (const plan of plans) {
    const sample = plan.filter(
      (_, i) => i % sampledEvery === sampledEvery >> 1 || plan.length <= sampledEvery,
    );
    // The first run of a shape allocates memory.
    await run(sample[0]!);
    const begin = performance.now();
    for (const batch of sample) await run(batch);
    const tokens = sample.flatMap(({ lengths }) => lengths).reduce((sum, length) => sum + length, 0);
    rates.push(tokens / (performance.now() - begin));
  }
  return plans[rates.indexOf(Math.max(...rates))]!;
}
