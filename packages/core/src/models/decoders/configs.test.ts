import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../errors.ts';
import type { LlamaConfig } from './llama-family.ts';
import { parseDecoderConfig, readDecoderConfig } from './registry.ts';

describe('config.json', () => {
  it('of GPT-2, with values and with defaults', () => {
    const small = parseDecoderConfig({ model_type: 'gpt2', n_inner: null, summary_type: 'cls_index' });
    expect(small).toEqual({
      modelType: 'gpt2',
      vocabSize: 50_257,
      hiddenSize: 768,
      numHiddenLayers: 12,
      numAttentionHeads: 12,
      numKeyValueHeads: 12,
      headDim: 64,
      intermediateSize: 3072,
      hiddenAct: 'geluTanh',
      normEps: 1e-5,
      contextLength: 1024,
      tieWordEmbeddings: true,
      bosTokenId: 50_256,
      eosTokenIds: [50_256],
      scaleAttnWeights: true,
      scaleAttnByInverseLayerIdx: false,
    });
    const own = { model_type: 'gpt2', n_embd: 64, n_head: 4, n_inner: 100, tie_word_embeddings: false };
    expect(parseDecoderConfig(own)).toMatchObject({
      headDim: 16,
      intermediateSize: 100,
      tieWordEmbeddings: false,
    });
  });

  it('of Llama 3.1, with scaled frequencies and three end tokens', () => {
    const json = {
      model_type: 'llama',
      vocab_size: 128_256,
      hidden_size: 4096,
      intermediate_size: 14_336,
      num_key_value_heads: 8,
      max_position_embeddings: 131_072,
      rms_norm_eps: 1e-5,
      rope_theta: 500_000,
      rope_scaling: {
        rope_type: 'llama3',
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
      },
      bos_token_id: 128_000,
      eos_token_id: [128_001, 128_008, 128_009],
      pretraining_tp: 1,
    };
    const config = parseDecoderConfig(json) as LlamaConfig;
    expect(config).toMatchObject({
      modelType: 'llama',
      numKeyValueHeads: 8,
      headDim: 128,
      rotaryDim: 128,
      ropeTheta: 500_000,
      rotaryLayout: 'half',
      ropeScaling: {
        ropeType: 'llama3',
        factor: 8,
        lowFreqFactor: 1,
        highFreqFactor: 4,
        originalMaxPositionEmbeddings: 8192,
      },
      bosTokenId: 128_000,
      eosTokenIds: [128_001, 128_008, 128_009],
      attentionBias: 'none',
      mlpBias: false,
      headNorms: false,
    });
    expect(config.slidingWindows).toEqual(new Array(32).fill(null));
    // Newer files have rope_parameters.
    const { rope_scaling, rope_theta, ...rest } = json;
    const newer = { ...rest, rope_parameters: { ...rope_scaling, rope_theta } };
    expect(parseDecoderConfig(newer)).toEqual(config);
  });

  it('of SmolLM, TinyLlama and llama2.c', () => {
    const smol = { model_type: 'llama', tie_word_embeddings: true, hidden_size: 576, num_attention_heads: 9 };
    expect(parseDecoderConfig({ ...smol, num_key_value_heads: 3, rope_interleaved: false })).toMatchObject({
      headDim: 64,
      tieWordEmbeddings: true,
      ropeScaling: undefined,
      rotaryLayout: 'half',
    });
    expect(parseDecoderConfig({ ...smol, rope_interleave: true })).toMatchObject({
      rotaryLayout: 'interleaved',
      numKeyValueHeads: 9,
    });
  });

  it('of Llamas with biases, partial rotation and linear scaling', () => {
    const json = {
      model_type: 'llama',
      attention_bias: true,
      mlp_bias: true,
      head_dim: 80,
      partial_rotary_factor: 0.4,
      rope_scaling: { type: 'linear', factor: 4 },
    };
    expect(parseDecoderConfig(json)).toMatchObject({
      attentionBias: 'all',
      mlpBias: true,
      headDim: 80,
      rotaryDim: 32,
      ropeScaling: { ropeType: 'linear', factor: 4 },
    });
    expect(parseDecoderConfig({ model_type: 'llama', rope_scaling: { rope_type: 'default' } })).toMatchObject(
      {
        ropeScaling: undefined,
        bosTokenId: 1,
        eosTokenIds: [2],
      },
    );
  });

  it.each([
    [{ model_type: 'mistral', num_hidden_layers: 2 }, [4096, 4096]],
    [{ model_type: 'mistral', num_hidden_layers: 2, sliding_window: null }, [null, null]],
    [{ model_type: 'mistral', num_hidden_layers: 2, sliding_window: 8 }, [8, 8]],
    [{ model_type: 'qwen2', num_hidden_layers: 3, sliding_window: 9 }, [null, null, null]],
    [
      { model_type: 'qwen2', num_hidden_layers: 3, sliding_window: 9, use_sliding_window: true },
      [null, null, null],
    ],
    [
      {
        model_type: 'qwen2',
        num_hidden_layers: 3,
        sliding_window: 9,
        use_sliding_window: true,
        max_window_layers: 1,
        layer_types: ['full_attention', 'sliding_attention', 'sliding_attention'],
      },
      [null, 9, 9],
    ],
    [
      { model_type: 'qwen3', num_hidden_layers: 2, use_sliding_window: true, sliding_window: null },
      [null, null],
    ],
  ])('%j: sliding windows of the layers', (json, windows) => {
    expect((parseDecoderConfig(json) as LlamaConfig).slidingWindows).toEqual(windows);
  });

  it('of Qwens', () => {
    expect(parseDecoderConfig({ model_type: 'qwen2', eos_token_id: 151_645 })).toMatchObject({
      vocabSize: 151_936,
      attentionBias: 'inputs',
      headNorms: false,
      bosTokenId: undefined,
      eosTokenIds: [151_645],
    });
    expect(
      parseDecoderConfig({
        model_type: 'qwen3',
        hidden_size: 1024,
        num_attention_heads: 16,
        num_key_value_heads: 8,
      }),
    ).toMatchObject({
      headDim: 128,
      attentionBias: 'none',
      headNorms: true,
      eosTokenIds: [],
    });
    // Some files have −1 for none.
    const negative = { model_type: 'llama', bos_token_id: -1, eos_token_id: [7, -1] };
    expect(parseDecoderConfig(negative)).toMatchObject({ bosTokenId: undefined, eosTokenIds: [7] });
    const none = { model_type: 'llama', bos_token_id: null, eos_token_id: null };
    expect(parseDecoderConfig(none)).toMatchObject({ bosTokenId: undefined, eosTokenIds: [] });
    expect(parseDecoderConfig({ model_type: 'qwen3', attention_bias: true })).toMatchObject({
      attentionBias: 'all',
    });
  });

  it.each([
    [null, 'expected an object, got null'],
    [{ model_type: 'gpt_oss' }, 'stablelm, got "gpt_oss"'],
    [{ model_type: 'gpt2', n_head: 5 }, 'n_embd must divide into n_head, got 768 and 5'],
    [{ model_type: 'gpt2', activation_function: 'swiglu' }, 'activation must be one of gelu'],
    [
      { model_type: 'gpt2', add_cross_attention: true },
      'add_cross_attention changes what the model computes',
    ],
    [
      { model_type: 'gpt2', scale_attn_weights: 'yes' },
      'scale_attn_weights must be true or false, got "yes"',
    ],
    [
      { model_type: 'gpt2', eos_token_id: '</s>' },
      'eos_token_id must be a token id or a list of token ids, got "</s>"',
    ],
    [
      { model_type: 'llama', eos_token_id: [1, 'x'] },
      'eos_token_id must be a token id or a list of token ids',
    ],
    [
      { model_type: 'llama', bos_token_id: 1.5 },
      'bos_token_id must be a token id or a list of token ids, got 1.5',
    ],
    [
      { model_type: 'llama', num_attention_heads: 32, num_key_value_heads: 5 },
      'num_attention_heads must be a multiple of num_key_value_heads, got 32 and 5',
    ],
    [
      { model_type: 'llama', hidden_size: 100 },
      'hidden_size must divide into num_attention_heads unless head_dim is given, got 100 and 32',
    ],
    [{ model_type: 'llama', hidden_act: 'mish' }, 'activation must be one of'],
    [{ model_type: 'llama', rms_norm_eps: 'tiny' }, 'rms_norm_eps must be a number of at least 0'],
    [
      { model_type: 'llama', rope_scaling: { rope_type: 'proportional', factor: 4 } },
      'rope_type must be one of default, linear, dynamic, llama3, yarn, longrope, got "proportional"',
    ],
    [{ model_type: 'llama', rope_scaling: { type: 'dynamic' } }, 'rope_scaling.factor must be a number'],
    [
      { model_type: 'qwen2', rope_parameters: { rope_type: 'longrope' } },
      'rope_parameters.short_factor must be a list of 64 numbers above 0, got undefined',
    ],
    [
      { model_type: 'phi3', rope_scaling: { type: 'su', short_factor: [1, 0], long_factor: [1, 1] } },
      'rope_scaling.short_factor must be a list of 48 numbers above 0, got [1,0]',
    ],
    [
      { model_type: 'gemma2', attn_logit_softcapping: 0 },
      'attn_logit_softcapping must be above 0 or null, got 0',
    ],
    [{ model_type: 'gemma2', query_pre_attn_scalar: 0 }, 'query_pre_attn_scalar must be above 0, got 0'],
    [{ model_type: 'gemma', use_bidirectional_attention: true }, 'use_bidirectional_attention changes what'],
    [
      { model_type: 'gemma3_text', use_bidirectional_attention: true },
      'use_bidirectional_attention changes what',
    ],
    [
      { model_type: 'gemma3_text', layer_types: ['full_attention'] },
      'layer_types must be 26 times full_attention or sliding_attention',
    ],
    [{ model_type: 'gemma3' }, 'model_type must be one of gpt2, llama'],
    [{ model_type: 'gpt_neox', hidden_act: 'gelu_10' }, 'activation must be one of'],
    [{ model_type: 'gpt_neox', rotary_pct: 0.01 }, 'rotary_pct must give an even number of rotary features'],
    [{ model_type: 'gpt_neo', num_layers: 3 }, 'attention_types must say global or local for 3 layers'],
    [
      { model_type: 'gpt_neo', num_layers: 2, attention_types: [[['local', 'sparse'], 1]] },
      'attention_types must say global or local for 2 layers, got [[["local","sparse"],1]]',
    ],
    [{ model_type: 'gptj', rotary_dim: null }, 'rotary_dim must be an even number of at most 256, got null'],
    [
      { model_type: 'opt', layer_norm_elementwise_affine: false },
      'layer_norm_elementwise_affine changes what',
    ],
    [
      { model_type: 'smollm3', no_rope_layers: [1, 2] },
      'no_rope_layers must be 0 or 1 for each of 36 layers',
    ],
    [{ model_type: 'granite', logits_scaling: 0 }, 'logits_scaling must be above 0, got 0'],
    [
      { model_type: 'falcon', new_decoder_architecture: true, parallel_attn: false },
      'parallel_attn must be true',
    ],
    [{ model_type: 'falcon', num_ln_in_parallel_attn: 2 }, 'num_ln_in_parallel_attn must be 1, or 2 with'],
    [
      { model_type: 'falcon', new_decoder_architecture: true, num_ln_in_parallel_attn: 3 },
      'num_ln_in_parallel_attn must be 1, or 2 with new_decoder_architecture, got 3',
    ],
    [{ model_type: 'cohere', add_cross_attention: true }, 'add_cross_attention changes what'],
    [{ model_type: 'cohere2', quantization_config: { bits: 4 } }, 'quantization_config changes what'],
    [{ model_type: 'gpt_neo', quantization_config: { bits: 4 } }, 'quantization_config changes what'],
    [
      { model_type: 'cohere', hidden_size: 100 },
      'hidden_size must divide into num_attention_heads unless head_dim is given, got 100 and 64',
    ],
    [{ model_type: 'falcon', n_head: 71 }, 'n_head changes what the model computes'],
    [
      { model_type: 'mixtral', num_experts_per_tok: 9 },
      'num_experts_per_tok must be at most num_local_experts 8, got 9',
    ],
    [
      { model_type: 'qwen3_moe', mlp_only_layers: 'all' },
      'mlp_only_layers must be a list of layers, got "all"',
    ],
    [{ model_type: 'qwen2_moe', use_sliding_window: true }, 'use_sliding_window changes what'],
    [{ model_type: 'phi3', quantization_config: { bits: 4 } }, 'quantization_config changes what'],
    [
      { model_type: 'llama', rope_scaling: { type: 'linear' } },
      'rope_scaling.factor must be a number of at least 0, got nothing',
    ],
    [{ model_type: 'llama', rope_scaling: 'linear' }, 'rope_scaling must be an object, got "linear"'],
    [
      { model_type: 'qwen3', rope_parameters: { full_attention: {}, sliding_attention: {} } },
      'rope_parameters must be the same for all layers',
    ],
    [
      { model_type: 'llama', partial_rotary_factor: 0.01 },
      'partial_rotary_factor must give an even number of rotary features from 2 to head_dim 128, got 1',
    ],
    [
      { model_type: 'llama', num_hidden_layers: 2, layer_types: ['full_attention', 'linear_attention'] },
      'layer_types must be full_attention by the sliding-window values, got ["full_attention","linear_attention"]',
    ],
    [
      { model_type: 'mistral', sliding_window: 0 },
      'sliding_window must be a whole number of at least 1, got 0',
    ],
    [
      { model_type: 'llama', quantization_config: { bits: 4 } },
      'quantization_config changes what the model computes',
    ],
    [
      { model_type: 'llama', num_local_experts: 8 },
      'num_local_experts changes what the model computes in a way that is not supported, got 8',
    ],
    [{ model_type: 'llama', final_logit_softcapping: 30 }, 'final_logit_softcapping changes what'],
    [{ model_type: 'llama', no_rope_layers: [1, 0] }, 'no_rope_layers changes what the model computes'],
  ])('%j throws ConfigError', async (json, message) => {
    await expect(readDecoderConfig(json)).rejects.toThrow(ConfigError);
    await expect(readDecoderConfig(json)).rejects.toThrow(message);
  });
});
