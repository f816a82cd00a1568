import { describe, expect, it } from 'vitest';
import {
  availableBackends,
  ConfigError,
  LoadError,
  loadEncoder,
  ShapeError,
  writeSafetensors,
} from '../../src/index.ts';
import { difference } from '../helpers/fixture.ts';
import {
  changedFiles,
  type TinyArchitecture,
  tinyArchitectures,
  tinyCheckpoint,
  tinyFiles,
} from '../helpers/tiny-encoders.ts';

const backend = 'reference';
const TEXT = 'she sat by the river bank.';

describe('task heads', () => {
  it.each([
    ['bert', 'BertForPreTraining', ['maskedLM', 'nextSentence']],
    ['bert', 'BertForNextSentencePrediction', ['nextSentence']],
    ['distilbert', 'DistilBertForQuestionAnswering', ['questionAnswering']],
    ['roberta', 'RobertaForSequenceClassification', ['sequenceClassification']],
    ['roberta', 'XLMRobertaModel', []],
    ['electra', 'ElectraForPreTraining', ['replacedToken']],
    ['electra', 'ElectraForTokenClassification', ['tokenClassification']],
  ] as const)('of %s are those of %s: %j', async (name, architecture, heads) => {
    const model = await loadEncoder(tinyFiles(name, { architectures: [architecture] }), { backend });
    expect(model.taskHeads).toEqual(heads);
    await model.dispose();
  });

  it('are those of the option taskHeads', async () => {
    const model = await loadEncoder(tinyFiles('bert'), { backend, taskHeads: ['questionAnswering'] });
    const trace = await model.trace('was she', { pair: TEXT, head: 'questionAnswering' });
    expect(trace.logits?.shape).toEqual([trace.tokens.length, 2]);
    await expect(model.trace(TEXT, { head: 'maskedLM' })).rejects.toThrow(
      'this bert model has no head maskedLM; it has questionAnswering',
    );
    await model.dispose();
  });

  it('throw ConfigError for a head that the architecture does not have', async () => {
    await expect(loadEncoder(tinyFiles('roberta'), { backend, taskHeads: ['nextSentence'] })).rejects.toThrow(
      new ConfigError('RoBERTa: the architecture has no head nextSentence'),
    );
    const files = tinyFiles('bert', { architectures: ['BertForMultipleChoice'] });
    await expect(loadEncoder(files, { backend })).rejects.toThrow(
      'got "BertForMultipleChoice"; to use the encoder alone',
    );
    expect((await loadEncoder(files, { backend, taskHeads: [] })).taskHeads).toEqual([]);
  });
});

/** Of the tensors of checkpoints with heads, where they are not the architecture's name. */
const prefixes: Partial<Record<TinyArchitecture, string>> = {
  modernbert: 'model.',
  'nomic-bert': 'bert.',
  'gte-new': 'new.',
  'jina-bert': 'bert.',
  'deberta-v3': 'deberta.',
  'deberta-v2': 'deberta.',
};

