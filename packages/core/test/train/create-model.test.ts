import { describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  ConfigError,
  createBackend,
  MODEL_TYPES,
  type TaskHeadKind,
} from '../../src/index.ts';
import type { FloatArray } from '../../src/nn.ts';
import { createModel, createStateDict } from '../../src/train.ts';
import { tinyDecoderCheckpoint, tinyDecoderConfig, tinyDecoders } from '../helpers/tiny-decoders.ts';
import { tinyArchitectures, tinyCheckpoint, tinyConfig } from '../helpers/tiny-encoders.ts';
import { tinyRecurrentConfig } from '../helpers/tiny-recurrent.ts';
import { tinySeq2SeqCheckpoint, tinySeq2SeqConfig, tinySeq2Seqs } from '../helpers/tiny-seq2seq.ts';

/** Mean, standard deviation and kurtosis, which is 3 of a normal distribution. */
function moments({ data }: FloatArray) {
  let sum = 0;
  for (const value of data) sum += value;
  const mean = sum / data.length;
  let [squares, fourths] = [0, 0];
  for (const value of data) {
    const square = (value - mean) ** 2;
    squares += square;
    fourths += square ** 2;
  }
  const variance = squares / data.length;
  return { mean, std: Math.sqrt(variance), kurtosis: fourths / data.length / variance ** 2 };
}

function expectNormal(tensor: FloatArray | undefined, std: number): void {
  const { length } = tensor!.data;
  const got = moments(tensor!);
  expect(Math.abs(got.mean)).toBeLessThan((4 * std) / Math.sqrt(length));
  expect(Math.abs(got.std / std - 1)).toBeLessThan(4 / Math.sqrt(2 * length));
  expect(Math.abs(got.kurtosis - 3)).toBeLessThan(4 * Math.sqrt(24 / length));
}

const expectAll = (tensor: FloatArray | undefined, value: number) =>
  expect(new Set(tensor!.data)).toEqual(new Set([value]));

/** Names and shapes of a checkpoint, by the present names and without buffers. */
function shapesOf(checkpoint: Checkpoint): Map<string, readonly number[]> {
  const buffers = /position_ids$|\.attn\.bias$|inv_freq$/;
  return new Map(
    checkpoint.names
      .filter((name) => !buffers.test(name))
      .map((name) => [
        name.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias'),
        checkpoint.info(name).shape,
      ]),
  );
}

const HEADS: Readonly<Record<string, readonly TaskHeadKind[]>> = {
  bert: ['maskedLM', 'nextSentence', 'sequenceClassification', 'tokenClassification', 'questionAnswering'],
  distilbert: ['maskedLM', 'sequenceClassification', 'tokenClassification', 'questionAnswering'],
  roberta: ['maskedLM', 'sequenceClassification', 'tokenClassification', 'questionAnswering'],
  electra: [
    'maskedLM',
    'replacedToken',
    'sequenceClassification',
    'tokenClassification',
    'questionAnswering',
  ],
};

