import { type EncoderModel, loadEncoder } from '@headwise/core';
import { Document } from '@langchain/core/documents';
import { FakeVectorStore } from '@langchain/core/utils/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HeadwiseEmbeddings } from '../src/index.ts';
import { loadMiniLM, miniLMFiles } from './models.ts';

let model: EncoderModel;
beforeAll(async () => {
  model = await loadMiniLM();
});
afterAll(() => model.dispose());

const texts = ['The bank lends money.', 'We sat on the river bank.', 'A cup of tea, please.'];
const numbers = (vectors: readonly Float32Array[]) => vectors.map((vector) => Array.from(vector));

describe('HeadwiseEmbeddings', () => {
  test('are those of the model', async () => {
    const embeddings = new HeadwiseEmbeddings({ model, normalize: true });
    expect(await embeddings.embedDocuments(texts)).toEqual(
      numbers(await model.embed(texts, { normalize: true })),
    );
    const [query] = numbers([await model.embed('loans', { normalize: true })]);
    expect(await embeddings.embedQuery('loans')).toEqual(query);
    expect(await embeddings.embedDocuments([])).toEqual([]);
  });

  test('find documents in a vector store', async () => {
    const documents = texts.map((pageContent, id) => new Document({ pageContent, metadata: { id } }));
    const store = await FakeVectorStore.fromDocuments(documents, new HeadwiseEmbeddings({ model }));
    const [best] = await store.similaritySearchWithScore('Where do I get a credit?', 2);
    expect(best![0]).toMatchObject({ pageContent: texts[0], metadata: { id: 0 } });
    expect(best![1]).toBeCloseTo(await model.similarity('Where do I get a credit?', texts[0]!), 5);
    const found = await store.asRetriever({ k: 1 }).invoke('something to drink');
    expect(found.map(({ pageContent }) => pageContent)).toEqual([texts[2]]);
  });

  test('put the prompts of the model before queries and documents', async () => {
    const prompts = { query: 'query: ', document: 'passage: ' };
    const module = (type: string, path: string, idx: number) => {
      return { idx, name: String(idx), path, type: `sentence_transformers.models.${type}` };
    };
    const prompted = await loadEncoder({
      ...(await miniLMFiles()),
      'config_sentence_transformers.json': JSON.stringify({ prompts }),
      'modules.json': JSON.stringify([module('Transformer', '', 0), module('Pooling', '1_Pooling', 1)]),
      '1_Pooling/config.json': JSON.stringify({
        word_embedding_dimension: 384,
        pooling_mode_mean_tokens: true,
      }),
    });
    const embeddings = new HeadwiseEmbeddings({ model: prompted });
    expect(await embeddings.embedQuery('loans')).toEqual([...(await prompted.embed('query: loans'))]);
    expect(await embeddings.embedDocuments(['loans'])).toEqual([
      [...(await prompted.embed('passage: loans'))],
    ]);
    const plain = new HeadwiseEmbeddings({ model: prompted, prompt: '' });
    expect(await plain.embedQuery('loans')).toEqual([...(await prompted.embed('loans'))]);
    await prompted.dispose();
  });

  test('refuse fields that there are not', () => {
    expect(
      () => new HeadwiseEmbeddings({ model, batchSize: 4 } as object as { model: EncoderModel }),
    ).toThrow('unknown option batchSize');
    expect(() => new HeadwiseEmbeddings(undefined as never)).toThrow('options must be an object');
    for (const wrong of [undefined, 'org/name', Promise.resolve(model), { kind: 'causalLM' }])
      expect(() => new HeadwiseEmbeddings({ model: wrong as never })).toThrow('needs a loaded model');
  });
});
