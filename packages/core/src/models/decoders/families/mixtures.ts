import { ConfigError } from '../../../errors.ts';
import { activationByName } from '../../activation.ts';
import type { ConfigReader } from '../../config.ts';
import { readTextEnds } from '../decoder-config.ts';
import {
  type FamilyConfig,
  LLAMA_BLOCK,
  LLAMA_MODEL,
  readSizes,
  readWindow,
  readWindows,
} from '../family.ts';
import { limitedContext, readRotary } from '../rope-config.ts';
import { check } from './checks.ts';

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
