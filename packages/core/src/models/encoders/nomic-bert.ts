import { ConfigError } from '../../errors.ts';
import { RotaryEmbedding } from '../../nn/positions/rotary.ts';
import type { BlockNames } from '../../nn/transformer/load-block.ts';
import { activationByName } from '../activation.ts';
import { firstPresent } from '../checkpoint-names.ts';
import { ConfigReader, checkHeadSizes } from '../config.ts';
import { checkSupported } from '../supported-values.ts';
import { bertHead } from './bert-heads.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import { type EncoderFamily, layerOf, packedProjections } from './family.ts';
import type { EncoderLayout, HasTensor } from './layout.ts';

/**
 * The configuration of a NomicBERT (Nussbaum et al. 2024, https://arxiv.org/abs/2402.01613; nomic-embed-text-v1 and v1.5): BERT with rotary
 * positions, gated feed-forward networks and mostly no biases. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/nomic_bert/modeling_nomic_bert.py. Files are read as that class
 * writes them, and with the names of the authors' code (`n_embd`, `Wqkv`), which the published files have.
 */
export interface NomicBertConfig extends EncoderSizes {
  readonly modelType: 'nomic_bert';
  readonly gated: boolean;
  readonly ropeTheta: number;
  /** Features of each head that are rotated. */
  readonly rotaryDim: number;
  readonly rotaryLayout: 'half' | 'interleaved';
  readonly attentionBias: boolean;
  readonly mlpUpBias: boolean;
  readonly mlpDownBias: boolean;
}

export const family: EncoderFamily<NomicBertConfig> = {
  parse(json, heads) {
    const reader = new ConfigReader(json);
    const isOriginal = reader.has('n_embd') || reader.has('activation_function');
    const sizes = isOriginal ? readOriginal(reader) : readCurrent(reader);
    checkHeadSizes(sizes.hiddenSize, sizes.numAttentionHeads);
    return { modelType: 'nomic_bert', ...sizes, ...readTaskHeads(reader, heads, ['maskedLM']) };
  },

  load(config, checkpoint, backend, plan) {
    const prefix = firstPrefix(checkpoint.names);
    const { contextLength, ropeTheta: theta, rotaryDim: dim, rotaryLayout } = config;
    const embeddings = `${prefix}embeddings`;
    const layout: EncoderLayout = {
      architecture: 'NomicBERT',
      tokenEmbeddings: `${embeddings}.word_embeddings.weight`,
      ...(config.typeVocabSize > 0 && { tokenTypeEmbeddings: `${embeddings}.token_type_embeddings.weight` }),
      embeddingNorm: firstPresent(checkpoint, [
        `${prefix}emb_ln.weight`,
        `${embeddings}.LayerNorm.weight`,
      ]).replace(/\.weight$/, ''),
      firstPosition: 0,
      block: checkpoint.names.some((name) => name.startsWith(`${prefix}layers.`))
        ? (index) => currentBlock(config, `${prefix}layers.${index}`)
        : (index) => originalBlock(config, `${prefix}encoder.layers.${index}`),
      async additions(loader) {
        const maxPositions = contextLength;
        const rotary = new RotaryEmbedding(loader.backend, {
          dim,
          maxPositions,
          theta,
          layout: rotaryLayout,
        });
        return { attention: () => ({ rotary }), dispose: () => rotary.dispose() };
      },
      taskHead: (kind, has) => {
        const transform = 'cls.predictions.transform';
        const norm = has(`${transform}.layer_norm.weight`) ? 'layer_norm' : 'LayerNorm';
        const maskedLM = {
          dense: `${transform}.dense`,
          denseBias: has(`${transform}.dense.bias`),
          norm: `${transform}.${norm}`,
          output: maskedOutput(has, `${embeddings}.word_embeddings.weight`, config.vocabSize),
        };
        return bertHead(config, { pooler: `${prefix}pooler.dense`, maskedLM }, kind);
      },
      ignoredTensors: [/^(\w+\.)?pooler\./, /^(cls|classifier|qa_outputs)\./, /rotary_emb\.\w*inv_freq$/],
    };
    return EncoderStack.load(config, layout, checkpoint, backend, plan);
  },
};

/** `bert.` in the authors' checkpoints with heads, `nomic_bert.` in Hugging Face's, none in embedding models. */
function firstPrefix(names: readonly string[]): string {
  return ['bert.', 'nomic_bert.'].find((prefix) => names.some((name) => name.startsWith(prefix))) ?? '';
}

function maskedOutput(has: HasTensor, table: string, features: number) {
  const decoder = 'cls.predictions.decoder';
  const weight = has(`${decoder}.weight`) ? `${decoder}.weight` : table;
  const bias = [`${decoder}.bias`, 'cls.predictions.bias'].find(has);
  return { weight, ...(bias && { bias }), features };
}

type Sizes = Omit<NomicBertConfig, 'modelType' | 'taskHeads' | 'labels' | 'problemType'>;

