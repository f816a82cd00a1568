import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  type EncoderModel,
  loadCausalLM,
  loadEncoder,
  loadModel,
  rerank,
  type TensorData,
  writeSafetensors,
} from '../../src/index.ts';
import fixture from '../fixtures/sentence-transformers.json' with { type: 'json' };
import { difference, floats, type StoredArray } from '../helpers/fixture.ts';
import { tinyDecoderConfig, tinyDecoderWeights } from '../helpers/tiny-decoders.ts';
import { tinyFiles, tinyTokenizer } from '../helpers/tiny-encoders.ts';
import { tinyDecoderFiles, tinyGeneratorTokenizer, tinyTokens } from '../helpers/tiny-generators.ts';

type Arrays = Readonly<Record<string, StoredArray>>;
const { texts, prompt, similarity, decoder } = fixture.cases;
const pooled = fixture.cases.pooled as Arrays;
const skipped = fixture.cases.skipped as Arrays;
const dense = fixture.cases.dense as Arrays;
const steps = fixture.cases.steps as Arrays;
const backend = 'reference';
const TOLERANCE = 2e-6;

const modulesJson = (types: readonly string[], name = 'sentence_transformers.models.') =>
  JSON.stringify(
    types.map((type, idx) => ({
      idx,
      name: `${idx}`,
      path: idx === 0 ? '' : `${idx}_${type}`,
      type: `${name}${type}`,
    })),
  );

/** A BERT as sentence-transformers has it. */
const repository = (
  pooling: object,
  modules: readonly string[] = ['Transformer', 'Pooling'],
  more: Record<string, string | Uint8Array> = {},
) => ({
  ...tinyFiles('bert', { architectures: ['BertModel'] }),
  'modules.json': modulesJson(modules),
  '1_Pooling/config.json': JSON.stringify({ word_embedding_dimension: 24, ...pooling }),
  ...more,
});

const tensor = (stored: StoredArray): TensorData => {
  const { shape, data } = floats(stored);
  return { dtype: 'F32', shape, bytes: new Uint8Array(data.slice().buffer) };
};
const weights = (tensors: Record<string, TensorData>) => writeSafetensors(new Map(Object.entries(tensors)));
const denseFiles = (folder: string, config: object, tensors: Record<string, TensorData>) => ({
  [`${folder}/config.json`]: JSON.stringify(config),
  [`${folder}/model.safetensors`]: weights(tensors),
});

const rowsOf = (stored: StoredArray) => {
  const { shape, data } = floats(stored);
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, row) => data.subarray(row * width, (row + 1) * width));
};
const expectVectors = (
  got: readonly Float32Array[],
  want: readonly Float32Array[],
  tolerance = TOLERANCE,
) => {
  expect(got.length).toBe(want.length);
  for (const [i, vector] of got.entries())
    expect(difference(vector, want[i]!)).toBeLessThanOrEqual(tolerance);
};

describe('pooling', () => {
  const flags = {
    cls: 'cls_token',
    max: 'max_tokens',
    mean: 'mean_tokens',
    mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
    weightedmean: 'weightedmean_tokens',
    lasttoken: 'lasttoken',
  };

  it.each(Object.entries(flags))('%s is read from a string, a list and a flag', async (mode, flag) => {
    for (const config of [
      { pooling_mode: mode },
      { pooling_mode: [mode] },
      { [`pooling_mode_${flag}`]: true },
    ]) {
      const model = await loadEncoder(repository(config), { backend });
      expectVectors(await model.embed(texts), rowsOf(pooled[mode]!));
    }
  });

  it('concatenates several modes, flags in the order of the library', async () => {
    const want = rowsOf(pooled.cls!).map((vector, i) =>
      Float32Array.from([...vector, ...rowsOf(pooled.mean!)[i]!]),
    );
    const flagged = { pooling_mode_mean_tokens: true, pooling_mode_cls_token: true };
    for (const config of [flagged, { pooling_mode: ['cls', 'mean'] }]) {
      const model = await loadEncoder(repository(config), { backend });
      expectVectors(await model.embed(texts), want);
      expect(model.embeddingSize).toBe(48);
    }
    const plain = await loadEncoder(repository({}), { backend });
    expectVectors(await plain.embed(texts), rowsOf(pooled.mean!));
    expectVectors(await plain.embed(texts, { pooling: ['cls', 'mean'] }), want);
    await expect(plain.embed('cash', { pooling: 'first' as never })).rejects.toThrow(
      'pooling must be one or several of mean',
    );
  });

  it.each(Object.keys(flags))(
    '%s leaves out the tokens of a prompt with include_prompt false',
    async (mode) => {
      const model = await loadEncoder(repository({ pooling_mode: mode, include_prompt: false }), { backend });
      expectVectors([await model.embed('the river bank', { prompt })], [floats(skipped[mode]!).data]);
      expectVectors(await model.embed(texts), rowsOf(pooled[mode]!));
    },
  );

  it.each([
    [{ pooling_mode: 'attention' }, 'pooling_mode must be one or several of mean'],
    [{ pooling_mode: [] }, 'pooling_mode must be one or several of mean'],
    [{ pooling_mode_special: true }, 'pooling_mode_special is not supported'],
    [{ pooling_mode: 'mean', include_prompt: 'no' }, 'include_prompt must be true or false'],
  ])('%j is refused', async (config, message) => {
    await expect(loadEncoder(repository(config), { backend })).rejects.toThrow(message);
  });
});

