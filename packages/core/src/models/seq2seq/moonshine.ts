import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { DecoderBlockNames } from '../../nn/transformer/load-block.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { prefixOf } from '../checkpoint-names.ts';
import { ConfigReader, checkHeadSizes } from '../config.ts';
import type { Decoder } from '../decoders/decoder.ts';
import { limitedContext, type RotarySettings, readRotary } from '../decoders/rope-config.ts';
import { checkSupported } from '../supported-values.ts';
import { readSeq2SeqTokens, type Seq2SeqSizes, type StackSizes } from './config.ts';
import type { Seq2SeqLayout, Side } from './layout.ts';
import { Seq2SeqStack } from './seq2seq-stack.ts';
import { WaveformInput, waveformTokens } from './waveform-input.ts';

/** Samples of a second, and the longest sound that the models were trained on (§3.2 of the paper). */
const SAMPLE_RATE = 16_000;
const MAX_SECONDS = 30;

/**
 * The configuration of a Moonshine (Jeffries et al. 2024, https://arxiv.org/abs/2410.15608): pre-norm blocks, norms without biases, an encoder that
 * reads samples through convolutions, rotary embeddings in both stacks, a gated feed-forward network in the decoder. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/moonshine/modeling_moonshine.py
 */
export interface MoonshineConfig extends Seq2SeqSizes, RotarySettings {
  readonly modelType: 'moonshine';
  /** Whether queries, keys and values have biases. */
  readonly attentionBias: boolean;
}

/** Parses a config.json. Defaults are those of Hugging Face's `MoonshineConfig`. Throws `ConfigError` for invalid or unsupported values. */
export function parseMoonshineConfig(json: unknown): MoonshineConfig {
  const reader = new ConfigReader(json);
  const modelType = reader.text('model_type');
  if (modelType !== 'moonshine') {
    throw new ConfigError(`config.json: model_type must be moonshine, got ${JSON.stringify(modelType)}`);
  }
  checkSupported(reader, { is_encoder_decoder: [true], quantization_config: [] });
  const hiddenSize = reader.size('hidden_size', 288);
  const heads = reader.size('encoder_num_attention_heads', 8);
  // Hugging Face's class has one number of heads in effect.
  for (const name of [
    'decoder_num_attention_heads',
    'encoder_num_key_value_heads',
    'decoder_num_key_value_heads',
  ]) {
    checkEqual(reader, name, name.endsWith('key_value_heads') ? heads : 8, heads);
  }
  if (!reader.has('head_dim')) {
    checkHeadSizes(hiddenSize, heads, { hidden: 'hidden_size', heads: 'encoder_num_attention_heads' });
  }
  const headDim = reader.size('head_dim', hiddenSize / heads);
  const positions = reader.size('max_position_embeddings', 512);
  const rotary = readRotary(reader, headDim, {
    contextLength: positions,
    partial: 0.9,
    layout: 'interleaved',
  });
  const encoder = readStack(reader, 'encoder', heads, 'gelu');
  const vocabSize = reader.size('vocab_size', 32_768);
  return {
    modelType,
    vocabSize,
    // A source has samples; its ids are 0.
    sourceVocabSize: 1,
    hiddenSize,
    encoder,
    decoder: readStack(reader, 'decoder', heads, 'silu'),
    headDim,
    hiddenAct: encoder.hiddenAct,
    gated: false,
    normEps: 1e-5,
    sourceLength: limitedContext(waveformTokens(MAX_SECONDS * SAMPLE_RATE), rotary),
    contextLength: limitedContext(positions, rotary),
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readSeq2SeqTokens(reader, { start: 1, pad: 2, bos: 1, eos: 2 }),
    ...rotary,
    attentionBias: reader.flag('attention_bias', false),
  };
}

function checkEqual(reader: ConfigReader, name: string, fallback: number, heads: number): void {
  const count = reader.size(name, fallback);
  if (count === heads) return;
  throw new ConfigError(
    `config.json: ${name} must be equal to encoder_num_attention_heads, ${heads}, got ${count}`,
  );
}

