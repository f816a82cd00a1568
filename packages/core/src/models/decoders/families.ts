import { ConfigError } from '../../errors.ts';
import { activationByName } from '../activation.ts';
import { type ConfigReader, checkHeadSizes } from '../config.ts';
import { checkKeyValueHeads, checkSupported, readTextEnds, type SupportedValues } from './decoder-config.ts';
import {
  type FamilyConfig,
  type FamilyType,
  LLAMA_BLOCK,
  LLAMA_MODEL,
  readSizes,
  readWindow,
  readWindows,
} from './family.ts';
import { limitedContext, readRotary } from './rope-config.ts';

// Each function reads the config.json of one architecture; its defaults are those of Hugging Face's configuration class.

/** Values that change the arithmetic, of all architectures here, with the settings that have no effect. */
const COMMON: SupportedValues = {
  add_cross_attention: [false],
  cross_attention_hidden_size: [],
  quantization_config: [],
};

function check(reader: ConfigReader, supported: SupportedValues = {}): void {
  checkSupported(reader, { ...COMMON, ...supported });
}

/** A number above 0, or null in the file for none. */
function optional(reader: ConfigReader, name: string, fallback?: number): number | undefined {
  if (reader.raw(name) === null) return undefined;
  const value = reader.has(name) || fallback !== undefined ? reader.number(name, fallback) : undefined;
  if (value === 0) throw new ConfigError(`config.json: ${name} must be above 0 or null, got 0`);
  return value;
}

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
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'gemma',
    vocabSize: reader.size('vocab_size', 256_000),
    intermediateSize: reader.size('intermediate_size', 24_576),
    hiddenAct: activationByName(activation),
    normEps: reader.number('rms_norm_eps', 1e-6),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readTextEnds(reader, { bos: 2, eos: 1 }),
    embeddingScale: Math.sqrt(sizes.hiddenSize),
    norm: 'rmsNormPlusOne',
    block: { ...LLAMA_BLOCK, inputBias: bias, outputBias: bias },
    rotary: [rotary],
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

function positive(reader: ConfigReader, name: string, fallback?: number): number {
  const value = reader.number(name, fallback);
  if (value > 0) return value;
  throw new ConfigError(`config.json: ${reader.path(name)} must be above 0, got ${value}`);
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

/** Phi-3 (Abdin et al. 2024, https://arxiv.org/abs/2404.14219): packed projections, LongRoPE. */
export function phi3(reader: ConfigReader): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, { hidden: 3072, layers: 32, heads: 32, context: 4096 });
  const { contextLength } = sizes;
  const rotary = readRotary(reader, sizes.headDim, {
    contextLength,
    originalContext: 4096,
    longRopeNames: ['su', 'yarn'],
  });
  const window = readWindow(reader, null);
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'phi3',
    vocabSize: reader.size('vocab_size', 32_064),
    intermediateSize: reader.size('intermediate_size', 8192),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('rms_norm_eps', 1e-5),
    contextLength: limitedContext(contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader, { bos: 1, eos: 32_000 }),
    norm: 'rmsNorm',
    block: {
      ...LLAMA_BLOCK,
      packed: { name: 'self_attn.qkv_proj', order: 'parts' },
      packedGate: 'mlp.gate_up_proj',
    },
    windows: new Array(sizes.numHiddenLayers).fill(window),
    rotary: [rotary],
  };
}

/** Phi-1, Phi-1.5 and Phi-2 (Li et al. 2023, https://arxiv.org/abs/2309.05463): parallel sub-layers after one norm. */
export function phi(reader: ConfigReader): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, { hidden: 2048, layers: 24, heads: 32, context: 2048 });
  const rotary = readRotary(reader, sizes.headDim, { ...sizes, partial: 0.5 });
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'phi',
    vocabSize: reader.size('vocab_size', 51_200),
    intermediateSize: reader.size('intermediate_size', 8192),
    hiddenAct: activationByName(reader.text('hidden_act', 'gelu_new')),
    normEps: reader.number('layer_norm_eps', 1e-5),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader, { bos: 1, eos: 2 }),
    norm: 'layerNorm',
    parallel: true,
    block: {
      attention: { ...LLAMA_BLOCK.attention, output: 'self_attn.dense' },
      inputBias: true,
      outputBias: true,
      ...(reader.flag('qk_layernorm', false) && {
        headNorms: { query: 'self_attn.q_layernorm', key: 'self_attn.k_layernorm', kind: 'layerNorm' },
      }),
      feedForward: { up: 'mlp.fc1', down: 'mlp.fc2' },
      feedForwardBias: true,
      attentionNorm: 'input_layernorm',
    },
    finalNorm: 'final_layernorm',
    headBias: true,
    rotary: [rotary],
  };
}

