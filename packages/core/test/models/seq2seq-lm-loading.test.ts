import { describe, expect, it } from 'vitest';
import {
  availableBackends,
  type Checkpoint,
  type ConfigError,
  cosineSimilarity,
  createBackend,
  LoadError,
  ShapeError,
  weightTypes,
} from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  LocalDecoderEngine,
  parseSeq2SeqConfig,
  seq2SeqFromCheckpoint,
} from '../../src/internal.ts';
import { withoutTiedCopies } from '../../src/models/tied-weights.ts';
import type { FloatArray } from '../../src/nn.ts';
import { difference } from '../helpers/fixture.ts';
import { decodeBatch, someIds } from '../helpers/tiny-decoders.ts';
import {
  changedSeq2Seq,
  sourcesOf,
  type TinySeq2Seq,
  tinySeq2Seq,
  tinySeq2SeqCheckpoint,
  tinySeq2SeqConfig,
  tinySeq2Seqs,
} from '../helpers/tiny-seq2seq.ts';

type Tensors = Map<string, FloatArray>;
const backends = availableBackends();
const text = someIds(9, 6);
const rows = Int32Array.from(text.keys());

interface Variant {
  readonly config?: Record<string, unknown>;
  readonly backend?: (typeof backends)[number];
  readonly dtype?: (typeof weightTypes)[number];
  readonly source?: readonly number[];
}

/** The logits of a target given a source. */
async function read(name: TinySeq2Seq, checkpoint: Checkpoint, variant: Variant = {}) {
  const { config = {}, backend: backendName = 'reference', dtype = 'f32', source = someIds(7) } = variant;
  const backend = await createBackend(backendName);
  const plan = { ...ALL_WEIGHTS, dtype };
  const engine = new LocalDecoderEngine(
    backend,
    await tinySeq2Seq(name, backend, { plan, checkpoint, config }),
  );
  const session = await engine.openSession({ slots: 1, capacity: text.length });
  await session.encodeSource(sourcesOf(source), Int32Array.of(0));
  const { logits } = await session.decode(decodeBatch({ ids: text }), { rows });
  await engine.dispose();
  return logits.data;
}

const plain = async (name: TinySeq2Seq, variant?: Variant) =>
  read(name, await tinySeq2SeqCheckpoint(name), variant);

const zeros = (...shape: number[]): FloatArray => ({
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});