describe('modules after pooling', () => {
  const { weight, bias, square, projection } = Object.fromEntries(
    Object.entries(dense).map(([name, array]) => [name, tensor(array)]),
  ) as Record<string, TensorData>;
  const narrow = { in_features: 24, out_features: 8 };
  const wide = { in_features: 24, out_features: 24, bias: false };
  const torch = 'torch.nn.modules.';
  const load = (modules: readonly string[], more: Record<string, string | Uint8Array>) =>
    loadEncoder(repository({}, ['Transformer', 'Pooling', ...modules], more), { backend });

  it('Dense has the activation tanh by default, and Normalize comes after it', async () => {
    const files = denseFiles('2_Dense', narrow, { 'linear.weight': weight!, 'linear.bias': bias! });
    const model = await load(['Dense', 'Normalize'], files);
    expectVectors(await model.embed(texts), rowsOf(steps['tanh, normalised']!));
    expect(model.embeddingSize).toBe(8);
    const raw = await model.embed('cash', { normalize: false });
    expect(Math.hypot(...raw)).not.toBeCloseTo(1, 2);
    expectVectors([(await model.trace('cash')).embedding], [rowsOf(steps['tanh, normalised']!)[2]!]);
    await expect(model.embed('cash', { pooling: ['cls', 'mean'] })).rejects.toThrow(
      'the dense layer takes 24 features, pooling gives 48',
    );
  });

  it('Dense may have a residual connection, projected or not', async () => {
    const relu = { ...wide, activation_function: `${torch}activation.ReLU`, use_residual: true };
    const same = await load(['Dense'], denseFiles('2_Dense', relu, { 'linear.weight': square! }));
    expectVectors(await same.embed(texts), rowsOf(steps['relu with identity']!));
    const sigmoid = { ...narrow, activation_function: `${torch}activation.Sigmoid`, use_residual: true };
    const tensors = { 'linear.weight': weight!, 'linear.bias': bias!, 'residual.weight': projection! };
    const other = await load(['Dense'], denseFiles('2_Dense', sigmoid, tensors));
    expectVectors(await other.embed(texts), rowsOf(steps['sigmoid with projection']!));
  });

  it('two Dense modules follow one another; Dropout does nothing', async () => {
    const model = await load(['Dense', 'Dropout', 'Dense'], {
      ...denseFiles(
        '2_Dense',
        { ...wide, activation_function: `${torch}linear.Identity` },
        { 'linear.weight': square! },
      ),
      ...denseFiles(
        '4_Dense',
        { ...narrow, activation_function: `${torch}activation.SiLU` },
        { 'linear.weight': weight!, 'linear.bias': bias! },
      ),
    });
    expectVectors(await model.embed(texts), rowsOf(steps.two!), 2e-5);
  });

  it('vectors are cut after Normalize, and normalised again where the call says so', async () => {
    const model = await load(['Normalize'], {});
    const cut = rowsOf(steps['normalised, cut to 5']!);
    expectVectors(await model.embed(texts, { truncateDim: 5 }), cut);
    expectVectors(
      await model.embed(texts, { truncateDim: 5, normalize: true }),
      rowsOf(steps['normalised, cut to 5, normalised']!),
    );
    expect((await model.embed('cash', { truncateDim: 100 })).length).toBe(24);
    await expect(model.embed('cash', { truncateDim: 0 })).rejects.toThrow(
      'truncateDim must be a whole number of at least 1',
    );
    const files = { 'config_sentence_transformers.json': '{"truncate_dim":5}' };
    const always = await loadEncoder(repository({}, ['Transformer', 'Pooling', 'Normalize'], files), {
      backend,
    });
    expectVectors(await always.embed(texts), cut);
    expect(always.embeddingSize).toBe(5);
  });

  it.each([
    [
      'another activation',
      denseFiles('2_Dense', { ...narrow, activation_function: 'my.Swish' }, {}),
      'activation_function must be one of PyTorch',
    ],
    [
      'tokens as input',
      denseFiles('2_Dense', { ...narrow, module_input_name: 'token_embeddings' }, {}),
      'module_input_name must be sentence_embedding',
    ],
    [
      'a size that is none',
      denseFiles('2_Dense', { in_features: 24, out_features: -1 }, {}),
      'out_features must be a whole number',
    ],
    [
      'another shape',
      denseFiles('2_Dense', { in_features: 24, out_features: 9 }, { 'linear.weight': weight! }),
      'linear.weight must be [9, 24]',
    ],
  ])('Dense with %s is refused', async (_, files, message) => {
    await expect(load(['Dense'], files)).rejects.toThrow(message);
  });

  it.each([
    'custom_st.Transformer',
    'sentence_transformers.sparse_encoder.models.SpladePooling',
    'sentence_transformers.models.CNN',
    'sentence_transformers.models.Router',
  ])('the module %s is refused by name', async (type) => {
    const files = {
      ...repository({}),
      'modules.json': JSON.stringify([{ idx: 0, name: '0', path: '', type }]),
    };
    await expect(loadEncoder(files, { backend })).rejects.toThrow(ConfigError);
    await expect(loadEncoder(files, { backend })).rejects.toThrow(type.split('.').at(-1)!);
  });
});

