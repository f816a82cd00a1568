import { describe, expect, it } from 'vitest';
import { ConfigError, MODEL_TYPES } from '../../src/index.ts';
import { parseSeq2SeqConfig } from '../../src/internal.ts';
import { tinySeq2SeqConfig, tinySeq2Seqs } from '../helpers/tiny-seq2seq.ts';

describe('parseSeq2SeqConfig', () => {
  it('has the defaults of T5 small, mT5 small, BART large and Marian', () => {
    const t5 = {
      modelType: 't5',
      vocabSize: 32_128,
      sourceVocabSize: 32_128,
      hiddenSize: 512,
      encoder: { numLayers: 6, numAttentionHeads: 8, intermediateSize: 2048 },
      decoder: { numLayers: 6, numAttentionHeads: 8, intermediateSize: 2048 },
      headDim: 64,
      hiddenAct: 'relu',
      gated: false,
      normEps: 1e-6,
      sourceLength: Infinity,
      contextLength: Infinity,
      tieWordEmbeddings: true,
      decoderStartTokenId: 0,
      padTokenId: 0,
      bosTokenId: undefined,
      eosTokenIds: [1],
      scaleDecoderOutputs: true,
      relativeAttentionNumBuckets: 32,
      relativeAttentionMaxDistance: 128,
    };
    expect(parseSeq2SeqConfig({ model_type: 't5' })).toEqual(t5);
    const half = { numLayers: 8, numAttentionHeads: 6, intermediateSize: 1024 };
    expect(parseSeq2SeqConfig({ model_type: 'mt5' })).toEqual({
      ...t5,
      modelType: 'mt5',
      vocabSize: 250_112,
      sourceVocabSize: 250_112,
      encoder: half,
      decoder: half,
      hiddenAct: 'geluTanh',
      gated: true,
      tieWordEmbeddings: false,
      scaleDecoderOutputs: false,
    });
    const large = { numLayers: 12, numAttentionHeads: 16, intermediateSize: 4096 };
    const bart = {
      modelType: 'bart',
      vocabSize: 50_265,
      sourceVocabSize: 50_265,
      hiddenSize: 1024,
      encoder: large,
      decoder: large,
      headDim: undefined,
      hiddenAct: 'gelu',
      gated: false,
      normEps: 1e-5,
      sourceLength: 1024,
      contextLength: 1024,
      tieWordEmbeddings: true,
      decoderStartTokenId: 2,
      padTokenId: 1,
      bosTokenId: 0,
      eosTokenIds: [2],
      maxPositionEmbeddings: 1024,
      scaleEmbedding: false,
    };
    expect(parseSeq2SeqConfig({ model_type: 'bart' })).toEqual(bart);
    expect(parseSeq2SeqConfig({ model_type: 'marian' })).toEqual({
      ...bart,
      modelType: 'marian',
      vocabSize: 58_101,
      sourceVocabSize: 58_101,
      decoderStartTokenId: 58_100,
      padTokenId: 58_100,
      bosTokenId: undefined,
      eosTokenIds: [0],
      shareEncoderDecoderEmbeddings: true,
    });
  });

  it('reads all values', () => {
    const t5 = parseSeq2SeqConfig({
      ...tinySeq2SeqConfig('t5-v1.1'),
      feed_forward_proj: 'gated-silu',
      eos_token_id: [1, 7],
      num_layers: 3,
    });
    expect(t5).toMatchObject({
      hiddenAct: 'silu',
      gated: true,
      eosTokenIds: [1, 7],
      headDim: 10,
      encoder: { numLayers: 3 },
      decoder: { numLayers: 2 },
    });
    const { num_decoder_layers: _, ...shorter } = tinySeq2SeqConfig('t5');
    expect(parseSeq2SeqConfig({ ...shorter, num_layers: 4 }).decoder.numLayers).toBe(4);
    expect(parseSeq2SeqConfig({ ...shorter, feed_forward_proj: 'gelu' })).toMatchObject({
      hiddenAct: 'gelu',
      gated: false,
    });
    expect(parseSeq2SeqConfig({ ...shorter, feed_forward_proj: 'gated-gelu' })).toMatchObject({
      hiddenAct: 'geluTanh',
      gated: true,
    });
    const marian = {
      ...tinySeq2SeqConfig('marian'),
      share_encoder_decoder_embeddings: false,
      decoder_vocab_size: 70,
    };
    expect(parseSeq2SeqConfig(marian)).toMatchObject({ vocabSize: 70, sourceVocabSize: 61 });
    expect(parseSeq2SeqConfig({ ...marian, share_encoder_decoder_embeddings: true })).toMatchObject({
      vocabSize: 61,
      sourceVocabSize: 61,
    });
    expect(parseSeq2SeqConfig(tinySeq2SeqConfig('bart-base'))).toMatchObject({
      scaleEmbedding: true,
      encoder: { numLayers: 2, numAttentionHeads: 3, intermediateSize: 48 },
      decoder: { numLayers: 1, numAttentionHeads: 4, intermediateSize: 40 },
    });
  });

  it('returns structured-cloneable data', () => {
    for (const name of tinySeq2Seqs) {
      const config = parseSeq2SeqConfig(tinySeq2SeqConfig(name));
      expect(structuredClone(config)).toEqual(config);
    }
    expect(MODEL_TYPES.seq2seqLM).toEqual(['t5', 'mt5', 'bart', 'marian']);
  });

  const mistakes: [(typeof tinySeq2Seqs)[number], Record<string, unknown>, string][] = [
    ['t5', { model_type: 'umt5' }, 'model_type must be one of t5, mt5, bart, marian, got "umt5"'],
    ['t5', { d_model: 0 }, 'd_model must be a whole number of at least 1, got 0'],
    ['t5', { feed_forward_proj: 'gated-swiglu' }, 'activation must be one of gelu, '],
    ['t5', { feed_forward_proj: 'a-b-c' }, 'feed_forward_proj must be an activation or gated- and an'],
    [
      't5',
      { relative_attention_num_buckets: 7 },
      'numBuckets must be even, at least 4, and maxDistance a whole number above 1 and at most 65536, got 7 and 10',
    ],
    [
      't5',
      { relative_attention_max_distance: 4 },
      'and maxDistance a whole number above 4 and at most 65536, got 8 and 4',
    ],
    ['t5', { is_encoder_decoder: false }, 'is_encoder_decoder changes what the model computes'],
    ['t5', { quantization_config: { bits: 4 } }, 'quantization_config changes what the model computes'],
    ['bart', { d_model: 23 }, 'd_model must divide into encoder_attention_heads, got 23 and 3'],
    [
      'bart',
      { decoder_attention_heads: 5 },
      'd_model must divide into decoder_attention_heads, got 24 and 5',
    ],
    ['bart', { normalize_before: true }, 'normalize_before changes what the model computes'],
    ['bart', { add_final_layer_norm: true }, 'add_final_layer_norm changes what the model computes'],
    ['bart', { normalize_embedding: false }, 'normalize_embedding changes what the model computes'],
    ['bart', { static_position_embeddings: true }, 'static_position_embeddings changes what the model'],
    ['bart', { scale_embedding: 2 }, 'scale_embedding must be true or false, got 2'],
    ['marian', { normalize_embedding: true }, 'normalize_embedding changes what the model computes'],
    ['marian', { static_position_embeddings: false }, 'static_position_embeddings changes what the model'],
    ['marian', { decoder_start_token_id: -1 }, 'decoder_start_token_id must be a whole number'],
  ];
  it.each(mistakes)('throws ConfigError for %s with %j', (name, values, message) => {
    const json = { ...tinySeq2SeqConfig(name), ...values };
    expect(() => parseSeq2SeqConfig(json)).toThrow(ConfigError);
    expect(() => parseSeq2SeqConfig(json)).toThrow(message);
  });
});
