import { describe, expect, it } from 'vitest';
import { ConfigError, loadEncoder, type TensorData } from '../../src/index.ts';
import fixture from '../fixtures/sentence-transformers.json' with { type: 'json' };
import { difference, floats, type StoredArray } from '../helpers/fixture.ts';
import { expectVectors, modulesJson, rowsOf, tensor, weights } from '../helpers/sentence-transformers.ts';
import { tinyFiles, tinyTokenizer } from '../helpers/tiny-encoders.ts';

type Arrays = Readonly<Record<string, StoredArray>>;
const { texts, prompt, similarity } = fixture.cases;
const pooled = fixture.cases.pooled as Arrays;
const skipped = fixture.cases.skipped as Arrays;
const dense = fixture.cases.dense as Arrays;
const steps = fixture.cases.steps as Arrays;
const backend = 'reference';

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

const denseFiles = (folder: string, config: object, tensors: Record<string, TensorData>) => ({
  [`${folder}/config.json`]: JSON.stringify(config),
  [`${folder}/model.safetensors`]: weights(tensors),
});

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