describe('config_sentence_transformers.json', () => {
  const withConfig = (config: object) =>
    loadEncoder(repository({}, undefined, { 'config_sentence_transformers.json': JSON.stringify(config) }), {
      backend,
    });
  const same = async (a: Promise<Float32Array>, b: Promise<Float32Array>) =>
    expect(difference(await a, await b)).toBe(0);

  it('has prompts by name, of which one may be the default', async () => {
    const plain = await loadEncoder(repository({}), { backend });
    const model = await withConfig({
      prompts: { query: 'the river ', passage: 'cash ' },
      default_prompt_name: 'query',
    });
    await same(model.embed('bank'), plain.embed('the river bank'));
    await same(model.embed('bank', { promptName: 'passage' }), plain.embed('cash bank'));
    await same(model.embed('bank', { prompt: '' }), plain.embed('bank'));
    await same(model.embed('bank', { prompt: 'by the ', promptName: 'query' }), plain.embed('by the bank'));
    await same(model.encodeQuery('bank'), plain.embed('the river bank'));
    // As in the library: the name document always exists, so that passage is not looked for.
    await same(model.encodeDocument('bank'), plain.embed('bank'));
    await same(model.encodeDocument('bank', { promptName: 'passage' }), plain.embed('cash bank'));
    expect(
      difference((await model.encodeQuery(['bank', 'cash']))[1]!, await plain.embed('the river cash')),
    ).toBeLessThan(1e-6);
    await expect(model.embed('bank', { promptName: 'title' })).rejects.toThrow(
      'promptName must be one of the prompts',
    );
    await expect(model.embed('bank', { promptName: '__proto__' })).rejects.toThrow(ConfigError);
  });

  it.each(Object.entries(similarity))('similarity_fn_name %s', async (name, want) => {
    const model = await withConfig({ similarity_fn_name: name });
    expect(await model.similarity(texts[0]!, texts[1]!)).toBeCloseTo(want, 4);
  });

  it.each([
    [{ default_prompt_name: 'title' }, 'default_prompt_name must be one of query, document'],
    [{ prompts: { query: 7 } }, 'prompts.query must be a string'],
    [{ similarity_fn_name: 'maxsim' }, 'similarity_fn_name must be one of cosine, dot'],
    [{ truncate_dim: 0 }, 'truncate_dim must be a whole number'],
    [{ model_type: 'SparseEncoder' }, 'model_type must be SentenceTransformer, got "SparseEncoder"'],
  ])('%j is refused', async (config, message) => {
    await expect(withConfig(config)).rejects.toThrow(message);
  });
});

describe('sentence_bert_config.json', () => {
  const withFile = (name: string, config: object, tokenizer = tinyTokenizer()) =>
    loadEncoder(
      repository({}, undefined, {
        [name]: JSON.stringify(config),
        'tokenizer.json': JSON.stringify(tokenizer),
      }),
      { backend },
    );

  it.each(['bert', 'roberta', 'distilbert', 'camembert', 'albert', 'xlm-roberta', 'xlnet'])(
    'is also called sentence_%s_config.json',
    async (model) => {
      expect((await withFile(`sentence_${model}_config.json`, { max_seq_length: 6 })).maxLength).toBe(6);
    },
  );

  it('lower-cases texts before a tokenizer that keeps their case', async () => {
    const cased = { ...tinyTokenizer(), normalizer: null };
    const lower = await withFile('sentence_bert_config.json', { do_lower_case: true }, cased);
    const kept = await withFile('sentence_bert_config.json', { do_lower_case: false }, cased);
    expect(difference(await lower.embed('The RIVER'), await lower.embed('the river'))).toBe(0);
    expect(difference(await kept.embed('The RIVER'), await kept.embed('the river'))).toBeGreaterThan(0.01);
  });

  it.each([
    [{ transformer_task: 'fill-mask' }, 'transformer_task must be feature-extraction'],
    [{ processing_kwargs: { text: { max_length: 4 } } }, 'processing_kwargs must be absent'],
    [{ model_args: { rotary_scaling_factor: 2 } }, 'model_args must be without rotary_scaling_factor'],
    [{ query_length: 32 }, 'query_length must be absent'],
    [{ do_lower_case: 'yes' }, 'do_lower_case must be true or false'],
  ])('%j is refused', async (config, message) => {
    await expect(withFile('sentence_bert_config.json', config)).rejects.toThrow(message);
  });

  it('may have values that do not change vectors', async () => {
    const neutral = {
      max_seq_length: null,
      model_args: { torch_dtype: 'float16' },
      tokenizer_args: { padding_side: 'left' },
    };
    const model = await withFile('sentence_bert_config.json', neutral);
    expectVectors(await model.embed(texts), rowsOf(pooled.mean!));
  });
});

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
