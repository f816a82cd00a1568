import { ConfigError } from '../../../errors.ts';
import type { ConfigReader } from '../../config.ts';
import { type FamilyConfig, LLAMA_BLOCK, readSizes, readWindow, readWindows } from '../family.ts';
import { readRotary } from '../rope-config.ts';
import { check, positive } from './checks.ts';
import { readLlamaModel } from './llama-model.ts';

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
    ...readLlamaModel(reader, 'phi3', sizes, rotary, {
      vocab: 32_064,
      intermediate: 8192,
      eps: 1e-5,
      tied: false,
      ends: { bos: 1, eos: 32_000 },
    }),
    block: {
      ...LLAMA_BLOCK,
      packed: { name: 'self_attn.qkv_proj', order: 'parts' },
      packedGate: 'mlp.gate_up_proj',
    },
    windows: new Array(sizes.numHiddenLayers).fill(window),
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
    ...readLlamaModel(reader, 'smollm3', sizes, rotary, {
      vocab: 128_256,
      intermediate: 11_008,
      eps: 1e-6,
      tied: true,
      ends: { bos: 128_000, eos: 128_001 },
    }),
    block: {
      ...LLAMA_BLOCK,
      inputBias: bias,
      outputBias: bias,
      feedForwardBias: reader.flag('mlp_bias', false),
    },
    windows: readWindows(reader, layers, window, (layer) => given[layer] === 0),
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
    ...readLlamaModel(reader, 'olmo2', sizes, rotary, {
      vocab: 50_304,
      intermediate: 11_008,
      eps: 1e-5,
      tied: false,
      ends: { eos: 50_279 },
    }),
    block: {
      ...block,
      inputBias: bias,
      outputBias: bias,
      headNorms: { query: 'self_attn.q_norm', key: 'self_attn.k_norm', kind: 'allHeads' },
      attentionOutputNorm: 'post_attention_layernorm',
      feedForwardOutputNorm: 'post_feedforward_layernorm',
    },
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
    ...readLlamaModel(reader, 'stablelm', sizes, rotary, {
      vocab: 50_304,
      intermediate: 6912,
      eps: 1e-5,
      epsName: 'layer_norm_eps',
      tied: false,
      ends: { bos: 0, eos: 0 },
    }),
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
  };
}

/** Granite 3 (IBM 2024): a Llama with factors on embeddings, scores, residual connections and logits. */
export function granite(reader: ConfigReader): FamilyConfig {
  check(reader);
  const sizes = readSizes(reader, { hidden: 4096, layers: 32, heads: 32, context: 2048 });
  const rotary = readRotary(reader, sizes.headDim, sizes);
  const bias = reader.flag('attention_bias', false);
  return {
    ...readLlamaModel(reader, 'granite', sizes, rotary, {
      vocab: 32_000,
      intermediate: 11_008,
      eps: 1e-6,
      tied: false,
      ends: { bos: 1, eos: 2 },
    }),
    embeddingScale: reader.number('embedding_multiplier', 1),
    block: {
      ...LLAMA_BLOCK,
      inputBias: bias,
      outputBias: bias,
      feedForwardBias: reader.flag('mlp_bias', false),
    },
    scale: reader.number('attention_multiplier', 1),
    residualScale: reader.number('residual_multiplier', 1),
    logits: { scale: 1 / positive(reader, 'logits_scaling', 1) },
  };
}
