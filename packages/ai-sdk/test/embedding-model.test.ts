import type { EncoderModel } from '@headwise/core';
import { cosineSimilarity, embed, embedMany } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddingModel } from '../src/index.ts';
import { loadMiniLM } from './models.ts';

let encoder: EncoderModel;
beforeAll(async () => {
  encoder = await loadMiniLM();
});
afterAll(() => encoder.dispose());

const texts = ['I drank coffee.', '나는 커피를 마셨다.', ''];
const tokens = (list: readonly string[]) =>
  list.reduce((sum, text) => sum + encoder.tokenize(text).ids.length, 0);

describe('embeddingModel', () => {
  test('embeds as the model does, and counts its tokens', async () => {
    const { embedding, usage, warnings } = await embed({ model: embeddingModel(encoder), value: texts[0]! });
    expect(embedding).toEqual([...(await encoder.embed(texts[0]!))]);
    expect(usage.tokens).toBe(tokens(texts.slice(0, 1)));
    expect(warnings).toEqual([]);
  });

  test('embeds many at once, in their order', async () => {
    const { embeddings, usage } = await embedMany({ model: embeddingModel(encoder), values: texts });
    const expected = await encoder.embed(texts);
    expect(embeddings).toEqual(expected.map((vector) => [...vector]));
    expect(usage.tokens).toBe(tokens(texts));
    const tea = await embed({ model: embeddingModel(encoder), value: 'She sipped a cup of tea.' });
    expect(cosineSimilarity(embeddings[0]!, tea.embedding)).toBeCloseTo(
      await encoder.similarity(texts[0]!, 'She sipped a cup of tea.'),
      5,
    );
  });

  test('has options of the model, and of one call', async () => {
    const model = embeddingModel(encoder, { normalize: true, prompt: 'query: ', modelId: 'minilm' });
    expect([model.provider, model.modelId]).toEqual(['headwise', 'minilm']);
    const { embedding, usage } = await embed({ model, value: texts[0]! });
    const expected = await encoder.embed(texts[0]!, { normalize: true, prompt: 'query: ' });
    expect(embedding).toEqual([...expected]);
    expect(usage.tokens).toBe(tokens([`query: ${texts[0]}`]));
    const plain = await embed({
      model,
      value: texts[0]!,
      providerOptions: { headwise: { prompt: '', normalize: false } },
    });
    expect(plain.embedding).toEqual([...(await encoder.embed(texts[0]!))]);
  });

  test('keeps the first features with a warning, and refuses more than there are', async () => {
    const call = { values: [texts[0]!], dimensions: 8 };
    const { embeddings, warnings } = await embeddingModel(encoder).doEmbed(call);
    expect(embeddings).toEqual([[...(await encoder.embed(texts[0]!, { truncateDim: 8 }))]]);
    expect(warnings).toMatchObject([{ type: 'compatibility', feature: 'dimensions' }]);
    await expect(embeddingModel(encoder).doEmbed({ ...call, dimensions: 385 })).rejects.toThrow(
      'dimensions must be at most 384',
    );
  });

  test('refuses options that there are not', async () => {
    expect(() => embeddingModel(encoder, { pool: 'mean' } as object)).toThrow('unknown option pool');
    const call = embed({
      model: embeddingModel(encoder),
      value: 'a',
      providerOptions: { headwise: { pool: 'mean' } },
    });
    await expect(call).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });

  test('refuses what is not a loaded encoder', () => {
    for (const wrong of [undefined, 'org/name', Promise.resolve(encoder), { kind: 'causalLM' }])
      expect(() => embeddingModel(wrong as never)).toThrow(
        'embeddingModel: needs a loaded model: await loadEncoder(…)',
      );
  });

  test('ends when it is aborted', async () => {
    const abortSignal = AbortSignal.abort();
    await expect(embed({ model: embeddingModel(encoder), value: 'a', abortSignal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
