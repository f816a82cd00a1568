import { ConfigError } from '../../errors.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import { RotaryEmbedding } from '../../nn/positions/rotary.ts';
import { activationByName } from '../activation.ts';
import { prefixOf } from '../checkpoint-names.ts';
import { ConfigReader, checkHeadSizes } from '../config.ts';
import { checkSupported } from '../supported-values.ts';
import { type EncoderSizes, readClassifierPooling, readTaskHeads } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import { type EncoderFamily, layerOf, packedLayer, packedProjections } from './family.ts';
import type { EncoderLayout, HasTensor } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

/**
 * The configuration of a ModernBERT (Warner et al. 2024, https://arxiv.org/abs/2412.13663): pre-norm blocks with rotary positions and gated
 * feed-forward networks; in some blocks tokens attend to those nearby alone, with another base of the rotary angles. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/modernbert/modeling_modernbert.py
 */
export interface ModernBertConfig extends EncoderSizes {
  readonly modelType: 'modernbert';
  /** Of each block: whether tokens attend to those nearby alone. */
  readonly localLayers: readonly boolean[];
  /** In local blocks a token attends to keys fewer than this many positions away. */
  readonly window: number;
  /** Bases of the rotary angles. */
  readonly globalRopeTheta: number;
  readonly localRopeTheta: number;
  readonly normBias: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  readonly decoderBias: boolean;
  readonly classifierBias: boolean;
  readonly classifierActivation: EncoderSizes['hiddenAct'];
  /** What the sequence classifier reads: the first token or the mean of all. */
  readonly classifierPooling: 'cls' | 'mean';
}

const FULL = 'full_attention';
const SLIDING = 'sliding_attention';

export const family: EncoderFamily<ModernBertConfig> = {
  parse(json, heads) {
    const reader = new ConfigReader(json);
    checkSupported(reader, { rope_scaling: [], is_decoder: [false], is_causal: [false] });
    const numHiddenLayers = reader.size('num_hidden_layers', 22);
    const contextLength = reader.size('max_position_embeddings', 8192);
    const config: ModernBertConfig = {
      modelType: 'modernbert',
      vocabSize: reader.size('vocab_size', 50_368),
      hiddenSize: reader.size('hidden_size', 768),
      numHiddenLayers,
      numAttentionHeads: reader.size('num_attention_heads', 12),
      intermediateSize: reader.size('intermediate_size', 1152),
      hiddenAct: activationByName(reader.text('hidden_activation', 'gelu')),
      maxPositionEmbeddings: contextLength,
      contextLength,
      typeVocabSize: 0,
      layerNormEps: reader.number('norm_eps', 1e-5),
      localLayers: readLocalLayers(reader, numHiddenLayers),
      // Keys at most half of `local_attention` away.
      window: Math.floor(reader.size('local_attention', 128) / 2) + 1,
      ...readThetas(reader),
      normBias: reader.flag('norm_bias', false),
      attentionBias: reader.flag('attention_bias', false),
      mlpBias: reader.flag('mlp_bias', false),
      decoderBias: reader.flag('decoder_bias', true),
      classifierBias: reader.flag('classifier_bias', false),
      classifierActivation: activationByName(reader.text('classifier_activation', 'gelu')),
      classifierPooling: readClassifierPooling(reader),
      ...readTaskHeads(reader, heads, []),
    };
    checkHeadSizes(config.hiddenSize, config.numAttentionHeads);
    return config;
  },

  load(config, checkpoint, backend, plan) {
    const prefix = prefixOf(checkpoint, 'model.');
    const { hiddenSize, numAttentionHeads, intermediateSize, attentionBias, mlpBias, contextLength } = config;
    const layout: EncoderLayout = {
      architecture: 'ModernBERT',
      tokenEmbeddings: `${prefix}embeddings.tok_embeddings.weight`,
      embeddingNorm: `${prefix}embeddings.norm`,
      firstPosition: 0,
      norm: config.normBias ? 'layerNorm' : 'layerNormWithoutBias',
      normFirst: true,
      block(index) {
        const layer = `${prefix}layers.${index}`;
        const half = (part: number) =>
          packedLayer(`${layer}.mlp.Wi`, {
            index: part,
            count: 2,
            features: intermediateSize,
            bias: mlpBias,
          });
        return {
          attention: {
            ...packedProjections(`${layer}.attn.Wqkv`, hiddenSize, attentionBias),
            output: layerOf(`${layer}.attn.Wo`, attentionBias),
          },
          // The embeddings are normalised already.
          attentionNorm: index === 0 ? undefined : `${layer}.attn_norm`,
          feedForward: { gate: half(0), up: half(1), down: layerOf(`${layer}.mlp.Wo`, mlpBias) },
          feedForwardNorm: `${layer}.mlp_norm`,
        };
      },
      finalNorm: `${prefix}final_norm`,
      async additions({ backend }) {
        const sizes = { dim: hiddenSize / numAttentionHeads, maxPositions: contextLength };
        const full = new RotaryEmbedding(backend, { ...sizes, theta: config.globalRopeTheta });
        const local = new RotaryEmbedding(backend, { ...sizes, theta: config.localRopeTheta });
        return {
          attention: (index) =>
            config.localLayers[index] ? { rotary: local, window: config.window } : { rotary: full },
          dispose() {
            full.dispose();
            local.dispose();
          },
        };
      },
      taskHead: (kind, has) => taskHeadOf(config, prefix, kind, has),
      ignoredTensors: [/^(head|decoder|classifier)\./],
    };
    return EncoderStack.load(config, layout, checkpoint, backend, plan);
  },
};

