import { describe, expect, it } from 'vitest';
import {
  type EncoderModel,
  loadCausalLM,
  loadEncoder,
  loadModel,
  rerank,
  type TensorData,
  writeSafetensors,
} from '../../src/index.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import fixture from '../fixtures/sentence-transformers.json' with { type: 'json' };
import { difference } from '../helpers/fixture.ts';
import { expectVectors, modulesJson, rowsOf, tensor, weights } from '../helpers/sentence-transformers.ts';
import { tinyDecoderConfig, tinyDecoderWeights } from '../helpers/tiny-decoders.ts';
import { tinyTokenizer } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinyGeneratorTokenizer, tinyTokens } from '../helpers/tiny-generators.ts';

const { decoder } = fixture.cases;
const backend = 'reference';

describe('decoders', () => {
  const config = tinyDecoderConfig('qwen3');
  const files = (more: Record<string, string | Uint8Array>, change: object = {}) => ({
    ...tinyDecoderFiles('qwen3'),
    'config.json': JSON.stringify({ ...config, ...change }),
    ...more,
  });
  const embedder = files({
    'modules.json': modulesJson(['Transformer', 'Pooling', 'Normalize']),
    '1_Pooling/config.json': JSON.stringify({ embedding_dimension: 24, pooling_mode: 'lasttoken' }),
    'config_sentence_transformers.json': JSON.stringify({ prompts: { query: 'ab' } }),
  });
  const sequences = decoder.ids.map((ids) => ({
    ids: Int32Array.from(ids),
    typeIds: new Int32Array(ids.length),
  }));

  it('with the files of sentence-transformers are embedders', async () => {
    for (const load of [loadModel, loadEncoder]) {
      for (const name of ['reference', 'wasm-simd'] as const) {
        const model = (await load(embedder, { backend: name })) as EncoderModel;
        expect(model.kind).toBe('encoder');
        const outputs = await model.run(sequences, model.embeddingRequest);
        expectVectors(
          outputs.map(({ data }) => data),
          rowsOf(decoder.lasttoken),
          1e-5,
        );
        expect(difference(await model.encodeQuery('c'), await model.embed('abc'))).toBe(0);
        expect((await model.trace('abc')).attention.shape).toEqual([2, 4, 3, 3]);
        await model.dispose();
      }
    }
    // Without them they are language models.
    expect((await loadModel(tinyDecoderFiles('qwen3'), { backend })).kind).toBe('causalLM');
    await expect(loadEncoder(tinyDecoderFiles('qwen3'), { backend })).rejects.toThrow(
      'load it with loadCausalLM',
    );
  });

  it('of bare models have neither a head nor a prefix', async () => {
    const { names, read } = await checkpointOf(tinyDecoderWeights('qwen3'));
    const bare = new Map<string, TensorData>();
    for (const name of names) {
      if (name !== 'lm_head.weight') bare.set(name.replace(/^model\./, ''), await read(name));
    }
    const model = await loadEncoder(
      {
        ...embedder,
        'config.json': JSON.stringify({ ...config, tie_word_embeddings: false }),
        'model.safetensors': writeSafetensors(bare),
      },
      { backend },
    );
    const outputs = await model.run(sequences, model.embeddingRequest);
    expectVectors(
      outputs.map(({ data }) => data),
      rowsOf(decoder.lasttoken),
      1e-5,
    );
  });

  it.each([
    [null, decoder.logits],
    [2, decoder.logitsWithPad2],
  ])('with a classifier read the last token that is not padding: pad_token_id %j', async (pad, want) => {
    const { names, read } = await checkpointOf(tinyDecoderWeights('qwen3'));
    const tensors = new Map<string, TensorData>([['score.weight', tensor(decoder.score)]]);
    for (const name of names) tensors.set(name, await read(name));
    const change = {
      architectures: ['Qwen3ForSequenceClassification'],
      id2label: { 0: 'no', 1: 'yes' },
      pad_token_id: pad,
    };
    const model = (await loadModel(files({ 'model.safetensors': writeSafetensors(tensors) }, change), {
      backend,
    })) as EncoderModel;
    expect(model.taskHeads).toEqual(['sequenceClassification']);
    const outputs = await model.run(sequences, { kind: 'sequenceClassification' });
    expectVectors(
      outputs.map(({ data }) => data),
      rowsOf(want),
      1e-4,
    );
    await expect(model.run(sequences, { kind: 'maskedLM' })).rejects.toThrow('no head maskedLM');
  });

  it.each([
    ['Qwen3ForTokenClassification', 'tokenClassification', 'score', 'model.'],
    ['Qwen3ForQuestionAnswering', 'questionAnswering', 'qa_outputs', 'transformer.'],
  ] as const)('with a head over tokens: %s', async (name, kind, layer, prefix) => {
    const { names, read } = await checkpointOf(tinyDecoderWeights('qwen3'));
    const [weight, bias] = [tensor(decoder.score), Float32Array.of(0.5, -0.25)];
    const tensors = new Map<string, TensorData>([
      [`${layer}.weight`, weight],
      [`${layer}.bias`, { dtype: 'F32', shape: [2], bytes: new Uint8Array(bias.buffer) }],
    ]);
    for (const stored of names) tensors.set(stored.replace(/^model\./, prefix), await read(stored));
    const change = { architectures: [name], id2label: { 0: 'no', 1: 'yes' } };
    const repository = files({ 'model.safetensors': writeSafetensors(tensors) }, change);
    const model = (await loadModel(repository, { backend })) as EncoderModel;
    expect(model.taskHeads).toEqual([kind]);
    const hidden = await model.run(sequences, { kind: 'hidden' });
    const logits = await model.run(sequences, { kind });
    const rows = toFloat32(weight);
    for (const [s, { data, shape }] of hidden.entries()) {
      const [tokens = 0, features = 0] = shape;
      expect(logits[s]!.shape).toEqual([tokens, 2]);
      const want = Float32Array.from({ length: tokens * 2 }, (_, i) => {
        const [token, label] = [Math.floor(i / 2), i % 2];
        let sum = bias[label]!;
        for (let f = 0; f < features; f++) sum += rows[label * features + f]! * data[token * features + f]!;
        return sum;
      });
      expectVectors([logits[s]!.data], [want], 1e-5);
    }
    await expect(model.run(sequences, { kind: 'sequenceClassification' })).rejects.toThrow('no head');
  });

  it('rerank by the logits of yes and no after the prompt of the model card', async () => {
    const tokenizer = tinyGeneratorTokenizer() as {
      model: { vocab: Record<string, number> };
      added_tokens: object[];
    };
    const names = ['yes', 'no', '<|im_start|>', '<|im_end|>'];
    for (const [i, content] of names.entries()) {
      const [old] = [tinyTokens[57 + i]!];
      delete tokenizer.model.vocab[old];
      tokenizer.model.vocab[content] = 57 + i;
      if (i >= 2) tokenizer.added_tokens.push({ id: 57 + i, content, special: true, normalized: false });
    }
    const source = { ...tinyDecoderFiles('llama'), 'tokenizer.json': JSON.stringify(tokenizer) };
    const long = { ...tinyDecoderConfig('llama'), max_position_embeddings: 600 };
    const model = await loadCausalLM({ ...source, 'config.json': JSON.stringify(long) }, { backend });
    const documents = ['cash', 'a river bank'];
    const options = { activation: 'none', instruction: 'find' } as const;
    const ranked = await rerank(model, 'money', documents, options);
    const text = (document: string) =>
      '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n' +
      `<Instruct>: find\n<Query>: money\n<Document>: ${document}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n`;
    for (const { text: document, score } of ranked) {
      const logits = await model.nextLogits(
        model.tokenizer.encode(text(document), { addSpecialTokens: false }).ids,
      );
      expect(score).toBeCloseTo(logits[57]! - logits[58]!, 4);
    }
    expect(ranked[0]!.score).toBeGreaterThanOrEqual(ranked[1]!.score);
    const other = await loadCausalLM(tinyDecoderFiles('llama'), { backend });
    await expect(rerank(other, 'money', documents)).rejects.toThrow('a decoder needs the tokens yes, no');
  });
});

