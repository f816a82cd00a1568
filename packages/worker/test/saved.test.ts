import {
  cosineSimilarity,
  loadCausalLM as loadSingle,
  loadEncoder as loadSingleEncoder,
} from '@headwise/core';
import { saveModel } from '@headwise/core/save';
import { loadCausalLM, loadEncoder } from '@headwise/worker';
import { expect, test } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { tinyBert } from './helpers/tiny-bert.ts';
import { decoderFiles } from './helpers/tiny-generators.ts';

const TEXT = 'attention is all';

async function saved(source: Parameters<typeof saveModel>[0], dtype: 'q8' | 'q4') {
  const files = new Map<string, Uint8Array>();
  await saveModel(source, files, { dtype });
  return files;
}

/** Exact activations: only the weights are quantised. The other backends also quantise activations, in workers those of each worker by themselves. */
const backend = 'reference';

// 32 features for each head and 192 of the feed-forward half: no worker has a part of a block of 32.
test.each(['q8', 'q4'] as const)(
  'a model that was saved in %s embeds in workers as in one thread',
  async (dtype) => {
    const small = await saved(tinyBert({ hiddenSize: 128, heads: 4, intermediateSize: 192 }), dtype);
    const single = await loadSingleEncoder(small, { backend });
    const expected = await single.embed(TEXT);
    for (const workers of [1, 2, 3]) {
      const model = await loadEncoder(small, { backend, workers });
      expect(model.dtype).toBe(dtype);
      expectClose(await model.embed(TEXT), expected, `${workers} workers`);
      await model.dispose();
    }
    await single.dispose();
  },
);

test('a model that was saved in q4 embeds in workers that have parts of its blocks, with the error of 4 bits', async () => {
  // 16 features for each head: each of two workers begins within a block.
  const files = tinyBert({ hiddenSize: 96, heads: 6, intermediateSize: 96 });
  const single = await loadSingleEncoder(files, { backend });
  const model = await loadEncoder(await saved(files, 'q4'), { backend, dtype: 'q4', workers: 2 });
  const [vector, expected] = await Promise.all([model.embed(TEXT), single.embed(TEXT)]);
  expect(cosineSimilarity(vector, expected)).toBeGreaterThan(0.98);
  await Promise.all([model.dispose(), single.dispose()]);
});

test.each(['gpt2', 'llama'])(
  '%s that was saved in q8 generates in workers what one thread does',
  async (name) => {
    const small = await saved(decoderFiles(name), 'q8');
    const models = await Promise.all([
      loadCausalLM(small, { backend, workers: 2 }),
      loadSingle(small, { backend }),
    ]);
    const [text, expected] = await Promise.all(
      models.map((model) => model.generate('abc', { maxNewTokens: 8 })),
    );
    expect(text!.text).toBe(expected!.text);
    await Promise.all(models.map((model) => model.dispose()));
  },
);
