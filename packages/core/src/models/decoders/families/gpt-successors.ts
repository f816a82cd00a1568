import { ConfigError } from '../../../errors.ts';
import { activationByName } from '../../activation.ts';
import { type ConfigReader, checkHeadSizes } from '../../config.ts';
import { readTextEnds } from '../decoder-config.ts';
import { type FamilyConfig, LLAMA_BLOCK, LLAMA_MODEL, readSizes } from '../family.ts';
import { limitedContext, readRotary } from '../rope-config.ts';
import { check } from './checks.ts';

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
