import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cosineSimilarity, loadModel } from '../../src/index.ts';
import { MINILM } from '../helpers/minilm.ts';

/** 200 sentences of all kinds: fixtures/sentences.txt says where they are from. */
const sentences = readFileSync(new URL('../fixtures/sentences.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

let exact: Float32Array[];
beforeAll(async () => {
  const model = await loadModel(MINILM, { backend: 'wasm-simd' });
  exact = await model.embed(sentences);
  await model.dispose();
}, 60_000);

it('has 200 sentences, each unlike the others', () => {
  expect(new Set(sentences).size).toBe(200);
});

// The smallest cosine of all, not their mean: it is the very short sentences that lose most. The bound of q4 is what its format
// reaches, so that it does not get worse; it is less than the 0.95 that one would want.
describe.each(['wasm-simd', 'wasm-relaxed-simd'] as const)('embeddings of %s in fewer bits', (backend) => {
  it.each([
    ['f16', 0.99999],
    ['q8', 0.99],
    ['q4', 0.85],
  ] as const)(
    'with %s have a cosine of at least %f with those of f32',
    async (dtype, least) => {
      const model = await loadModel(MINILM, { backend, dtype });
      const embeddings = await model.embed(sentences);
      await model.dispose();
      const cosines = embeddings.map((embedding, i) => cosineSimilarity(embedding, exact[i]!));
      const smallest = cosines.indexOf(Math.min(...cosines));
      expect(cosines[smallest], sentences[smallest]).toBeGreaterThanOrEqual(least);
    },
    60_000,
  );
});