/** The names of the authors' code, a GPT-2 configuration with additions. */
function readOriginal(reader: ConfigReader): Sizes {
  checkSupported(reader, {
    prenorm: [false],
    parallel_block: [false],
    causal: [false],
    use_rms_norm: [false],
    rotary_emb_scale_base: [],
    rotary_scaling_factor: [],
    moe_every_n_layers: [0],
    num_experts: [0],
    scale_attn_weights: [true],
    scale_attn_by_inverse_layer_idx: [false],
  });
  const hiddenSize = reader.size('n_embd', 768);
  const numAttentionHeads = reader.size('n_head', 12);
  const multiple = reader.size('pad_vocab_size_multiple', 1);
  const contextLength = reader.size('n_positions', 8192);
  const activation = reader.text('activation_function', 'gelu');
  const gate = activation === 'swiglu' ? 'silu' : activation === 'geglu' ? 'gelu' : undefined;
  return {
    vocabSize: Math.ceil(reader.size('vocab_size', 30_528) / multiple) * multiple,
    hiddenSize,
    numHiddenLayers: reader.size('n_layer', 12),
    numAttentionHeads,
    intermediateSize: reader.size('n_inner', 4 * hiddenSize),
    hiddenAct: activationByName(gate ?? activation),
    gated: gate !== undefined,
    maxPositionEmbeddings: contextLength,
    contextLength,
    typeVocabSize: reader.size('type_vocab_size', 2, 0),
    layerNormEps: reader.number('layer_norm_epsilon', 1e-12),
    ropeTheta: reader.number('rotary_emb_base', 10_000),
    rotaryDim: readRotaryDim(reader, 'rotary_emb_fraction', 0, hiddenSize / numAttentionHeads),
    rotaryLayout: reader.flag('rotary_emb_interleaved', false) ? 'interleaved' : 'half',
    attentionBias: reader.flag('qkv_proj_bias', true),
    mlpUpBias: reader.flag('mlp_fc1_bias', true),
    mlpDownBias: reader.flag('mlp_fc2_bias', true),
  };
}

/** The names of Hugging Face's class. */
function readCurrent(reader: ConfigReader): Sizes {
  const hiddenSize = reader.size('hidden_size', 768);
  const numAttentionHeads = reader.size('num_attention_heads', 12);
  const parameters = reader.object('rope_parameters');
  checkSupported(reader, {
    rope_scaling: [],
    head_dim: [hiddenSize / numAttentionHeads],
    is_decoder: [false],
  });
  if (parameters) checkSupported(parameters, { rope_type: ['default'], partial_rotary_factor: [1] });
  const contextLength = reader.size('max_position_embeddings', 2048);
  return {
    vocabSize: reader.size('vocab_size', 30_528),
    hiddenSize,
    numHiddenLayers: reader.size('num_hidden_layers', 12),
    numAttentionHeads,
    intermediateSize: reader.size('intermediate_size', 3072),
    hiddenAct: activationByName(reader.text('hidden_act', 'silu')),
    gated: true,
    maxPositionEmbeddings: contextLength,
    contextLength,
    typeVocabSize: reader.size('type_vocab_size', 2),
    layerNormEps: reader.number('layer_norm_eps', 1e-12),
    ropeTheta: (parameters ?? reader).number('rope_theta', 1000),
    rotaryDim: hiddenSize / numAttentionHeads,
    rotaryLayout: 'half',
    attentionBias: false,
    mlpUpBias: false,
    mlpDownBias: false,
  };
}

function readRotaryDim(reader: ConfigReader, name: string, fallback: number, headDim: number): number {
  const fraction = reader.number(name, fallback);
  const dim = Math.trunc(headDim * fraction);
  if (dim >= 2 && dim <= headDim && dim % 2 === 0) return dim;
  throw unsupported(name, fraction);
}

function unsupported(name: string, value: unknown): ConfigError {
  return new ConfigError(`config.json: ${name} ${JSON.stringify(value)} of a NomicBERT is not supported`);
}

function originalBlock(config: NomicBertConfig, layer: string): BlockNames {
  const { hiddenSize, gated, attentionBias, mlpUpBias, mlpDownBias } = config;
  const up = (name: string) => layerOf(`${layer}.mlp.${name}`, mlpUpBias);
  return {
    attention: {
      ...packedProjections(`${layer}.attn.Wqkv`, hiddenSize, attentionBias),
      output: layerOf(`${layer}.attn.out_proj`, attentionBias),
    },
    attentionNorm: `${layer}.norm1`,
    feedForward: {
      ...(gated ? { gate: up('fc12'), up: up('fc11') } : { up: up('fc1') }),
      down: layerOf(`${layer}.mlp.fc2`, mlpDownBias),
    },
    feedForwardNorm: `${layer}.norm2`,
  };
}

function currentBlock(config: NomicBertConfig, layer: string): BlockNames {
  const attention = (name: string) => layerOf(`${layer}.self_attn.${name}_proj`, config.attentionBias);
  const mlp = (name: string, bias: boolean) => layerOf(`${layer}.mlp.${name}_proj`, bias);
  return {
    attention: { query: attention('q'), key: attention('k'), value: attention('v'), output: attention('o') },
    attentionNorm: `${layer}.post_attention_layernorm`,
    feedForward: {
      ...(config.gated && { gate: mlp('gate', config.mlpUpBias) }),
      up: mlp('up', config.mlpUpBias),
      down: mlp('down', config.mlpDownBias),
    },
    feedForwardNorm: `${layer}.post_mlp_layernorm`,
  };
}