/** GPT-NeoX (Black et al. 2022, https://arxiv.org/abs/2204.06745) and Pythia (Biderman et al. 2023, https://arxiv.org/abs/2304.01373). */
export function gptNeox(reader: ConfigReader): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, { hidden: 6144, layers: 44, heads: 64, context: 2048 });
  const rotary = readRotary(reader, sizes.headDim, {
    ...sizes,
    thetaName: 'rotary_emb_base',
    partial: 0.25,
    partialName: 'rotary_pct',
  });
  const bias = reader.flag('attention_bias', true);
  return {
    ...sizes,
    modelType: 'gpt_neox',
    vocabSize: reader.size('vocab_size', 50_432),
    intermediateSize: reader.size('intermediate_size', 24_576),
    hiddenAct: activationByName(reader.text('hidden_act', 'gelu')),
    normEps: reader.number('layer_norm_eps', 1e-5),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader, { bos: 0, eos: 2 }),
    prefixes: ['gpt_neox.'],
    tokenEmbeddings: 'embed_in',
    blocks: 'layers',
    norm: 'layerNorm',
    parallel: reader.flag('use_parallel_residual', true),
    block: {
      attention: { ...LLAMA_BLOCK.attention, output: 'attention.dense' },
      packed: { name: 'attention.query_key_value', order: 'heads' },
      inputBias: bias,
      outputBias: bias,
      feedForward: { up: 'mlp.dense_h_to_4h', down: 'mlp.dense_4h_to_h' },
      feedForwardBias: true,
      attentionNorm: 'input_layernorm',
      feedForwardNorm: 'post_attention_layernorm',
    },
    finalNorm: 'final_layer_norm',
    head: 'embed_out',
    rotary: [rotary],
    // Causal masks.
    ignored: ['\\.attention\\.(bias|masked_bias)$'],
  };
}

/** OPT (Zhang et al. 2022, https://arxiv.org/abs/2205.01068): learned positions from row 2 on; OPT-350m has post-norm blocks and projections. */
export function opt(reader: ConfigReader): FamilyConfig {
  check(reader, { layer_norm_elementwise_affine: [true] });
  const sizes = readSizes(reader, { hidden: 768, layers: 12, heads: 12, context: 2048 });
  const embeddingSize = reader.size('word_embed_proj_dim', sizes.hiddenSize);
  const pre = reader.flag('do_layer_norm_before', true);
  const bias = reader.flag('enable_bias', true);
  const hasFinalNorm = pre && !reader.flag('_remove_final_layer_norm', false);
  return {
    ...sizes,
    modelType: 'opt',
    vocabSize: reader.size('vocab_size', 50_272),
    intermediateSize: reader.size('ffn_dim', 3072),
    hiddenAct: activationByName(reader.text('activation_function', 'relu')),
    normEps: 1e-5,
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readTextEnds(reader, { bos: 2, eos: 2 }),
    prefixes: ['model.decoder.', 'decoder.'],
    tokenEmbeddings: 'embed_tokens',
    positionEmbeddings: { name: 'embed_positions', offset: 2 },
    ...(embeddingSize !== sizes.hiddenSize && {
      projections: { size: embeddingSize, input: 'project_in', output: 'project_out' },
    }),
    blocks: 'layers',
    norm: 'layerNorm',
    blockNorms: pre ? 'pre' : 'post',
    block: {
      attention: { ...LLAMA_BLOCK.attention, output: 'self_attn.out_proj' },
      inputBias: bias,
      outputBias: bias,
      feedForward: { up: 'fc1', down: 'fc2' },
      feedForwardBias: bias,
      attentionNorm: 'self_attn_layer_norm',
      feedForwardNorm: 'final_layer_norm',
    },
    ...(hasFinalNorm && { finalNorm: 'final_layer_norm' }),
    head: 'lm_head',
  };
}