describe('an encoder–decoder checkpoint', () => {
  it.each([
    ['bart', (tensor: string) => tensor.replace(/^model\./, '')],
    ['bart-base', (tensor: string) => `model.${tensor}`],
  ] as const)('of %s may have the other prefix', async (name, rename) => {
    const renamed = await changedSeq2Seq(name, (tensors) => {
      for (const [tensor, data] of [...tensors]) {
        tensors.delete(tensor);
        tensors.set(rename(tensor), data);
      }
    });
    expect(difference(await read(name, renamed), await plain(name))).toBe(0);
  });

  it.each([
    ['t5', 'shared.weight', 'encoder.embed_tokens.weight'],
    ['t5', 'shared.weight', 'decoder.embed_tokens.weight'],
    ['t5', 'shared.weight', 'lm_head.weight'],
    ['bart-base', 'shared.weight', 'decoder.embed_tokens.weight'],
    ['marian', 'model.shared.weight', 'lm_head.weight'],
  ] as const)('of %s may keep %s under the name %s alone', async (name, from, to) => {
    const renamed = await changedSeq2Seq(name, (tensors) => {
      const words = tensors.get(from)!;
      for (const tensor of [...tensors.keys()]) {
        if (/(shared|embed_tokens|lm_head)\.weight$/.test(tensor)) tensors.delete(tensor);
      }
      tensors.set(to, words);
    });
    expect(difference(await read(name, renamed), await plain(name))).toBe(0);
  });

  it('may have copies of the embeddings and an unused bias', async () => {
    const tied = { tieWordEmbeddings: true };
    const copies = ['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight', 'lm_head.weight'];
    const t5 = await changedSeq2Seq('t5', (tensors) => {
      for (const name of copies) tensors.set(name, tensors.get('shared.weight')!);
    });
    expect(difference(await read('t5', t5), await plain('t5'))).toBe(0);
    const { names } = await withoutTiedCopies(tied, t5);
    expect(t5.names.filter((name) => !names.includes(name)).sort()).toEqual([...copies].sort());
    const other = await changedSeq2Seq('t5', (tensors) => {
      const { shape, data } = tensors.get('shared.weight')!;
      tensors.set('lm_head.weight', {
        shape,
        data: data.map((value, i) => (i === data.length - 1 ? -value : value)),
      });
    });
    expect((await withoutTiedCopies(tied, other)).names).toContain('lm_head.weight');
    const apart = await changedSeq2Seq('t5', (tensors) => {
      tensors.set('encoder.embed_tokens.weight', zeros(61, 24));
    });
    const once = await withoutTiedCopies(tied, apart);
    expect(once.names).toContain('decoder.embed_tokens.weight');
    const silent = await changedSeq2Seq('t5', (tensors) => {
      tensors.set('decoder.embed_tokens.weight', tensors.get('shared.weight')!);
      tensors.set('encoder.embed_tokens.weight', zeros(61, 24));
      tensors.delete('shared.weight');
    });
    expect(difference(await read('t5', once), await read('t5', silent))).toBe(0);
    expect(difference(await read('t5', once), await plain('t5'))).toBeGreaterThan(0.01);
    const spare = 'decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight';
    const without = await changedSeq2Seq('t5', (tensors) => void tensors.delete(spare));
    expect((await tinySeq2SeqCheckpoint('t5')).names).toContain(spare);
    expect(difference(await read('t5', without), await plain('t5'))).toBe(0);
  });

  it('of Marian may have its positions or not', async () => {
    const stored = await changedSeq2Seq('marian', (tensors) => {
      for (const half of ['encoder', 'decoder']) {
        tensors.set(`model.${half}.embed_positions.weight`, {
          shape: [40, 24],
          // As in Hugging Face's MarianSinusoidalPositionalEmbedding: sines in the first half of the features.
          data: Float32Array.from({ length: 40 * 24 }, (_, i) => {
            const [position, feature] = [Math.floor(i / 24), i % 24];
            const angle = position / 10_000 ** ((2 * (feature % 12)) / 24);
            return feature < 12 ? Math.sin(angle) : Math.cos(angle);
          }),
        });
      }
    });
    expect(difference(await read('marian', stored), await plain('marian'))).toBeLessThanOrEqual(1e-6);
    const silent = await changedSeq2Seq('marian', (tensors) => {
      for (const half of ['encoder', 'decoder']) {
        tensors.set(`model.${half}.embed_positions.weight`, zeros(40, 24));
      }
    });
    expect(difference(await read('marian', silent), await plain('marian'))).toBeGreaterThan(0.1);
  });

  it.each([
    ['bart', 'model.shared.weight'],
    ['marian', 'model.shared.weight'],
  ] as const)('of %s may have a head of its own', async (name, words) => {
    const config = { tie_word_embeddings: false };
    const copied = await changedSeq2Seq(name, (tensors) => {
      tensors.set('lm_head.weight', tensors.get(words)!);
    });
    expect(difference(await read(name, copied, { config }), await plain(name))).toBeLessThanOrEqual(1e-5);
    const biased = await changedSeq2Seq(name, (tensors) => tensors.set('lm_head.weight', zeros(61, 24)));
    const logits = await read(name, biased, { config });
    const checkpoint = await tinySeq2SeqCheckpoint(name);
    const bias = new Float32Array((await checkpoint.read('final_logits_bias')).bytes.slice().buffer);
    expect(difference(logits.subarray(0, 61), bias)).toBe(0);
  });

  it('of T5 has its logits scaled as the configuration says, whether its head is stored or not', async () => {
    const own = await changedSeq2Seq('t5', (tensors) => {
      tensors.set('lm_head.weight', tensors.get('shared.weight')!);
    });
    for (const checkpoint of [own, await tinySeq2SeqCheckpoint('t5')]) {
      for (const config of [{ tie_word_embeddings: false }, { scale_decoder_outputs: false }]) {
        const scaled = (await read('t5', checkpoint, { config })).map((logit) => logit / Math.sqrt(24));
        expect(difference(scaled, await plain('t5'))).toBeLessThanOrEqual(1e-5);
      }
    }
  });

  it.each([
    ['t5-v1.1', { tie_word_embeddings: true, scale_decoder_outputs: false }],
    ['t5-v1.1', { model_type: 'mt5', tie_word_embeddings: true }],
    ['bart', { tie_word_embeddings: true }],
  ] as const)('of %s uses a head of its own although the configuration is %j', async (name, config) => {
    const own = await changedSeq2Seq(name, (tensors) => {
      const words = [...tensors.keys()].find((tensor) => tensor.endsWith('shared.weight'))!;
      const { shape, data } = tensors.get(words)!;
      if (!tensors.has('lm_head.weight')) tensors.set('lm_head.weight', { shape, data: data.map((x) => -x) });
    });
    const untied = await read(name, own, { config: { tie_word_embeddings: false } });
    expect(difference(await read(name, own, { config }), untied)).toBe(0);
    expect(Math.max(...untied.map(Math.abs))).toBeGreaterThan(0.1);
  });

  it('of Marian may have separate vocabularies', async () => {
    const config = { share_encoder_decoder_embeddings: false, vocab_size: 70, decoder_vocab_size: 61 };
    const apart = await changedSeq2Seq('marian', (tensors) => {
      const words = tensors.get('model.shared.weight')!;
      tensors.delete('model.shared.weight');
      tensors.set('model.decoder.embed_tokens.weight', words);
      // The ids of source tokens are larger by nine.
      const data = new Float32Array(70 * 24);
      data.set(words.data, 9 * 24);
      tensors.set('model.encoder.embed_tokens.weight', { shape: [70, 24], data });
    });
    const source = someIds(7);
    const moved = source.map((id) => id + 9);
    for (const backend of backends) {
      const together = await plain('marian', { backend, source });
      const separate = await read('marian', apart, { backend, config, source: moved });
      expect(difference(separate, together)).toBeLessThanOrEqual(1e-5);
    }
    await expect(read('marian', apart, { config, source: [70] })).rejects.toThrow(
      'encodeSource: ids are 0 … 69, got 70 at index 0',
    );
  });

  it('of mT5 loads as T5 v1.1', async () => {
    const config = { model_type: 'mt5' };
    expect(difference(await plain('t5-v1.1', { config }), await plain('t5-v1.1'))).toBe(0);
  });

  const layer = 'model.decoder.layers.1';
  const mistakes: [
    string,
    TinySeq2Seq,
    (tensors: Tensors) => void,
    object,
    typeof LoadError | typeof ShapeError | typeof ConfigError,
    string,
  ][] = [
    [
      'a missing tensor',
      'bart',
      (t) => t.delete(`${layer}.encoder_attn.k_proj.bias`),
      {},
      LoadError,
      `"${layer}.encoder_attn.k_proj.bias"`,
    ],
    ['no embeddings', 't5', (t) => t.delete('shared.weight'), {}, LoadError, '"shared.weight"'],
    [
      'no biases of distances',
      't5',
      (t) => t.delete('decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight'),
      {},
      LoadError,
      '"decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"',
    ],
    ['no head', 'bart', () => {}, { tie_word_embeddings: false }, LoadError, '"lm_head.weight"'],
    [
      'no gates',
      't5',
      () => {},
      { feed_forward_proj: 'gated-gelu' },
      LoadError,
      '"encoder.block.0.layer.1.DenseReluDense.wi_0.weight"',
    ],
    [
      'no norm of the embeddings',
      'bart',
      (t) => t.delete('model.decoder.layernorm_embedding.bias'),
      {},
      LoadError,
      '"model.decoder.layernorm_embedding.bias"',
    ],
    [
      'more layers than there are',
      'bart-base',
      () => {},
      { decoder_layers: 2 },
      LoadError,
      '"decoder.layers.1.self_attn.q_proj.weight"',
    ],
    [
      'fewer layers than there are',
      't5-v1.1',
      () => {},
      { num_decoder_layers: 1 },
      LoadError,
      'T5 has no weights named decoder.block.1.layer.0.SelfAttention.q.weight',
    ],
    [
      'a norm that the model does not have',
      'marian',
      (t) => t.set('model.encoder.layernorm_embedding.weight', zeros(24)),
      {},
      LoadError,
      'Marian has no weights named model.encoder.layernorm_embedding.weight',
    ],
    [
      'biases that the model does not have',
      't5',
      (t) => t.set('encoder.block.0.layer.0.SelfAttention.q.bias', zeros(24)),
      {},
      LoadError,
      'T5 has no weights named encoder.block.0.layer.0.SelfAttention.q.bias',
    ],
    [
      'another vocabulary',
      'bart',
      () => {},
      { vocab_size: 60 },
      ShapeError,
      'model.shared.weight must be [60, 24] by the configuration, is [61, 24]',
    ],
    [
      'other positions',
      'bart',
      () => {},
      { max_position_embeddings: 42 },
      ShapeError,
      'model.encoder.embed_positions.weight must be [44, 24] by the configuration, is [42, 24]',
    ],
    [
      'another size of heads',
      't5-v1.1',
      () => {},
      { d_kv: 8 },
      ShapeError,
      'encoder.block.0.layer.0.SelfAttention.q.weight must be [24, 24] by the configuration, is [30, 24]',
    ],
    [
      'other buckets',
      't5',
      () => {},
      { relative_attention_num_buckets: 16, relative_attention_max_distance: 32 },
      ShapeError,
      'relative_attention_bias.weight must be [16, 4] by the configuration, is [8, 4]',
    ],
    [
      'a bias of another shape',
      'bart',
      (t) => t.set('final_logits_bias', zeros(61)),
      {},
      ShapeError,
      'final_logits_bias must be [1, 61] by the configuration, is [61]',
    ],
  ];

  it.each(mistakes)(
    'with %s throws, and all memory is released',
    async (_, name, change, config, kind, message) => {
      const checkpoint = await changedSeq2Seq(name, change);
      const parsed = parseSeq2SeqConfig({ ...tinySeq2SeqConfig(name), ...config });
      for (const backendName of backends) {
        const backend = await createBackend(backendName);
        await expect(seq2SeqFromCheckpoint(parsed, checkpoint, backend)).rejects.toThrow(kind);
        await expect(seq2SeqFromCheckpoint(parsed, checkpoint, backend)).rejects.toThrow(message);
        expect(backend.weightBytes).toBe(0);
      }
    },
  );
});

describe.each(tinySeq2Seqs)('quantized %s', (name) => {
  it.each(weightTypes.slice(1))('%s is close to f32', async (dtype) => {
    const logits = await plain(name);
    const least = { f16: 0.9999, q8: 0.98, q4: 0.7 }[dtype as 'f16' | 'q8' | 'q4'];
    for (const backend of backends) {
      const rounded = await plain(name, { backend, dtype });
      expect(cosineSimilarity(rounded, logits), backend).toBeGreaterThan(least);
    }
  });
});
