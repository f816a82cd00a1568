import type { Backend } from '../../backend/backend.ts';
import type { AttentionNames } from '../../nn/attention/load-attention.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { prefixOf } from '../checkpoint-names.ts';
import { ConfigReader, checkHeadSizes } from '../config.ts';
import { type Conv1dLayer, withoutConv1d } from './conv1d.ts';
import { checkDecoderArithmetic, type DecoderSizes, readTextEnds } from './decoder-config.ts';
import { DecoderStack } from './decoder-stack.ts';
import type { DecoderBlockLayout, DecoderLayout } from './layout.ts';

/**
 * The configuration of a GPT-2 (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"): pre-norm blocks with layer norms
 * after learned absolute positions. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/gpt2/modeling_gpt2.py
 */
export interface Gpt2Config extends DecoderSizes {
  readonly modelType: 'gpt2';
  /** Whether scores are divided by √headDim. */
  readonly scaleAttnWeights: boolean;
  /** Whether scores are also divided by the layer's number, counted from 1 (Stanford CRFM's Mistral, 2021). */
  readonly scaleAttnByInverseLayerIdx: boolean;
}

/**
 * Parses a config.json. Defaults are those of Hugging Face's `GPT2Config`. Throws `ConfigError` for invalid or unsupported values.
 */
export function parseGpt2Config(json: unknown): Gpt2Config {
  const reader = new ConfigReader(json);
  checkDecoderArithmetic(reader);
  const hiddenSize = reader.size('n_embd', 768);
  const heads = reader.size('n_head', 12);
  checkHeadSizes(hiddenSize, heads, { hidden: 'n_embd', heads: 'n_head' });
  return {
    modelType: 'gpt2',
    vocabSize: reader.size('vocab_size', 50_257),
    hiddenSize,
    numHiddenLayers: reader.size('n_layer', 12),
    numAttentionHeads: heads,
    numKeyValueHeads: heads,
    headDim: hiddenSize / heads,
    intermediateSize: reader.size('n_inner', 4 * hiddenSize),
    hiddenAct: activationByName(reader.text('activation_function', 'gelu_new')),
    normEps: reader.number('layer_norm_epsilon', 1e-5),
    contextLength: reader.size('n_positions', 1024),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readTextEnds(reader, { bos: 50_256, eos: 50_256 }),
    scaleAttnWeights: reader.flag('scale_attn_weights', true),
    scaleAttnByInverseLayerIdx: reader.flag('scale_attn_by_inverse_layer_idx', false),
  };
}

/** Loads the weights of a GPT-2, or a shard's slices of them, under Hugging Face's names. */
export function loadGpt2(
  config: Gpt2Config,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<DecoderStack> {
  const layout = layoutOf(config, prefixOf(checkpoint, 'transformer.'));
  const layers = Array.from({ length: config.numHiddenLayers }, (_, i) => conv1dLayers(layout.block(i)));
  return DecoderStack.load(config, layout, withoutConv1d(checkpoint, layers.flat()), backend, plan);
}

function layoutOf(config: Gpt2Config, prefix: string): DecoderLayout {
  return {
    architecture: 'GPT-2',
    tokenEmbeddings: `${prefix}wte.weight`,
    positionEmbeddings: { name: `${prefix}wpe.weight`, offset: 0 },
    norm: 'layerNorm',
    block: (index) => {
      const layer = `${prefix}h.${index}`;
      return {
        attention: {
          query: `${layer}.attn.c_attn.query`,
          key: `${layer}.attn.c_attn.key`,
          value: `${layer}.attn.c_attn.value`,
          output: `${layer}.attn.c_proj`,
        },
        attentionOptions: { scale: scaleOf(config, index) },
        attentionNorm: `${layer}.ln_1`,
        feedForward: { up: `${layer}.mlp.c_fc`, down: `${layer}.mlp.c_proj` },
        feedForwardBiases: true,
        feedForwardNorm: `${layer}.ln_2`,
      };
    },
    finalNorm: `${prefix}ln_f`,
    head: 'lm_head.weight',
    // Causal masks.
    ignoredTensors: [/(^|\.)h\.\d+\.attn\.(bias|masked_bias)$/],
  };
}

function scaleOf(config: Gpt2Config, index: number): number {
  const scale = config.scaleAttnWeights ? 1 / Math.sqrt(config.headDim) : 1;
  return config.scaleAttnByInverseLayerIdx ? scale / (index + 1) : scale;
}

function conv1dLayers({ attention, feedForward }: DecoderBlockLayout): Conv1dLayer[] {
  // Names, as this layout has them.
  const { query, key, value, output } = attention as AttentionNames;
  return [
    { name: query.replace(/\.query$/, ''), parts: [query, key, value] },
    { name: output },
    { name: feedForward.up as string },
    { name: feedForward.down as string },
  ];
}