describe('encoder checkpoints', () => {
  it.each(tinyArchitectures)('of a bare %s, without the prefix, load the same encoder', async (name) => {
    const prefix = prefixes[name] ?? `${name}.`;
    const files = await changedFiles(name, (tensors) => {
      for (const [tensor, data] of [...tensors]) {
        tensors.delete(tensor);
        if (tensor.startsWith(prefix)) tensors.set(tensor.slice(prefix.length), data);
      }
    });
    const options = { backend, taskHeads: [] } as const;
    const [bare, full] = [await loadEncoder(files, options), await loadEncoder(tinyFiles(name), options)];
    expect(difference(await bare.embed(TEXT), await full.embed(TEXT))).toBe(0);
  });

  it('load from several files with an index', async () => {
    const checkpoint = await tinyCheckpoint('roberta');
    const half = checkpoint.names.length >> 1;
    const part = async (names: readonly string[]) =>
      writeSafetensors(
        await Promise.all(names.map(async (name) => [name, await checkpoint.read(name)] as const)),
      );
    const weight_map = Object.fromEntries(
      checkpoint.names.map((name, i) => [name, i < half ? 'a.safetensors' : 'b.safetensors']),
    );
    const { 'model.safetensors': _, ...files } = tinyFiles('roberta');
    const sharded = await loadEncoder(
      {
        ...files,
        'model.safetensors.index.json': JSON.stringify({ metadata: {}, weight_map }),
        'a.safetensors': await part(checkpoint.names.slice(0, half)),
        'b.safetensors': await part(checkpoint.names.slice(half)),
      },
      { backend },
    );
    const whole = await loadEncoder(tinyFiles('roberta'), { backend });
    expect(difference(await sharded.embed(TEXT), await whole.embed(TEXT))).toBe(0);
  });

  it.each([
    ['bert', 'bert.encoder.layer.1.attention.self.key.bias'],
    ['distilbert', 'distilbert.transformer.layer.0.ffn.lin2.weight'],
    ['roberta', 'lm_head.layer_norm.weight'],
    ['electra', 'electra.embeddings_project.weight'],
    ['mpnet', 'mpnet.encoder.relative_attention_bias.weight'],
    ['modernbert', 'model.layers.1.attn_norm.weight'],
    ['nomic-bert', 'bert.encoder.layers.1.mlp.fc12.weight'],
    ['gte-new', 'new.encoder.layer.0.attention.qkv_proj.bias'],
    ['albert', 'albert.encoder.embedding_hidden_mapping_in.weight'],
    ['jina-bert', 'bert.encoder.layer.0.mlp.layernorm.bias'],
    ['deberta-v3', 'deberta.encoder.rel_embeddings.weight'],
    ['deberta-v2', 'deberta.encoder.layer.1.attention.self.pos_key_proj.weight'],
  ] as const)('of %s throw LoadError naming a missing tensor', async (name, tensor) => {
    const files = await changedFiles(name, (tensors) => tensors.delete(tensor));
    const loading = loadEncoder(files, { backend });
    await expect(loading).rejects.toThrow(LoadError);
    await expect(loading).rejects.toThrow(tensor);
  });

  it('throw LoadError naming an unknown tensor', async () => {
    const files = await changedFiles('bert', (tensors) => {
      tensors.set('bert.encoder.layer.0.adapter.weight', tensors.get('bert.pooler.dense.weight')!);
    });
    await expect(loadEncoder(files, { backend })).rejects.toThrow(
      'BERT has no weights named bert.encoder.layer.0.adapter.weight',
    );
  });

  it('throw ShapeError for a tensor of another shape than the configuration', async () => {
    const loading = loadEncoder(tinyFiles('bert', { intermediate_size: 48 }), { backend });
    await expect(loading).rejects.toThrow(ShapeError);
    await expect(loading).rejects.toThrow(
      'intermediate.dense.weight must be [48, 24] by the configuration, is [40, 24]',
    );
    const labels = loadEncoder(tinyFiles('bert', { id2label: { 0: 'a', 1: 'b' } }), {
      backend,
      taskHeads: ['tokenClassification'],
    });
    await expect(labels).rejects.toThrow('classifier.weight must be [2, 24]');
  });

  it('release all memory on failure', async () => {
    const { createBackend } = await import('../../src/index.ts');
    for (const name of availableBackends()) {
      const own = await createBackend(name);
      const files = await changedFiles('bert', (tensors) => tensors.delete('cls.predictions.bias'));
      await expect(loadEncoder(files, { backend: own })).rejects.toThrow('cls.predictions.bias');
      expect(own.weightBytes).toBe(0);
    }
  });
});

