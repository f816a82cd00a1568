import { activationByName } from '../../activation.ts';
import type { ConfigReader } from '../../config.ts';
import { readTextEnds } from '../decoder-config.ts';
import {
  type FamilyConfig,
  type FamilyType,
  LLAMA_BLOCK,
  LLAMA_MODEL,
  readSizes,
  readWindow,
  readWindows,
} from '../family.ts';
import { limitedContext, readRotary } from '../rope-config.ts';
import { check, optional, positive } from './checks.ts';
import { readLlamaModel } from './llama-model.ts';

/** Gemma 1 (Gemma Team 2024, https://arxiv.org/abs/2403.08295): scaled embeddings, 1 + w as gains, GeGLU. */
export function gemma(reader: ConfigReader): FamilyConfig {
  check(reader, { use_bidirectional_attention: [false] });
  const sizes = readSizes(reader, {
    hidden: 3072,
    layers: 28,
    heads: 16,
    keyValueHeads: 16,
    headDim: 256,
    context: 8192,
  });
  const rotary = readRotary(reader, sizes.headDim, sizes);
  // Older files have an activation that was not meant in hidden_act, and the right one in hidden_activation.
  const activation = reader.text('hidden_activation', reader.text('hidden_act', 'gelu_pytorch_tanh'));
  const bias = reader.flag('attention_bias', false);
  return {
    ...readLlamaModel(reader, 'gemma', sizes, rotary, {
      vocab: 256_000,
      intermediate: 24_576,
      eps: 1e-6,
      activation,
      tied: true,
      ends: { bos: 2, eos: 1 },
    }),
    embeddingScale: Math.sqrt(sizes.hiddenSize),
    norm: 'rmsNormPlusOne',
    block: { ...LLAMA_BLOCK, inputBias: bias, outputBias: bias },
  };
}

/** What Gemma 2 and 3 share: sandwich norms, soft caps, alternating windows, the scale by `query_pre_attn_scalar`. */
function gemmaSandwich(
  reader: ConfigReader,
  modelType: FamilyType,
  defaults: { vocab: number; context: number; pattern: number; attentionCap?: number; logitCap?: number },
): FamilyConfig {
  check(reader, { use_bidirectional_attention: [false] });
  const sizes = readSizes(reader, {
    hidden: 2304,
    layers: 26,
    heads: 8,
    keyValueHeads: 4,
    headDim: 256,
    context: defaults.context,
  });
  const softCap = optional(reader, 'attn_logit_softcapping', defaults.attentionCap);
  const logitCap = optional(reader, 'final_logit_softcapping', defaults.logitCap);
  const bias = reader.flag('attention_bias', false);
  const pattern = reader.size('sliding_window_pattern', defaults.pattern);
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType,
    vocabSize: reader.size('vocab_size', defaults.vocab),
    intermediateSize: reader.size('intermediate_size', 9216),
    hiddenAct: activationByName(reader.text('hidden_activation', 'gelu_pytorch_tanh')),
    normEps: reader.number('rms_norm_eps', 1e-6),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readTextEnds(reader, { bos: 2, eos: 1 }),
    embeddingScale: Math.sqrt(sizes.hiddenSize),
    norm: 'rmsNormPlusOne',
    block: {
      ...LLAMA_BLOCK,
      inputBias: bias,
      outputBias: bias,
      attentionOutputNorm: 'post_attention_layernorm',
      feedForwardNorm: 'pre_feedforward_layernorm',
      feedForwardOutputNorm: 'post_feedforward_layernorm',
    },
    scale: positive(reader, 'query_pre_attn_scalar', 256) ** -0.5,
    windows: readWindows(
      reader,
      sizes.numHiddenLayers,
      readWindow(reader, 4096),
      (layer) => (layer + 1) % pattern !== 0,
    ),
    ...(softCap !== undefined && { softCap }),
    ...(logitCap !== undefined && { logits: { softCap: logitCap } }),
  };
}

/** Gemma 2 (Gemma Team 2024, https://arxiv.org/abs/2408.00118). */
export function gemma2(reader: ConfigReader): FamilyConfig {
  const config = gemmaSandwich(reader, 'gemma2', {
    vocab: 256_000,
    context: 8192,
    pattern: 2,
    attentionCap: 50,
    logitCap: 30,
  });
  const rotary = readRotary(reader, config.headDim, config);
  return { ...config, contextLength: limitedContext(config.contextLength, rotary), rotary: [rotary] };
}

/** Gemma 3, of text (Gemma Team 2025, https://arxiv.org/abs/2503.19786): two rotary bases, norms of queries and keys. */
export function gemma3(reader: ConfigReader): FamilyConfig {
  const config = gemmaSandwich(reader, 'gemma3_text', { vocab: 262_208, context: 131_072, pattern: 6 });
  const { headDim, contextLength } = config;
  const full = readRotary(reader, headDim, { contextLength, theta: 1e6, within: 'full_attention' });
  const local = readRotary(reader, headDim, {
    contextLength,
    theta: 10_000,
    thetaName: 'rope_local_base_freq',
    within: 'sliding_attention',
    scaled: false,
  });
  return {
    ...config,
    contextLength: Math.min(limitedContext(contextLength, full), limitedContext(contextLength, local)),
    block: {
      ...config.block,
      headNorms: { query: 'self_attn.q_norm', key: 'self_attn.k_norm', kind: 'rmsNormPlusOne' },
    },
    rotary: [full, local],
    rotaryOf: config.windows!.map((window) => (window === null ? 0 : 1)),
  };
}