/** GPT-Neo (Black et al. 2021): GPT-2 with linear layers, unscaled scores and local attention in every second layer. */
export function gptNeo(reader: ConfigReader): FamilyConfig {
  check(reader);
  const hiddenSize = reader.size('hidden_size', 2048);
  const layers = reader.size('num_layers', 24);
  const heads = reader.size('num_heads', 16);
  checkHeadSizes(hiddenSize, heads, { hidden: 'hidden_size', heads: 'num_heads' });
  const window = reader.size('window_size', 256);
  return {
    modelType: 'gpt_neo',
    vocabSize: reader.size('vocab_size', 50_257),
    hiddenSize,
    numHiddenLayers: layers,
    numAttentionHeads: heads,
    numKeyValueHeads: heads,
    headDim: hiddenSize / heads,
    intermediateSize: reader.size('intermediate_size', 4 * hiddenSize),
    hiddenAct: activationByName(reader.text('activation_function', 'gelu_new')),
    normEps: reader.number('layer_norm_epsilon', 1e-5),
    contextLength: reader.size('max_position_embeddings', 2048),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readTextEnds(reader, { bos: 50_256, eos: 50_256 }),
    prefixes: ['transformer.'],
    tokenEmbeddings: 'wte',
    positionEmbeddings: { name: 'wpe', offset: 0 },
    blocks: 'h',
    norm: 'layerNorm',
    block: {
      attention: {
        query: 'attn.attention.q_proj',
        key: 'attn.attention.k_proj',
        value: 'attn.attention.v_proj',
        output: 'attn.attention.out_proj',
      },
      inputBias: false,
      outputBias: true,
      feedForward: { up: 'mlp.c_fc', down: 'mlp.c_proj' },
      feedForwardBias: true,
      attentionNorm: 'ln_1',
      feedForwardNorm: 'ln_2',
    },
    finalNorm: 'ln_f',
    head: 'lm_head',
    scale: 1,
    windows: neoLayers(reader, layers).map((type) => (type === 'local' ? window : null)),
    ignored: ['\\.attn\\.attention\\.(bias|masked_bias)$'],
  };
}

/** `attention_types`, a list of [types, times], one after another; `global` or `local` for each layer. */
function neoLayers(reader: ConfigReader, layers: number): readonly unknown[] {
  const groups = reader.raw('attention_types') ?? [[['global', 'local'], 12]];
  const list: unknown[] = [];
  for (const group of Array.isArray(groups) ? groups : []) {
    const [types, times] = Array.isArray(group) ? group : [];
    for (let i = 0; Array.isArray(types) && types.length > 0 && i < times && list.length <= layers; i++) {
      list.push(...types);
    }
  }
  if (list.length === layers && list.every((type) => type === 'global' || type === 'local')) return list;
  throw new ConfigError(
    `config.json: attention_types must say global or local for ${layers} layers, got ${JSON.stringify(groups).slice(0, 80)}`,
  );
}

/** GPT-J (Wang & Komatsuzaki 2021): parallel sub-layers after one norm, interleaved rotation of a part of each head. */
export function gptj(reader: ConfigReader): FamilyConfig {
  check(reader);
  const hiddenSize = reader.size('n_embd', 4096);
  const heads = reader.size('n_head', 16);
  checkHeadSizes(hiddenSize, heads, { hidden: 'n_embd', heads: 'n_head' });
  const headDim = hiddenSize / heads;
  const rotaryDim = reader.size('rotary_dim', 64);
  if (reader.raw('rotary_dim') === null || rotaryDim > headDim || rotaryDim % 2 !== 0) {
    throw new ConfigError(
      `config.json: rotary_dim must be an even number of at most ${headDim}, got ${JSON.stringify(reader.raw('rotary_dim'))}`,
    );
  }
  return {
    modelType: 'gptj',
    vocabSize: reader.size('vocab_size', 50_400),
    hiddenSize,
    numHiddenLayers: reader.size('n_layer', 28),
    numAttentionHeads: heads,
    numKeyValueHeads: heads,
    headDim,
    intermediateSize: reader.size('n_inner', 4 * hiddenSize),
    hiddenAct: activationByName(reader.text('activation_function', 'gelu_new')),
    normEps: reader.number('layer_norm_epsilon', 1e-5),
    contextLength: reader.size('n_positions', 2048),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader, { bos: 50_256, eos: 50_256 }),
    prefixes: ['transformer.'],
    tokenEmbeddings: 'wte',
    blocks: 'h',
    norm: 'layerNorm',
    parallel: true,
    block: {
      attention: { query: 'attn.q_proj', key: 'attn.k_proj', value: 'attn.v_proj', output: 'attn.out_proj' },
      inputBias: false,
      outputBias: false,
      feedForward: { up: 'mlp.fc_in', down: 'mlp.fc_out' },
      feedForwardBias: true,
      attentionNorm: 'ln_1',
    },
    finalNorm: 'ln_f',
    head: 'lm_head',
    headBias: true,
    rotary: [{ ropeTheta: 10_000, rotaryDim, ropeScaling: undefined, rotaryLayout: 'interleaved' }],
    ignored: ['\\.attn\\.(bias|masked_bias)$'],
  };
}