/** `layer_types`, or in older files every `global_attn_every_n_layers`-th block is a global one. */
function readLocalLayers(reader: ConfigReader, layers: number): readonly boolean[] {
  const every = reader.size('global_attn_every_n_layers', 3);
  if (!reader.has('layer_types')) return Array.from({ length: layers }, (_, i) => i % every !== 0);
  const types = reader.texts('layer_types');
  if (types.length === layers && types.every((type) => type === FULL || type === SLIDING)) {
    return types.map((type) => type === SLIDING);
  }
  throw new ConfigError(
    `config.json: layer_types must be ${layers} times ${FULL} or ${SLIDING}, got ${JSON.stringify(types).slice(0, 80)}`,
  );
}

/** `rope_parameters` of newer files, `global_rope_theta` and `local_rope_theta` of older ones. Throws `ConfigError` for scaled rotations. */
function readThetas(reader: ConfigReader): Pick<ModernBertConfig, 'globalRopeTheta' | 'localRopeTheta'> {
  const globalTheta = reader.number('global_rope_theta', 160_000);
  // Null means the global one.
  const localTheta =
    reader.raw('local_rope_theta') === null ? globalTheta : reader.number('local_rope_theta', 10_000);
  const parameters = reader.object('rope_parameters');
  const of = (type: string, fallback: number) => {
    const values = parameters?.object(type);
    if (!values) return fallback;
    checkSupported(values, { rope_type: ['default'], partial_rotary_factor: [1] });
    return values.number('rope_theta', fallback);
  };
  return { globalRopeTheta: of(FULL, globalTheta), localRopeTheta: of(SLIDING, localTheta) };
}

function taskHeadOf(
  config: ModernBertConfig,
  prefix: string,
  kind: TaskHeadKind,
  has: HasTensor,
): TaskHeadOptions | undefined {
  const { hiddenSize, vocabSize, labels, layerNormEps } = config;
  const dense: TaskHeadOptions['dense'] = {
    name: 'head.dense',
    bias: config.classifierBias,
    features: hiddenSize,
    activation: config.classifierActivation,
    norm: { name: 'head.norm', epsilon: layerNormEps, bias: config.normBias },
  };
  const classifier = (features: number) => ({
    weight: 'classifier.weight',
    bias: 'classifier.bias',
    features,
  });
  switch (kind) {
    case 'maskedLM': {
      const weight = has('decoder.weight') ? 'decoder.weight' : `${prefix}embeddings.tok_embeddings.weight`;
      const bias = config.decoderBias ? { bias: 'decoder.bias' } : {};
      return { over: 'tokens', hiddenSize, dense, output: { weight, ...bias, features: vocabSize } };
    }
    case 'sequenceClassification': {
      const over = config.classifierPooling === 'mean' ? 'means' : 'sequences';
      return { over, hiddenSize, dense, output: classifier(labels.length) };
    }
    case 'tokenClassification':
      return { over: 'tokens', hiddenSize, dense, output: classifier(labels.length) };
    case 'questionAnswering':
      return { over: 'tokens', hiddenSize, dense, output: classifier(2) };
    default:
      return undefined;
  }
}
