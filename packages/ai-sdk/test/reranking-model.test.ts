import { type EncoderModel, loadEncoder, rerank as rankWithCore } from '@headwise/core';
import { rerank } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changedFiles } from '../../core/test/helpers/tiny-encoders.ts';
import { rerankingModel } from '../src/index.ts';
import { loadStories } from './models.ts';

let model: EncoderModel;

/** A cross-encoder of random weights: a classifier with a single label. */
beforeAll(async () => {
  const files = await changedFiles(
    'bert',
    (tensors) => {
      for (const name of ['classifier.weight', 'classifier.bias']) {
        const { bytes, shape, ...rest } = tensors.get(name)!;
        const row = bytes.slice(0, bytes.length / shape[0]!);
        tensors.set(name, { ...rest, shape: [1, ...shape.slice(1)], bytes: row });
      }
    },
    { id2label: { 0: 'relevant' } },
  );
  model = await loadEncoder(files, { taskHeads: ['sequenceClassification'] });
});
afterAll(() => model.dispose());

const query = 'she sat';
const documents = ['cash', 'the river bank', 'she sat by the river'];

describe('rerankingModel', () => {
  test('ranks documents as core does', async () => {
    const expected = await rankWithCore(model, query, documents);
    const { ranking, rerankedDocuments } = await rerank({ model: rerankingModel(model), query, documents });
    expect(ranking).toEqual(
      expected.map(({ index, score, text }) => ({ originalIndex: index, score, document: text })),
    );
    expect(rerankedDocuments).toEqual(expected.map(({ text }) => text));
    const options = { model: rerankingModel(model, { activation: 'none' }), query, documents, topN: 1 };
    const [first, ...others] = (await rerank(options)).ranking;
    expect(others).toEqual([]);
    expect(first!.score).toBe(
      (await rankWithCore(model, query, documents, { activation: 'none' }))[0]!.score,
    );
  });

  test('reads objects as JSON, with a warning', async () => {
    const objects = documents.map((text) => ({ text }));
    const reranker = rerankingModel(model, { modelId: 'mine' });
    const { ranking, warnings } = await reranker.doRerank({
      documents: { type: 'object', values: objects },
      query,
      topN: 2,
    });
    const expected = await rankWithCore(
      model,
      query,
      objects.map((one) => JSON.stringify(one)),
      { topK: 2 },
    );
    expect(ranking).toEqual(expected.map(({ index, score }) => ({ index, relevanceScore: score })));
    expect(warnings).toMatchObject([{ type: 'compatibility', feature: 'object documents' }]);
    expect(reranker).toMatchObject({ provider: 'headwise', modelId: 'mine' });
  });

  test('takes an abort and options of core, and refuses others', async () => {
    const call = { model: rerankingModel(model), query, documents, maxRetries: 0 };
    await expect(rerank({ ...call, abortSignal: AbortSignal.abort() })).rejects.toThrow('aborted');
    const own = (options: object) =>
      rerank({ ...call, providerOptions: { headwise: options as Record<string, string> } });
    expect((await own({ activation: 'none' })).ranking).toHaveLength(3);
    await expect(own({ activaton: 'none' })).rejects.toThrow('did you mean activation?');
    expect(() => rerankingModel(model, { topK: 3 } as object)).toThrow('unknown option topK');
    for (const wrong of [undefined, 'org/name', Promise.resolve(model)])
      expect(() => rerankingModel(wrong as never)).toThrow('rerankingModel: needs a loaded model');
  });

  test('needs a model that ranks', async () => {
    const stories = await loadStories();
    await expect(
      rerank({ model: rerankingModel(stories), query, documents, maxRetries: 0 }),
    ).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    await stories.dispose();
  });
});
