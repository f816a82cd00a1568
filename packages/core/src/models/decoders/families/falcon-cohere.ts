import { ConfigError } from '../../../errors.ts';
import { activationByName } from '../../activation.ts';
import { type ConfigReader, checkHeadSizes } from '../../config.ts';
import { checkKeyValueHeads, readTextEnds } from '../decoder-config.ts';
import {
  type FamilyConfig,
  type FamilyType,
  LLAMA_BLOCK,
  LLAMA_MODEL,
  readSizes,
  readWindows,
} from '../family.ts';
import { limitedContext, readRotary } from '../rope-config.ts';
import { check } from './checks.ts';

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
