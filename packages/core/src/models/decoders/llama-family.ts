import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { prefixOf } from '../checkpoint-names.ts';
import type { ConfigReader } from '../config.ts';
import type { LLAMA_TYPES } from '../model-types.ts';
import {
  checkDecoderArithmetic,
  checkKeyValueHeads,
  type DecoderSizes,
  readTextEnds,
} from './decoder-config.ts';
import { DecoderStack } from './decoder-stack.ts';
import type { DecoderLayout } from './layout.ts';
import { limitedContext, type RotarySettings, readRotary, rotaryOptions } from './rope-config.ts';

// Llama, Mistral and Qwen share pre-norm blocks with RMS norms, rotary positions, grouped-query attention and SwiGLU.

export type LlamaType = (typeof LLAMA_TYPES)[number];

/**
 * The configuration of a decoder of the Llama family (Touvron et al. 2023, https://arxiv.org/abs/2302.13971). Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama/modeling_llama.py
 */
export interface LlamaConfig extends DecoderSizes, RotarySettings {
  readonly modelType: LlamaType;
  /** Which projections of attention have biases: all, those of queries, keys and values (Qwen2), or none. */
  readonly attentionBias: 'all' | 'inputs' | 'none';
  readonly mlpBias: boolean;
  /** Whether each head of queries and keys is normalised (Qwen3). */
  readonly headNorms: boolean;
  /** Sliding window of each layer in tokens, the current one included; null for full attention. */
  readonly slidingWindows: readonly (number | null)[];
}

/** The differences between members of the family, and their defaults in Hugging Face Transformers. */
export interface LlamaMember {
  readonly modelType: LlamaType;
  readonly vocabSize: number;
  readonly intermediateSize: number;
  readonly keyValueHeads?: number;
  readonly headDim?: number;
  readonly contextLength: number;
  readonly bos?: number;
  readonly eos?: number;
  readonly headNorms?: boolean;
  attentionBias(reader: ConfigReader): LlamaConfig['attentionBias'];
  mlpBias?(reader: ConfigReader): boolean;
  slidingWindows(reader: ConfigReader, layers: number): readonly (number | null)[];
}

/** Reads a config.json under the names of the family. Throws `ConfigError` for invalid or unsupported values. */
export function readLlama(reader: ConfigReader, member: LlamaMember): LlamaConfig {
  checkDecoderArithmetic(reader);
  const hiddenSize = reader.size('hidden_size', 4096);
  const heads = reader.size('num_attention_heads', 32);
  const keyValueHeads = reader.size('num_key_value_heads', member.keyValueHeads ?? heads);
  checkKeyValueHeads(heads, keyValueHeads);
  const headDim = reader.size('head_dim', member.headDim ?? defaultHeadDim(hiddenSize, heads));
  const layers = reader.size('num_hidden_layers', 32);
  const { modelType } = member;
  const contextLength = reader.size('max_position_embeddings', member.contextLength);
  const rotary = readRotary(reader, headDim, { contextLength });
  return {
    modelType,
    vocabSize: reader.size('vocab_size', member.vocabSize),
    hiddenSize,
    numHiddenLayers: layers,
    numAttentionHeads: heads,
    numKeyValueHeads: keyValueHeads,
    headDim,
    intermediateSize: reader.size('intermediate_size', member.intermediateSize),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    normEps: reader.number('rms_norm_eps', 1e-6),
    contextLength: limitedContext(contextLength, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', false),
    ...readTextEnds(reader, member),
    ...rotary,
    attentionBias: member.attentionBias(reader),
    mlpBias: member.mlpBias?.(reader) ?? false,
    headNorms: member.headNorms ?? false,
    slidingWindows: checkLayerTypes(reader, member.slidingWindows(reader, layers)),
  };
}

/** The default of head_dim. */
function defaultHeadDim(hiddenSize: number, heads: number): number {
  if (hiddenSize % heads === 0) return hiddenSize / heads;
  throw new ConfigError(
    `config.json: hidden_size must divide into num_attention_heads unless head_dim is given, got ${hiddenSize} and ${heads}`,
  );
}

/** Throws `ConfigError` if `layer_types`, which newer files have, contradicts the windows of the other values. */
function checkLayerTypes(
  reader: ConfigReader,
  windows: readonly (number | null)[],
): readonly (number | null)[] {
  const types = reader.texts('layer_types');
  if (types.length === 0) return windows;
  const expected = windows.map((window) => (window === null ? 'full_attention' : 'sliding_attention'));
  if (types.length === expected.length && types.every((type, i) => type === expected[i])) return windows;
  throw new ConfigError(
    `config.json: layer_types must be ${[...new Set(expected)].join(' and ')} by the sliding-window values, got ${JSON.stringify(types).slice(0, 80)}`,
  );
}

/** Loads the weights of a decoder of the Llama family, or a shard's slices of them, under Hugging Face's names. */
export function loadLlama(
  config: LlamaConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<DecoderStack> {
  return DecoderStack.load(
    config,
    layoutOf(config, prefixOf(checkpoint, 'model.')),
    checkpoint,
    backend,
    plan,
  );
}

function layoutOf(config: LlamaConfig, prefix: string): DecoderLayout {
  const { attentionBias, mlpBias, headNorms, slidingWindows } = config;
  const inputBias = attentionBias !== 'none';
  return {
    architecture: config.modelType,
    tokenEmbeddings: `${prefix}embed_tokens.weight`,
    rotary: [rotaryOptions(config, config.contextLength)],
    norm: 'rmsNorm',
    block: (index) => {
      const layer = `${prefix}layers.${index}`;
      const attention = `${layer}.self_attn`;
      const window = slidingWindows[index] ?? null;
      return {
        attention: {
          query: `${attention}.q_proj`,
          key: `${attention}.k_proj`,
          value: `${attention}.v_proj`,
          output: `${attention}.o_proj`,
        },
        attentionOptions: {
          biases: { query: inputBias, key: inputBias, value: inputBias, output: attentionBias === 'all' },
          ...(window !== null && { window }),
        },
        ...(headNorms && { headNorms: { query: `${attention}.q_norm`, key: `${attention}.k_norm` } }),
        attentionNorm: `${layer}.input_layernorm`,
        feedForward: {
          gate: `${layer}.mlp.gate_proj`,
          up: `${layer}.mlp.up_proj`,
          down: `${layer}.mlp.down_proj`,
        },
        feedForwardBiases: mlpBias,
        feedForwardNorm: `${layer}.post_attention_layernorm`,
      };
    },
    finalNorm: `${prefix}norm`,
    head: 'lm_head.weight',
    ignoredTensors: [/\.rotary_emb\.inv_freq$/],
  };
}