/** SmolLM3 (Bakouch et al. 2025): a Llama in which every fourth layer has no rotary embedding (NoPE; Kazemnejad et al. 2023). */
export function smollm3(reader: ConfigReader): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, {
    hidden: 2048,
    layers: 36,
    heads: 16,
    keyValueHeads: 4,
    context: 32_768,
  });
  const { numHiddenLayers: layers } = sizes;
  const rotary = readRotary(reader, sizes.headDim, { ...sizes, theta: 2e6 });
  const interval = reader.size('no_rope_layer_interval', 4);
  const given =
    reader.raw('no_rope_layers') ?? Array.from({ length: layers }, (_, i) => +((i + 1) % interval !== 0));
  if (
    !Array.isArray(given) ||
    given.length !== layers ||
    !given.every((value) => value === 0 || value === 1)
  ) {
    throw new ConfigError(
      `config.json: no_rope_layers must be 0 or 1 for each of ${layers} layers, got ${JSON.stringify(given).slice(0, 80)}`,
    );
  }
  const window = reader.flag('use_sliding_window', false) ? readWindow(reader, null) : null;
  const bias = reader.flag('attention_bias', false);
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'smollm3',
    vocabSize: reader.size('vocab_size', 128_256),
    intermediateSize: reader.size('intermediate_size', 11_008),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('rms_norm_eps', 1e-6),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readTextEnds(reader, { bos: 128_000, eos: 128_001 }),
    norm: 'rmsNorm',
    block: {
      ...LLAMA_BLOCK,
      inputBias: bias,
      outputBias: bias,
      feedForwardBias: reader.flag('mlp_bias', false),
    },
    windows: readWindows(reader, layers, window, (layer) => given[layer] === 0),
    rotary: [rotary],
    // A 1 says that the layer has a rotary embedding, whatever the name of the list.
    rotaryOf: given.map((value) => (value === 1 ? 0 : null)),
  };
}

/** OLMo 2 (OLMo Team 2024, https://arxiv.org/abs/2501.00656): norms of the sub-layers' outputs, and of all queries and all keys. */
export function olmo2(reader: ConfigReader): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, { hidden: 4096, layers: 32, heads: 32, context: 2048 });
  const rotary = readRotary(reader, sizes.headDim, sizes);
  const bias = reader.flag('attention_bias', false);
  const { attentionNorm: _, feedForwardNorm: __, ...block } = LLAMA_BLOCK;
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'olmo2',
    vocabSize: reader.size('vocab_size', 50_304),
    intermediateSize: reader.size('intermediate_size', 11_008),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('rms_norm_eps', 1e-5),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader, { eos: 50_279 }),
    norm: 'rmsNorm',
    block: {
      ...block,
      inputBias: bias,
      outputBias: bias,
      headNorms: { query: 'self_attn.q_norm', key: 'self_attn.k_norm', kind: 'allHeads' },
      attentionOutputNorm: 'post_attention_layernorm',
      feedForwardOutputNorm: 'post_feedforward_layernorm',
    },
    rotary: [rotary],
  };
}

/** StableLM (Bellagente et al. 2024, https://arxiv.org/abs/2402.17834): a Llama with layer norms and partial rotation. */
export function stablelm(reader: ConfigReader): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, {
    hidden: 2560,
    layers: 32,
    heads: 32,
    keyValueHeads: 32,
    context: 4096,
  });
  const rotary = readRotary(reader, sizes.headDim, { ...sizes, partial: 0.25 });
  const parallel = reader.flag('use_parallel_residual', false);
  const { feedForwardNorm, ...block } = LLAMA_BLOCK;
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'stablelm',
    vocabSize: reader.size('vocab_size', 50_304),
    intermediateSize: reader.size('intermediate_size', 6912),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('layer_norm_eps', 1e-5),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader, { bos: 0, eos: 0 }),
    norm: 'layerNorm',
    parallel,
    block: {
      ...block,
      inputBias: reader.flag('use_qkv_bias', false),
      ...(reader.flag('qk_layernorm', false) && {
        headNorms: { query: 'self_attn.q_layernorm', key: 'self_attn.k_layernorm', kind: 'list' },
      }),
      ...(!parallel && { feedForwardNorm }),
    },
    rotary: [rotary],
  };
}