describe('the names and shapes of a new model are those of a checkpoint', () => {
  for (const name of tinyArchitectures) {
    it(name, async () => {
      const stored = shapesOf(await tinyCheckpoint(name));
      const made = new Set<string>();
      for (const head of HEADS[name]!) {
        for (const [tensor, { shape }] of createStateDict(tinyConfig(name), { taskHeads: [head] })) {
          expect(stored.get(tensor), tensor).toEqual(shape);
          made.add(tensor);
        }
      }
      // The fixture has an untied head.
      if (name === 'electra') made.add('generator_lm_head.weight');
      expect([...made].sort()).toEqual([...stored.keys()].sort());
      const untied = createStateDict(
        { ...tinyConfig(name), tie_word_embeddings: false },
        { taskHeads: ['maskedLM'] },
      );
      expect(
        [...untied.keys()].filter((tensor) => /(decoder|projector|lm_head)\.weight$/.test(tensor)),
      ).toHaveLength(1);
    });
  }
  for (const name of tinyDecoders) {
    it(name, async () => {
      const stored = shapesOf(await tinyDecoderCheckpoint(name));
      // A second copy of a tied head.
      if (name === 'qwen3') stored.delete('lm_head.weight');
      const prefix = name === 'gpt2' ? 'transformer.' : '';
      const expected = [...stored].map(([tensor, shape]) => [prefix + tensor, shape]);
      const made = [...createStateDict(tinyDecoderConfig(name))].map(([tensor, { shape }]) => [
        tensor,
        shape,
      ]);
      expect(made.sort()).toEqual(expected.sort());
    });
  }
  for (const name of tinySeq2Seqs) {
    it(name, async () => {
      const stored = shapesOf(await tinySeq2SeqCheckpoint(name));
      const made = new Map(
        [...createStateDict(tinySeq2SeqConfig(name))].map(([tensor, { shape }]) => [tensor, shape]),
      );
      const prefix = name === 'bart-base' ? 'model.' : '';
      // Copies of shared embeddings, a bias that nothing reads, and the head of a class without one.
      const copies = /embed_tokens\.weight$|EncDecAttention\.relative/;
      for (const [tensor, shape] of stored) {
        if (copies.test(tensor) || (name === 'marian' && tensor === 'lm_head.weight')) continue;
        expect(made.get(prefix + tensor), tensor).toEqual(shape);
        made.delete(prefix + tensor);
      }
      expect([...made.keys()]).toEqual(name === 'bart-base' ? ['final_logits_bias'] : []);
    });
  }
});

/** Configurations of every model type, small. */
const configs: Readonly<Record<string, Record<string, unknown>>> = {
  ...Object.fromEntries(
    ['bert', 'electra', 'roberta', 'xlm-roberta', 'camembert'].map((type) => [
      type,
      { ...tinyConfig(type === 'bert' || type === 'electra' ? type : 'roberta'), model_type: type },
    ]),
  ),
  distilbert: tinyConfig('distilbert'),
  ...Object.fromEntries(
    (['gpt2', 'llama', 'mistral', 'qwen2', 'qwen3'] as const).map((type) => [type, tinyDecoderConfig(type)]),
  ),
  t5: tinySeq2SeqConfig('t5'),
  mt5: { ...tinySeq2SeqConfig('t5-v1.1'), model_type: 'mt5' },
  bart: tinySeq2SeqConfig('bart'),
  marian: tinySeq2SeqConfig('marian'),
  recurrent_seq2seq: tinyRecurrentConfig(),
};

describe('createModel', () => {
  it.each(
    Object.values(MODEL_TYPES)
      .flat()
      .filter((type) => Object.hasOwn(configs, type)),
  )('creates a model of type %s that can be trained', async (type) => {
    const created = await createModel(configs[type], {
      seed: 3,
      backend: await createBackend('wasm-simd'),
    });
    expect(created.config.modelType).toBe(type);
    expect(created.constants).toEqual([]);
    const frozen = created.parameters.all.filter(({ trainable }) => !trainable).map(({ name }) => name);
    expect(frozen).toEqual(type === 'bart' || type === 'marian' ? ['final_logits_bias'] : []);
    const stateDict = createStateDict(configs[type], { seed: 3 });
    for (const { name, values } of created.parameters)
      expect(values, name).toEqual(stateDict.get(name)!.data);
  });

  it('creates encoders with and without task heads', async () => {
    const backend = await createBackend();
    const bare = await createModel(tinyConfig('bert'), { taskHeads: [], backend });
    expect(bare.parameters.all[0]!.name).toBe('embeddings.word_embeddings.weight');
    expect(createStateDict(tinyConfig('bert'), { taskHeads: [] }).has('pooler.dense.weight')).toBe(true);
    expect(createStateDict(tinyConfig('electra'), { taskHeads: [] }).has('pooler.dense.weight')).toBe(false);
    const classifier = await createModel(tinyConfig('bert'), {
      taskHeads: ['sequenceClassification'],
      backend,
    });
    expect(classifier.parameters.get('classifier.weight').shape).toEqual([3, 24]);
  });

  it.each(MODEL_TYPES.causalLM.filter((type) => !Object.hasOwn(configs, type)))(
    'refuses %s, which can only be loaded to generate',
    async (type) => {
      await expect(createModel({ model_type: type })).rejects.toThrow(
        `got ${JSON.stringify(type)}, which can only be loaded to generate`,
      );
    },
  );

  it('throws ConfigError for what it does not support', async () => {
    await expect(createModel({ model_type: 'gpt9' })).rejects.toThrow('model_type must be one of bert');
    await expect(createModel(null)).rejects.toThrow(ConfigError);
    expect(() => createStateDict(tinyDecoderConfig('gpt2'), { taskHeads: ['maskedLM'] })).toThrow(
      'encoders alone',
    );
    for (const seed of [-1, 1.5, 2 ** 32, Number.NaN]) {
      expect(() => createStateDict(tinyDecoderConfig('gpt2'), { seed })).toThrow(
        'seed must be a whole number',
      );
    }
  });
});

