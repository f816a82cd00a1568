import { ConfigError } from '../../../errors.ts';
import type { ConfigReader } from '../../config.ts';
import { type FamilyConfig, LLAMA_BLOCK, readSizes, readWindow, readWindows } from '../family.ts';
import { readRotary } from '../rope-config.ts';
import { check } from './checks.ts';
import { readLlamaModel } from './llama-model.ts';

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
  const model = readLlamaModel(reader, 'mixtral', sizes, rotary, {
    vocab: 32_000,
    intermediate: 14_336,
    eps: 1e-5,
    tied: false,
    ends: { bos: 1, eos: 2 },
  });
  return {
    ...model,
    experts: {
      router: 'block_sparse_moe.gate',
      gate: 'block_sparse_moe.experts.{}.w1',
      up: 'block_sparse_moe.experts.{}.w3',
      down: 'block_sparse_moe.experts.{}.w2',
      ...readExperts(reader, 'num_local_experts', 8, 2),
      intermediateSize: model.intermediateSize,
      normalized: true,
      without: [],
    },
    windows: new Array(sizes.numHiddenLayers).fill(readWindow(reader, null)),
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
    ...readLlamaModel(reader, 'qwen2_moe', sizes, rotary, {
      vocab: 151_936,
      intermediate: 5632,
      eps: 1e-6,
      tied: false,
    }),
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
    ...readLlamaModel(reader, 'qwen3_moe', sizes, rotary, {
      vocab: 151_936,
      intermediate: 6144,
      eps: 1e-6,
      tied: false,
    }),
    block: {
      ...LLAMA_BLOCK,
      inputBias: bias,
      outputBias: bias,
      headNorms: { query: 'self_attn.q_norm', key: 'self_attn.k_norm', kind: 'rmsNorm' },
    },
    experts: qwenExperts(reader, sizes.numHiddenLayers, { experts: 128, perToken: 8, size: 768 }),
  };
}