/** Granite 3 (IBM 2024): a Llama with factors on embeddings, scores, residual connections and logits. */
export function granite(reader: ConfigReader): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, { hidden: 4096, layers: 32, heads: 32, context: 2048 });
  const rotary = readRotary(reader, sizes.headDim, sizes);
  const bias = reader.flag('attention_bias', false);
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'granite',
    vocabSize: reader.size('vocab_size', 32_000),
    intermediateSize: reader.size('intermediate_size', 11_008),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('rms_norm_eps', 1e-6),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader, { bos: 1, eos: 2 }),
    embeddingScale: reader.number('embedding_multiplier', 1),
    norm: 'rmsNorm',
    block: {
      ...LLAMA_BLOCK,
      inputBias: bias,
      outputBias: bias,
      feedForwardBias: reader.flag('mlp_bias', false),
    },
    scale: reader.number('attention_multiplier', 1),
    residualScale: reader.number('residual_multiplier', 1),
    logits: { scale: 1 / positive(reader, 'logits_scaling', 1) },
    rotary: [rotary],
  };
}

/** Falcon (Almazrouei et al. 2023, https://arxiv.org/abs/2311.16867): parallel sub-layers, packed projections, rotation or ALiBi. */
export function falcon(reader: ConfigReader): FamilyConfig {
  // Names of the first files, which Transformers no longer reads.
  check(reader, { n_head: [], n_layer: [], n_embed: [] });
  const hiddenSize = reader.size('hidden_size', 4544);
  const heads = reader.size('num_attention_heads', 71);
  checkHeadSizes(hiddenSize, heads);
  const isNew = reader.flag('new_decoder_architecture', false);
  const multiQuery = reader.flag('multi_query', true);
  const parallel = reader.flag('parallel_attn', true);
  const alibi = reader.flag('alibi', false);
  const keyValueHeads = isNew || !multiQuery ? reader.size('num_kv_heads', heads) : 1;
  checkKeyValueHeads(heads, keyValueHeads);
  if (!isNew && !multiQuery && keyValueHeads !== heads) {
    throw new ConfigError(
      `config.json: num_kv_heads must be num_attention_heads without multi_query and new_decoder_architecture, got ${keyValueHeads} and ${heads}`,
    );
  }
  if (isNew && !parallel) {
    throw new ConfigError('config.json: parallel_attn must be true with new_decoder_architecture, got false');
  }
  const headDim = hiddenSize / heads;
  const norms = reader.size('num_ln_in_parallel_attn', isNew ? 2 : 1);
  const contextLength = reader.size('max_position_embeddings', 2048);
  const rotary = alibi ? undefined : readRotary(reader, headDim, { contextLength });
  const bias = reader.flag('bias', false);
  const twoNorms = parallel && norms === 2;
  if (norms > 2 || (norms === 2 && !isNew)) {
    throw new ConfigError(
      `config.json: num_ln_in_parallel_attn must be 1, or 2 with new_decoder_architecture, got ${norms}`,
    );
  }
  return {
    modelType: 'falcon',
    vocabSize: reader.size('vocab_size', 65_024),
    hiddenSize,
    numHiddenLayers: reader.size('num_hidden_layers', 32),
    numAttentionHeads: heads,
    numKeyValueHeads: keyValueHeads,
    headDim,
    intermediateSize: reader.size('ffn_hidden_size', 4 * hiddenSize),
    hiddenAct: activationByName(reader.text('activation', 'gelu')),
    normEps: reader.number('layer_norm_epsilon', 1e-5),
    contextLength: rotary ? limitedContext(contextLength, rotary) : contextLength,
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readTextEnds(reader, { bos: 11, eos: 11 }),
    prefixes: ['transformer.'],
    tokenEmbeddings: 'word_embeddings',
    blocks: 'h',
    norm: 'layerNorm',
    parallel,
    block: {
      attention: { ...LLAMA_BLOCK.attention, output: 'self_attention.dense' },
      packed: { name: 'self_attention.query_key_value', order: isNew || !multiQuery ? 'heads' : 'parts' },
      inputBias: bias,
      outputBias: bias,
      feedForward: { up: 'mlp.dense_h_to_4h', down: 'mlp.dense_4h_to_h' },
      feedForwardBias: bias,
      attentionNorm: twoNorms ? 'ln_attn' : 'input_layernorm',
      ...(twoNorms && { feedForwardNorm: 'ln_mlp' }),
      ...(!parallel && { feedForwardNorm: 'post_attention_layernorm' }),
    },
    finalNorm: 'ln_f',
    head: 'lm_head',
    ...(rotary ? { rotary: [rotary] } : { alibi: true }),
  };
}

