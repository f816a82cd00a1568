import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableBackends, type BackendName, type EncoderModel, loadEncoder } from '../../src/index.ts';
import { MINILM, maxDifference, referenceCases } from '../helpers/minilm.ts';

// The numbers in the fixture are rounded to 7 decimals, which alone is 5e-8.
const TOLERANCE: Readonly<Record<BackendName, number>> = {
  reference: 2e-6,
  'wasm-simd': 1e-5,
  'wasm-relaxed-simd': 1e-5,
};

it('has attention maps to compare with', () => {
  expect(
    referenceCases.filter((reference) => reference.attention_layer0_head0).length,
  ).toBeGreaterThanOrEqual(4);
});

it('runs on every backend here', () => {
  expect(availableBackends()).toEqual(['wasm-relaxed-simd', 'wasm-simd', 'reference']);
});

describe.each(availableBackends())('all-MiniLM-L6-v2 on %s', (backend) => {
  let model: EncoderModel;
  beforeAll(async () => {
    model = await loadEncoder(MINILM, { backend });
  });
  afterAll(() => model.dispose());

  it.each(referenceCases.map((reference) => [reference.text, reference] as const))(
    'agrees with PyTorch on %j',
    async (text, reference) => {
      const trace = await model.trace(text);
      expect([...trace.ids]).toEqual(reference.ids);
      expect(trace.tokens).toEqual(reference.tokens);
      const length = Math.hypot(...trace.embedding);
      const embedding = trace.embedding.map((value) => value / length);
      expect(maxDifference(embedding, reference.embedding)).toBeLessThanOrEqual(TOLERANCE[backend]);
      for (const [layer, head, map] of [
        [0, 0, reference.attention_layer0_head0],
        [5, 11, reference.attention_layer5_head11],
      ] as const) {
        if (map)
          expect(maxDifference(trace.attention.map(layer, head), map.flat())).toBeLessThanOrEqual(1e-5);
      }
    },
  );

  it('gives equal embeddings alone and in a batch of mixed lengths', async () => {
    const texts = referenceCases.map(({ text }) => text);
    const embeddings = await model.embed(texts, { normalize: true });
    for (const [i, { embedding }] of referenceCases.entries()) {
      expect(maxDifference(embeddings[i]!, embedding)).toBeLessThanOrEqual(TOLERANCE[backend]);
    }
  });
});