describe('static embeddings', () => {
  const table = Float32Array.from({ length: 90 * 4 }, (_, i) => Math.sin(i));
  const bytes = (shape: number[]) => ({
    dtype: 'F32' as const,
    shape,
    bytes: new Uint8Array(table.slice().buffer),
  });
  const source = (folder: string, name: string, normalize = false) => ({
    'modules.json': JSON.stringify([
      {
        idx: 0,
        name: '0',
        path: folder === '' ? '.' : folder,
        type: 'sentence_transformers.models.StaticEmbedding',
      },
      ...(normalize
        ? [{ idx: 1, name: '1', path: '1_Normalize', type: 'sentence_transformers.models.Normalize' }]
        : []),
    ]),
    [`${folder === '' ? '' : `${folder}/`}tokenizer.json`]: JSON.stringify(tinyTokenizer()),
    [`${folder === '' ? '' : `${folder}/`}model.safetensors`]: weights({ [name]: bytes([90, 4]) }),
  });
  /** The mean of the rows of 5, 7 and 8: the river bank, without special tokens. */
  const mean = Float32Array.from(
    { length: 4 },
    (_, f) => ([5, 7, 8].reduce((sum, id) => sum + table[id * 4 + f]!, 0) as number) / 3,
  );

  it('are the mean of their tokens’ rows, without config.json', async () => {
    for (const model of [
      await loadEncoder(source('0_StaticEmbedding', 'embedding.weight'), { backend }),
      (await loadModel(source('', 'embeddings'), { backend })) as EncoderModel,
    ]) {
      expectVectors(await model.embed(['the river bank', '']), [mean, new Float32Array(4)], 1e-6);
      expect(model.embeddingSize).toBe(4);
      await expect(model.record('cash', ['blocks.0.output'])).rejects.toThrow('no activations');
      await model.dispose();
      await expect(model.embed('cash')).rejects.toThrow('disposed');
    }
  });

  it('may be normalised, and are those of Model2Vec', async () => {
    const files = {
      ...source('', 'embeddings', true),
      'config.json': '{"model_type":"model2vec","normalize":true}',
    };
    const model = (await loadModel(files, { backend })) as EncoderModel;
    const length = Math.hypot(...mean);
    expectVectors([await model.embed('the river bank')], [mean.map((x) => x / length)], 1e-6);
  });

  it('are refused with more tensors than the library reads, and without modules.json', async () => {
    const more = {
      ...source('', 'embeddings'),
      'model.safetensors': weights({ embeddings: bytes([90, 4]), mapping: bytes([360]) }),
    };
    await expect(loadEncoder(more, { backend })).rejects.toThrow('it has embeddings, mapping');
    const { 'modules.json': _, ...bare } = {
      ...source('', 'embeddings'),
      'config.json': '{"model_type":"model2vec"}',
    };
    await expect(loadEncoder(bare as never, { backend })).rejects.toThrow('needs a modules.json');
  });
});

async function checkpointOf(bytes: Uint8Array) {
  const { SafetensorsCheckpoint } = await import('../../src/index.ts');
  const checkpoint = await SafetensorsCheckpoint.open({
    size: bytes.length,
    read: async (from, to) => bytes.subarray(from, to),
  });
  return { names: checkpoint.names, read: (name: string) => checkpoint.read(name) };
}