/** What Command R and R7B share: parallel sub-layers after a layer norm without bias, interleaved rotation, scaled logits. */
function command(reader: ConfigReader, modelType: FamilyType, theta: number): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, { hidden: 8192, layers: 40, heads: 64, context: 8192 });
  const rotary = readRotary(reader, sizes.headDim, { ...sizes, theta, layout: 'interleaved' });
  const bias = reader.flag('attention_bias', false);
  const { feedForwardNorm: _, ...block } = LLAMA_BLOCK;
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType,
    vocabSize: reader.size('vocab_size', 256_000),
    intermediateSize: reader.size('intermediate_size', 22_528),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('layer_norm_eps', 1e-5),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readTextEnds(reader, { bos: 5, eos: 255_001 }),
    norm: 'layerNormWithoutBias',
    parallel: true,
    block: { ...block, inputBias: bias, outputBias: bias },
    logits: { scale: reader.number('logit_scale', 0.0625) },
    rotary: [rotary],
  };
}

/** Command R (Cohere 2024). */
export function cohere(reader: ConfigReader): FamilyConfig {
  const config = command(reader, 'cohere', 500_000);
  if (!reader.flag('use_qk_norm', false)) return config;
  const headNorms = { query: 'self_attn.q_norm', key: 'self_attn.k_norm', kind: 'gains' } as const;
  return { ...config, block: { ...config.block, headNorms } };
}

/** Command R7B (Cohere 2024): layers with a sliding window and rotary embedding, every fourth with neither. */
export function cohere2(reader: ConfigReader): FamilyConfig {
  const config = command(reader, 'cohere2', 10_000);
  const pattern = reader.size('sliding_window_pattern', 4);
  const windows = readWindows(
    reader,
    config.numHiddenLayers,
    reader.size('sliding_window', 4096),
    (layer) => (layer + 1) % pattern !== 0,
  );
  return { ...config, windows, rotaryOf: windows.map((window) => (window === null ? null : 0)) };
}

/** Mixtral (Jiang et al. 2024, https://arxiv.org/abs/2401.04088): a Mistral with a mixture of experts. */
export function mixtral(reader: ConfigReader): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, {
    hidden: 4096,
    layers: 32,
    heads: 32,
    keyValueHeads: 8,
    context: 131_072,
  });
  const rotary = readRotary(reader, sizes.headDim, { ...sizes, theta: 1e6 });
  const intermediateSize = reader.size('intermediate_size', 14_336);
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'mixtral',
    vocabSize: reader.size('vocab_size', 32_000),
    intermediateSize,
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('rms_norm_eps', 1e-5),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader, { bos: 1, eos: 2 }),
    norm: 'rmsNorm',
    block: LLAMA_BLOCK,
    experts: {
      router: 'block_sparse_moe.gate',
      gate: 'block_sparse_moe.experts.{}.w1',
      up: 'block_sparse_moe.experts.{}.w3',
      down: 'block_sparse_moe.experts.{}.w2',
      ...readExperts(reader, 'num_local_experts', 8, 2),
      intermediateSize,
      normalized: true,
      without: [],
    },
    windows: new Array(sizes.numHiddenLayers).fill(readWindow(reader, null)),
    rotary: [rotary],
  };
}

function readExperts(reader: ConfigReader, name: string, experts: number, tokens: number) {
  const count = reader.size(name, experts);
  const perToken = reader.size('num_experts_per_tok', tokens);
  if (perToken <= count) return { count, perToken };
  throw new ConfigError(`config.json: num_experts_per_tok must be at most ${name} ${count}, got ${perToken}`);
}

