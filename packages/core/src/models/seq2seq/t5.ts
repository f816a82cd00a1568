import type { ActivationName, Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import { checkBuckets } from '../../nn/positions/relative-buckets.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { firstPresent } from '../checkpoint-names.ts';
import { ConfigReader } from '../config.ts';
import { checkSupported } from '../decoders/decoder-config.ts';
import type { T5_TYPES } from '../model-types.ts';
import { readSeq2SeqTokens, type Seq2SeqSizes } from './config.ts';
import type { Seq2SeqLayout, Side, SideLayout } from './layout.ts';
import { Seq2SeqStack } from './seq2seq-stack.ts';

/**
 * The configuration of a T5 (Raffel et al. 2020, https://arxiv.org/abs/1910.10683), T5 v1.1, Flan-T5 or mT5: pre-norm blocks with RMS norms and
 * without biases, scores without a scale, relative position biases shared by all blocks. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/t5/modeling_t5.py
 */
export interface T5Config extends Seq2SeqSizes {
  readonly modelType: (typeof T5_TYPES)[number];
  /** Whether the output head's input is divided by √hiddenSize: in T5, not in T5 v1.1, Flan-T5 and mT5. */
  readonly scaleDecoderOutputs: boolean;
  readonly relativeAttentionNumBuckets: number;
  readonly relativeAttentionMaxDistance: number;
}

/**
 * Parses a config.json. Defaults are those of Hugging Face's `T5Config` or `MT5Config`. Throws `ConfigError` for invalid or unsupported values.
 */
export function parseT5Config(json: unknown): T5Config {
  const reader = new ConfigReader(json);
  const modelType = reader.text('model_type') === 'mt5' ? 'mt5' : 't5';
  const multilingual = modelType === 'mt5';
  checkSupported(reader, { is_encoder_decoder: [true], quantization_config: [] });
  const layers = reader.size('num_layers', multilingual ? 8 : 6);
  const numAttentionHeads = reader.size('num_heads', multilingual ? 6 : 8);
  const intermediateSize = reader.size('d_ff', multilingual ? 1024 : 2048);
  const stack = (numLayers: number) => ({ numLayers, numAttentionHeads, intermediateSize });
  const buckets = {
    numBuckets: reader.size('relative_attention_num_buckets', 32),
    maxDistance: reader.size('relative_attention_max_distance', 128),
  };
  checkBuckets('config.json: relative_attention', { ...buckets, bidirectional: true });
  checkBuckets('config.json: relative_attention', { ...buckets, bidirectional: false });
  const vocabSize = reader.size('vocab_size', multilingual ? 250_112 : 32_128);
  // Written before Transformers 5, `tie_word_embeddings: false` means T5 v1.1; later files have scale_decoder_outputs and always true.
  const tied = reader.flag('tie_word_embeddings', !multilingual);
  return {
    modelType,
    vocabSize,
    sourceVocabSize: vocabSize,
    hiddenSize: reader.size('d_model', 512),
    encoder: stack(layers),
    decoder: stack(reader.size('num_decoder_layers', layers)),
    headDim: reader.size('d_kv', 64),
    ...readFeedForward(reader.text('feed_forward_proj', multilingual ? 'gated-gelu' : 'relu')),
    normEps: reader.number('layer_norm_epsilon', 1e-6),
    // Relative positions have no maximum.
    sourceLength: Infinity,
    contextLength: Infinity,
    tieWordEmbeddings: tied,
    scaleDecoderOutputs: !multilingual && reader.flag('scale_decoder_outputs', tied),
    ...readSeq2SeqTokens(reader, { start: 0, pad: 0, eos: 1 }),
    relativeAttentionNumBuckets: buckets.numBuckets,
    relativeAttentionMaxDistance: buckets.maxDistance,
  };
}

/** `relu`, or gated `gated-gelu`, whose GELU is the tanh approximation. */
function readFeedForward(projection: string): { hiddenAct: ActivationName; gated: boolean } {
  const [, gate, name = ''] = /^(gated-)?([^-]+)$/.exec(projection) ?? [];
  if (name === '') {
    throw new ConfigError(
      `config.json: feed_forward_proj must be an activation or gated- and an activation, got ${JSON.stringify(projection)}`,
    );
  }
  const gated = gate !== undefined;
  return { hiddenAct: activationByName(gated && name === 'gelu' ? 'gelu_new' : name), gated };
}

/** Loads the weights of a T5, or a shard's slices of them, under Hugging Face's names. */
export function loadT5(
  config: T5Config,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<Seq2SeqStack> {
  // Transformers 5 ties the head of every T5; what decides is whether the checkpoint has a head of its own.
  const sizes = { ...config, tieWordEmbeddings: true };
  return Seq2SeqStack.load(sizes, layoutOf(config, checkpoint), checkpoint, backend, plan);
}

function layoutOf(config: T5Config, checkpoint: Checkpoint): Seq2SeqLayout {
  const { hiddenSize } = config;
  const embeddings = (side: Side, other: Side) =>
    firstPresent(checkpoint, [
      'shared.weight',
      `${side}.embed_tokens.weight`,
      `${other}.embed_tokens.weight`,
      'lm_head.weight',
    ]);
  const relative = 'block.0.layer.0.SelfAttention.relative_attention_bias.weight';
  return {
    architecture: config.modelType === 'mt5' ? 'mT5' : 'T5',
    encoder: sideLayout('encoder', embeddings('encoder', 'decoder'), config.gated),
    decoder: sideLayout('decoder', embeddings('decoder', 'encoder'), config.gated),
    positions: {
      kind: 'relative',
      numBuckets: config.relativeAttentionNumBuckets,
      maxDistance: config.relativeAttentionMaxDistance,
      names: { encoder: `encoder.${relative}`, decoder: `decoder.${relative}` },
    },
    embeddingScale: 1,
    norm: 'rmsNorm',
    normFirst: true,
    biases: false,
    attentionOptions: { scale: 1 },
    head: { weight: 'lm_head.weight' },
    headScale: config.scaleDecoderOutputs ? hiddenSize ** -0.5 : 1,
    ignoredTensors: [
      // Other names of the shared embeddings, and an unused bias of the first checkpoints.
      /^(encoder|decoder)\.embed_tokens\.weight$/,
      /^decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight$/,
    ],
  };
}

function sideLayout(side: Side, tokenEmbeddings: string, gated: boolean): SideLayout {
  return {
    tokenEmbeddings,
    block: (index) => {
      const layer = `${side}.block.${index}.layer`;
      const last = `${layer}.${side === 'encoder' ? 1 : 2}`;
      const dense = `${last}.DenseReluDense`;
      return {
        attention: attentionNames(`${layer}.0.SelfAttention`),
        attentionNorm: `${layer}.0.layer_norm`,
        crossAttention: attentionNames(`${layer}.1.EncDecAttention`),
        crossAttentionNorm: `${layer}.1.layer_norm`,
        feedForward: {
          ...(gated ? { gate: `${dense}.wi_0`, up: `${dense}.wi_1` } : { up: `${dense}.wi` }),
          down: `${dense}.wo`,
        },
        feedForwardNorm: `${last}.layer_norm`,
      };
    },
    finalNorm: `${side}.final_layer_norm`,
  };
}

function attentionNames(attention: string) {
  return {
    query: `${attention}.q`,
    key: `${attention}.k`,
    value: `${attention}.v`,
    output: `${attention}.o`,
  };
}
