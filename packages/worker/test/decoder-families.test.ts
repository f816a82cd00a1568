import { loadCausalLM } from '@headwise/core';
import { loadCausalLM as loadParallel } from '@headwise/worker';
import { expect, test } from 'vitest';
import { maxDifference } from './helpers/compare.ts';
import { decoderFiles } from './helpers/tiny-generators.ts';

/** One with each kind of block: soft caps and sandwich norms, norms of all heads, ALiBi, experts, projected embeddings. */
const NAMES = ['gemma2', 'olmo2', 'falcon-rw', 'mixtral', 'opt-350m'] as const;

// Only lower-case letters are in the vocabulary of these checkpoints.
const PROMPT = 'the river bank';

test.each(NAMES)('%s gives the same in three workers as on one thread', async (name) => {
  const single = await loadCausalLM(decoderFiles(name));
  const parallel = await loadParallel(decoderFiles(name), { workers: 3 });
  const options = { maxNewTokens: 6, eosTokenId: null };
  const [expected, actual] = [
    await single.generate(PROMPT, options),
    await parallel.generate(PROMPT, options),
  ];
  expect(actual.ids).toEqual(expected.ids);
  expect(actual.ids).toHaveLength(6);
  const names = ['blocks.0.attention.weights', 'blocks.1.residual.after', 'logits'];
  const [wanted, recorded] = [await single.record(PROMPT, names), await parallel.record(PROMPT, names)];
  for (const activation of names) {
    const { data } = wanted.activations.get(activation)!;
    expect(maxDifference(recorded.activations.get(activation)!.data, data)).toBeLessThanOrEqual(5e-5);
  }
  await Promise.all([single.dispose(), parallel.dispose()]);
});