describe('sentence-transformers’ files', () => {
  const modules = (...types: string[]) =>
    JSON.stringify(
      types.map((type, idx) => ({
        idx,
        name: String(idx),
        path: idx === 0 ? '' : `${idx}_${type}`,
        type: `sentence_transformers.models.${type}`,
      })),
    );
  const files = (types: string[], pooling: Record<string, boolean>, rest: Record<string, string> = {}) => ({
    ...tinyFiles('bert', { architectures: ['BertModel'] }),
    'modules.json': modules(...types),
    '1_Pooling/config.json': JSON.stringify({ word_embedding_dimension: 24, ...pooling }),
    ...rest,
  });

  it.each([
    ['mean', { pooling_mode_mean_tokens: true, pooling_mode_cls_token: false }],
    ['cls', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }],
    ['max', { pooling_mode_max_tokens: true }],
  ] as const)('select %s pooling', async (mode, pooling) => {
    const plain = await loadEncoder(tinyFiles('bert'), { backend, taskHeads: [] });
    const expected = await plain.embed(TEXT, { pooling: mode, normalize: false });
    const chosen = await loadEncoder(files(['Transformer', 'Pooling'], pooling), { backend });
    expect(difference(await chosen.embed(TEXT), expected)).toBe(0);
    const normalized = await loadEncoder(files(['Transformer', 'Pooling', 'Normalize'], pooling), {
      backend,
    });
    const embedding = await normalized.embed(TEXT);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 6);
    const length = Math.hypot(...expected);
    expect(
      difference(
        embedding,
        expected.map((value) => value / length),
      ),
    ).toBeLessThan(1e-6);
  });

  it('are not read without modules.json: vectors are means that are not normalised', async () => {
    const { 'modules.json': _, ...bare } = files(
      ['Transformer', 'Pooling', 'Normalize'],
      { pooling_mode_cls_token: true },
      { 'config_sentence_transformers.json': '{"prompts":{"query":"Q: "},"default_prompt_name":"query"}' },
    );
    const model = await loadEncoder(bare, { backend });
    const mean = await model.embed(TEXT, { pooling: 'mean', normalize: false });
    expect(await model.embed(TEXT)).toEqual(mean);
    expect(Math.hypot(...mean)).not.toBeCloseTo(1, 2);
    expect(model.prompts).toEqual({});
  });

  it('are not there for a causal language model: its last token is pooled, unless is_causal is false', async () => {
    const of = (config: object) =>
      loadEncoder(tinyFiles('bert', { architectures: ['BertForCausalLM'], ...config }), {
        backend,
        taskHeads: [],
      });
    const causal = await of({});
    const last = await causal.embed(TEXT, { pooling: 'lasttoken', normalize: false });
    expect(await causal.embed(TEXT)).toEqual(last);
    const mean = await causal.embed(TEXT, { pooling: 'mean', normalize: false });
    expect(await (await of({ is_causal: false })).embed(TEXT)).toEqual(mean);
  });

  it('set the maximum length', async () => {
    const short = files(
      ['Transformer', 'Pooling'],
      { pooling_mode_mean_tokens: true },
      {
        'sentence_bert_config.json': JSON.stringify({ max_seq_length: 6, do_lower_case: false }),
      },
    );
    const model = await loadEncoder(short, { backend });
    expect(model.maxLength).toBe(6);
    expect((await model.trace(TEXT)).tokens).toEqual(['[CLS]', 'she', 'sat', 'by', 'the', '[SEP]']);
    await expect(model.embed(['she', TEXT], { truncation: 'error' })).rejects.toThrow(
      'the text has 7 tokens, 4 fit',
    );
    const named = { ...tinyFiles('bert'), 'tokenizer_config.json': JSON.stringify({ model_max_length: 7 }) };
    expect((await loadEncoder(named, { backend })).maxLength).toBe(7);
  });

  it.each([
    ['a module', files(['Transformer', 'Pooling', 'LSTM'], { pooling_mode_mean_tokens: true }), 'got "LSTM"'],
    ['no pooling', files(['Transformer'], {}), 'must be Pooling, got "none"'],
    [
      'a length',
      files(
        ['Transformer', 'Pooling'],
        { pooling_mode_max_tokens: true },
        { 'sentence_bert_config.json': '{"max_seq_length":0}' },
      ),
      'max_seq_length must be',
    ],
    ['modules that are none', { ...tinyFiles('bert'), 'modules.json': '{}' }, 'modules.json must be a list'],
  ])('with %s throw an error', async (_, source, message) => {
    await expect(loadEncoder(source, { backend })).rejects.toThrow(message);
  });
});