/** The names and sizes of the experts of Qwen's mixtures. */
function qwenExperts(
  reader: ConfigReader,
  layers: number,
  defaults: { experts: number; perToken: number; size: number },
) {
  const step = reader.size('decoder_sparse_step', 1);
  const plain = reader.raw('mlp_only_layers') ?? [];
  if (!Array.isArray(plain) || !plain.every((layer) => Number.isSafeInteger(layer))) {
    throw new ConfigError(
      `config.json: mlp_only_layers must be a list of layers, got ${JSON.stringify(plain).slice(0, 80)}`,
    );
  }
  return {
    router: 'mlp.gate',
    gate: 'mlp.experts.{}.gate_proj',
    up: 'mlp.experts.{}.up_proj',
    down: 'mlp.experts.{}.down_proj',
    ...readExperts(reader, 'num_experts', defaults.experts, defaults.perToken),
    intermediateSize: reader.size('moe_intermediate_size', defaults.size),
    normalized: reader.flag('norm_topk_prob', false),
    without: Array.from({ length: layers }, (_, i) => i).filter(
      (layer) => plain.includes(layer) || (layer + 1) % step !== 0,
    ),
  };
}

/** Qwen1.5-MoE and Qwen2-MoE (Yang et al. 2024, https://arxiv.org/abs/2407.10671): experts and a shared expert. */
export function qwen2Moe(reader: ConfigReader): FamilyConfig {
  check(reader, { use_sliding_window: [false] });
  const sizes = readSizes(reader, {
    hidden: 2048,
    layers: 24,
    heads: 16,
    keyValueHeads: 16,
    context: 32_768,
  });
  const rotary = readRotary(reader, sizes.headDim, sizes);
  const layers = sizes.numHiddenLayers;
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'qwen2_moe',
    vocabSize: reader.size('vocab_size', 151_936),
    intermediateSize: reader.size('intermediate_size', 5632),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('rms_norm_eps', 1e-6),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader),
    norm: 'rmsNorm',
    block: { ...LLAMA_BLOCK, inputBias: reader.flag('qkv_bias', true) },
    experts: {
      ...qwenExperts(reader, layers, { experts: 60, perToken: 4, size: 1408 }),
      shared: {
        intermediateSize: reader.size('shared_expert_intermediate_size', 5632),
        layer: 'mlp.shared_expert',
        gate: 'mlp.shared_expert_gate',
      },
    },
    windows: readWindows(reader, layers, null, () => false),
    rotary: [rotary],
  };
}

/** Qwen3-MoE (Yang et al. 2025, https://arxiv.org/abs/2505.09388). */
export function qwen3Moe(reader: ConfigReader): FamilyConfig {
  check(reader, { use_sliding_window: [false] });
  const sizes = readSizes(reader, {
    hidden: 2048,
    layers: 24,
    heads: 32,
    keyValueHeads: 4,
    context: 32_768,
  });
  const rotary = readRotary(reader, sizes.headDim, sizes);
  const bias = reader.flag('attention_bias', false);
  return {
    ...LLAMA_MODEL,
    ...sizes,
    modelType: 'qwen3_moe',
    vocabSize: reader.size('vocab_size', 151_936),
    intermediateSize: reader.size('intermediate_size', 6144),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('rms_norm_eps', 1e-6),
    contextLength: limitedContext(sizes.contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader),
    norm: 'rmsNorm',
    block: {
      ...LLAMA_BLOCK,
      inputBias: bias,
      outputBias: bias,
      headNorms: { query: 'self_attn.q_norm', key: 'self_attn.k_norm', kind: 'rmsNorm' },
    },
    experts: qwenExperts(reader, sizes.numHiddenLayers, { experts: 128, perToken: 8, size: 768 }),
    rotary: [rotary],
  };
}

/** The readers by `model_type`. */
export const FAMILIES: Readonly<Record<FamilyType, (reader: ConfigReader) => FamilyConfig>> = {
  gemma,
  gemma2,
  gemma3_text: gemma3,
  phi3,
  phi,
  gpt_neox: gptNeox,
  opt,
  gpt_neo: gptNeo,
  gptj,
  smollm3,
  olmo2,
  stablelm,
  granite,
  falcon,
  cohere,
  cohere2,
  mixtral,
  qwen2_moe: qwen2Moe,
  qwen3_moe: qwen3Moe,
};