function readStack(reader: ConfigReader, side: Side, numAttentionHeads: number, activation: string) {
  return {
    numLayers: reader.size(`${side}_num_hidden_layers`, 6),
    numAttentionHeads,
    intermediateSize: reader.size('intermediate_size', 1152),
    hiddenAct: activationByName(reader.text(`${side}_hidden_act`, activation)),
  } satisfies StackSizes;
}

/** Loads the weights of a Moonshine, or a shard's slices of them, under Hugging Face's names. */
export function loadMoonshine(
  config: MoonshineConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<Decoder> {
  return Seq2SeqStack.load(config, moonshineLayout(config, checkpoint), checkpoint, backend, plan);
}

function moonshineLayout(config: MoonshineConfig, checkpoint: Checkpoint): Seq2SeqLayout {
  const prefix = prefixOf(checkpoint, 'model.');
  const tokenEmbeddings = `${prefix}decoder.embed_tokens.weight`;
  return {
    architecture: 'Moonshine',
    encoder: {
      tokenEmbeddings,
      finalNorm: `${prefix}encoder.layer_norm`,
      block: (index) => encoderBlock(`${prefix}encoder.layers.${index}`, config),
    },
    decoder: {
      tokenEmbeddings,
      finalNorm: `${prefix}decoder.norm`,
      block: (index) => decoderBlock(`${prefix}decoder.layers.${index}`, config),
    },
    positions: { kind: 'rotary', settings: config },
    sourceInput: (loader) =>
      WaveformInput.load(loader, { hiddenSize: config.hiddenSize, prefix: `${prefix}encoder.` }),
    embeddingScale: 1,
    norm: 'layerNormWithoutBias',
    normFirst: true,
    biases: true,
    attentionOptions: {},
    head: { weight: 'proj_out.weight' },
    headScale: 1,
    ignoredTensors: [/rotary_emb\.inv_freq$/],
  };
}

function encoderBlock(layer: string, { attentionBias }: MoonshineConfig): DecoderBlockNames {
  const attention = attentionNames(`${layer}.self_attn`, attentionBias);
  return {
    attention,
    attentionNorm: `${layer}.input_layernorm`,
    crossAttention: attention,
    crossAttentionNorm: `${layer}.input_layernorm`,
    feedForward: { up: `${layer}.mlp.fc1`, down: `${layer}.mlp.fc2` },
    feedForwardNorm: `${layer}.post_attention_layernorm`,
  };
}

function decoderBlock(layer: string, { attentionBias, decoder }: MoonshineConfig): DecoderBlockNames {
  const { intermediateSize } = decoder;
  // The rows of what is gated are before those of the gate.
  const half = (firstRow: number) => {
    const rows = { firstRow, totalRows: 2 * intermediateSize };
    return {
      weight: { tensor: `${layer}.mlp.fc1.weight`, ...rows },
      bias: { tensor: `${layer}.mlp.fc1.bias`, ...rows },
    };
  };
  return {
    attention: attentionNames(`${layer}.self_attn`, attentionBias),
    attentionNorm: `${layer}.input_layernorm`,
    crossAttention: attentionNames(`${layer}.encoder_attn`, attentionBias),
    crossAttentionNorm: `${layer}.post_attention_layernorm`,
    feedForward: { gate: half(intermediateSize), up: half(0), down: `${layer}.mlp.fc2` },
    feedForwardNorm: `${layer}.final_layernorm`,
  };
}

function attentionNames(attention: string, bias: boolean) {
  const input = (letter: string) =>
    bias ? `${attention}.${letter}_proj` : { weight: `${attention}.${letter}_proj.weight` };
  return {
    query: input('q'),
    key: input('k'),
    value: input('v'),
    output: { weight: `${attention}.o_proj.weight` },
  };
}
