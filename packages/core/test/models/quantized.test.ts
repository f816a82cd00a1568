import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cosineSimilarity, createBackend, loadEncoder } from '../../src/index.ts';
import { MINILM } from '../helpers/minilm.ts';

/** 200 sentences; for their sources see fixtures/sentences.txt. */
const sentences = readFileSync(new URL('../fixtures/sentences.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

let exact: Float32Array[];
beforeAll(async () => {
  const model = await loadEncoder(MINILM, { backend: 'wasm-simd' });
  exact = await model.embed(sentences);
  await model.dispose();
}, 60_000);

it('has 200 distinct sentences', () => {
  expect(new Set(sentences).size).toBe(200);
});

// The minimum, not the mean: very short sentences lose the most accuracy.
describe.each(['wasm-simd', 'wasm-relaxed-simd'] as const)('quantized embeddings on %s', (backend) => {
  it.each([
    ['f16', 0.99999],
    ['q8', 0.99],
    ['q4', 0.95],
  ] as const)(
    'of %s have a cosine similarity of at least %f with those of f32',
    async (dtype, least) => {
      const model = await loadEncoder(MINILM, { backend, dtype });
      const embeddings = await model.embed(sentences);
      await model.dispose();
      const cosines = embeddings.map((embedding, i) => cosineSimilarity(embedding, exact[i]!));
      const smallest = cosines.indexOf(Math.min(...cosines));
      expect(cosines[smallest], sentences[smallest]).toBeGreaterThanOrEqual(least);
    },
    60_000,
  );
});

it('uses less memory in q4 than in q8, though some layers are kept in 8 bits', async () => {
  const bytes: number[] = [];
  for (const dtype of ['q8', 'q4'] as const) {
    const backend = await createBackend('wasm-simd');
    const model = await loadEncoder(MINILM, { backend, dtype });
    bytes.push(backend.weightBytes);
    await model.dispose();
  }
  const [q8, q4] = bytes as [number, number];
  // Blocks of 384 × 384 (four) and 384 × 1536 (two), of which an output layer and a second feed-forward layer are in 4 bits.
  const layers = 6 * (384 * 384 + 384 * 1536) * (1 + 2 / 32 - 5 / 8);
  // Word embeddings: a byte for each value and four for each row, against 5 bits for each value.
  const saved = layers + 30_522 * (384 * (1 - 5 / 8) + 4);
  expect(q8 - q4).toBeGreaterThan(0.99 * saved);
  expect(q8 - q4).toBeLessThan(1.02 * saved);
});