describe('random weights', () => {
  it('are determined by the seed and the name of the tensor', () => {
    const config = tinyDecoderConfig('llama');
    expect(createStateDict(config, { seed: 7 })).toEqual(createStateDict(config, { seed: 7 }));
    const [a, b] = [createStateDict(config), createStateDict(config, { seed: 1 })];
    for (const [name, { data }] of a) {
      if (!name.includes('norm')) expect(b.get(name)!.data, name).not.toEqual(data);
    }
    // Another number of layers changes nothing in the first one.
    const shorter = createStateDict({ ...config, num_hidden_layers: 1 });
    for (const [name, tensor] of shorter) expect(a.get(name), name).toEqual(tensor);
    const matrices = [...a.values()].filter(({ shape }) => shape.length === 2);
    expect(new Set(matrices.map(({ data }) => data[0])).size).toBe(matrices.length);
  });

  it('are normally distributed in BERT, with biases and padding 0', () => {
    const sizes = { hidden_size: 96, num_attention_heads: 3, num_hidden_layers: 1, intermediate_size: 200 };
    const config = { model_type: 'bert', vocab_size: 1000, initializer_range: 0.05, ...sizes };
    const made = createStateDict(config, { taskHeads: ['maskedLM', 'nextSentence'] });
    const words = made.get('bert.embeddings.word_embeddings.weight')!;
    expectAll({ data: words.data.subarray(0, 96), shape: [96] }, 0);
    expectNormal({ data: words.data.subarray(96), shape: [] }, 0.05);
    for (const name of ['bert.encoder.layer.0.intermediate.dense', 'bert.pooler.dense']) {
      expectNormal(made.get(`${name}.weight`), 0.05);
      expectAll(made.get(`${name}.bias`), 0);
    }
    expectAll(made.get('bert.embeddings.LayerNorm.weight'), 1);
    expectAll(made.get('bert.embeddings.LayerNorm.bias'), 0);
    expectAll(made.get('cls.predictions.bias'), 0);
  });

  it('have the padding rows of each architecture', () => {
    const rowsOfZeros = ({ data, shape: [rows = 0, width = 0] }: FloatArray) =>
      Array.from({ length: rows }, (_, row) => row).filter((row) =>
        data.subarray(row * width, (row + 1) * width).every((value) => value === 0),
      );
    const padded = (config: Record<string, unknown>, name: string) =>
      rowsOfZeros(createStateDict(config).get(name)!);
    const roberta = { ...tinyConfig('roberta'), architectures: [] };
    expect(padded(roberta, 'embeddings.word_embeddings.weight')).toEqual([1]);
    expect(padded(roberta, 'embeddings.position_embeddings.weight')).toEqual([1]);
    expect(padded(tinyConfig('distilbert'), 'distilbert.embeddings.word_embeddings.weight')).toEqual([0]);
    const none = { ...tinyConfig('distilbert'), pad_token_id: null };
    expect(padded(none, 'distilbert.embeddings.word_embeddings.weight')).toEqual([]);
    expect(padded(tinyDecoderConfig('llama'), 'model.embed_tokens.weight')).toEqual([]);
    expect(padded({ ...tinyDecoderConfig('llama'), pad_token_id: 3 }, 'model.embed_tokens.weight')).toEqual([
      3,
    ]);
    expect(padded(tinySeq2SeqConfig('bart'), 'model.shared.weight')).toEqual([1]);
    expect(padded(tinySeq2SeqConfig('marian'), 'model.shared.weight')).toEqual([60]);
    expect(padded(tinySeq2SeqConfig('t5'), 'shared.weight')).toEqual([]);
  });

  it('of GPT-2 are smaller in the layers that add to the residual stream', () => {
    const made = createStateDict({ model_type: 'gpt2', n_embd: 96, n_head: 2, n_layer: 8, vocab_size: 500 });
    const layer = 'transformer.h.3';
    expectNormal(made.get('transformer.wte.weight'), 0.02);
    expectNormal(made.get(`${layer}.attn.c_attn.weight`), 0.02);
    expectNormal(made.get(`${layer}.attn.c_proj.weight`), 0.02 / 4);
    expectNormal(made.get(`${layer}.mlp.c_proj.weight`), 0.02 / 4);
  });

  it('of T5 depend on the sizes of the layers', () => {
    const sizes = { d_model: 64, d_kv: 16, num_heads: 8, d_ff: 256, num_layers: 1, vocab_size: 500 };
    const made = createStateDict({ model_type: 'mt5', initializer_factor: 0.5, ...sizes });
    const layer = 'decoder.block.0.layer';
    expectNormal(made.get('shared.weight'), 0.5);
    expectNormal(made.get('lm_head.weight'), 0.5);
    expectNormal(made.get(`${layer}.0.SelfAttention.q.weight`), 0.5 / 32);
    expectNormal(made.get(`${layer}.1.EncDecAttention.k.weight`), 0.5 / 8);
    expectNormal(made.get(`${layer}.1.EncDecAttention.o.weight`), 0.5 * 128 ** -0.5);
    expectNormal(made.get(`${layer}.0.SelfAttention.relative_attention_bias.weight`), 0.5 / 8);
    expectNormal(made.get(`${layer}.2.DenseReluDense.wi_1.weight`), 0.5 / 8);
    expectNormal(made.get(`${layer}.2.DenseReluDense.wo.weight`), 0.5 / 16);
    expectAll(made.get('encoder.final_layer_norm.weight'), 0.5);
  });

  it('of BART and Marian have init_std', () => {
    const sizes = { d_model: 64, encoder_layers: 1, decoder_layers: 1, vocab_size: 500, init_std: 0.1 };
    const bart = createStateDict({ model_type: 'bart', ...sizes });
    expectNormal(bart.get('model.encoder.embed_positions.weight'), 0.1);
    expectNormal(bart.get('model.decoder.layers.0.fc1.weight'), 0.1);
    expectAll(bart.get('model.decoder.layers.0.encoder_attn_layer_norm.weight'), 1);
    const own = { share_encoder_decoder_embeddings: false, decoder_vocab_size: 400, pad_token_id: 1 };
    const marian = createStateDict({ model_type: 'marian', ...sizes, ...own });
    expect(marian.get('model.encoder.embed_tokens.weight')!.shape).toEqual([500, 64]);
    expect(marian.get('model.decoder.embed_tokens.weight')!.shape).toEqual([400, 64]);
    expect(marian.get('final_logits_bias')!.shape).toEqual([1, 400]);
    expect(marian.has('model.encoder.embed_positions.weight')).toBe(false);
  });

  it('of DistilBERT are sinusoids in the positions where the configuration says so, which are not trained', async () => {
    const config = { ...tinyConfig('distilbert'), sinusoidal_pos_embds: true };
    const { parameters } = await createModel(config, { backend: await createBackend() });
    const positions = parameters.get('distilbert.embeddings.position_embeddings.weight');
    expect(positions.trainable).toBe(false);
    expect([...positions.values.subarray(24, 26)]).toEqual([
      Math.fround(Math.sin(1)),
      Math.fround(Math.cos(1)),
    ]);
  });
});
