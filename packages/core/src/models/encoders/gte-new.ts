import { RotaryEmbedding } from '../../nn/positions/rotary.ts';
import type { RotaryScaling } from '../../nn/positions/rotary-scaling.ts';
import { prefixOf } from '../checkpoint-names.ts';
import { ConfigReader } from '../config.ts';
import { checkSupported } from '../supported-values.ts';
import { BERT_BASE, readBertSizes } from './bert-family.ts';
import { bertHead } from './bert-heads.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import { type EncoderFamily, layerOf, packedLayer, packedProjections } from './family.ts';
import type { EncoderLayout } from './layout.ts';

/**
 * The configuration of a model of type `new` (Zhang et al. 2024, https://arxiv.org/abs/2407.19669; gte-base-en-v1.5, gte-multilingual-base): BERT
 * with gated feed-forward networks and rotary positions, whose angles may be scaled (NTK). The authors' code:
 * https://huggingface.co/Alibaba-NLP/new-impl
 */
export interface GteNewConfig extends EncoderSizes {
  readonly modelType: 'new';
  /** Undefined: learned absolute positions. */
  readonly rotary: { readonly theta: number; readonly scaling?: RotaryScaling } | undefined;
  /** Whether queries, keys and values are in one layer. */
  readonly packed: boolean;
}

export const family: EncoderFamily<GteNewConfig> = {
  parse(json, heads) {
    const reader = new ConfigReader(json);
    checkSupported(reader, {
      position_embedding_type: ['rope', 'absolute'],
      layer_norm_type: ['layer_norm'],
      logn_attention_scale: [false],
      logn_attention_clip1: [false],
    });
    const isRotary = reader.text('position_embedding_type', 'rope') === 'rope';
    // Here these have other values than BERT's.
    const { position_embedding_type: _, type_vocab_size: __, ...rest } = json as Record<string, unknown>;
    const sizes = readBertSizes(new ConfigReader(rest), { ...BERT_BASE, vocabSize: 30_528 });
    return {
      modelType: 'new',
      ...sizes,
      typeVocabSize: reader.size('type_vocab_size', 1, 0),
      contextLength: sizes.maxPositionEmbeddings,
      rotary: isRotary ? readRotary(reader, sizes.hiddenSize / sizes.numAttentionHeads) : undefined,
      packed: reader.flag('pack_qkv', true),
      ...readTaskHeads(reader, heads, []),
    };
  },

  load(config, checkpoint, backend, plan) {
    const prefix = prefixOf(checkpoint, 'new.');
    const { hiddenSize, numAttentionHeads, intermediateSize, contextLength, rotary: angles } = config;
    const table = (name: string) => `${prefix}embeddings.${name}_embeddings.weight`;
    const layout: EncoderLayout = {
      architecture: 'GTE',
      tokenEmbeddings: table('word'),
      ...(!angles && { positionEmbeddings: table('position') }),
      ...(config.typeVocabSize > 0 && { tokenTypeEmbeddings: table('token_type') }),
      embeddingNorm: `${prefix}embeddings.LayerNorm`,
      firstPosition: 0,
      block(index) {
        const layer = `${prefix}encoder.layer.${index}`;
        const attention = `${layer}.attention`;
        const half = (part: number) =>
          packedLayer(`${layer}.mlp.up_gate_proj`, {
            index: part,
            count: 2,
            features: intermediateSize,
            bias: false,
          });
        return {
          attention: {
            ...(config.packed
              ? packedProjections(`${attention}.qkv_proj`, hiddenSize, true)
              : {
                  query: `${attention}.q_proj`,
                  key: `${attention}.k_proj`,
                  value: `${attention}.v_proj`,
                }),
            output: layerOf(`${attention}.o_proj`, true),
          },
          attentionNorm: `${layer}.attn_ln`,
          feedForward: { up: half(0), gate: half(1), down: `${layer}.mlp.down_proj` },
          feedForwardNorm: `${layer}.mlp_ln`,
        };
      },
      ...(angles && {
        async additions(loader) {
          const dim = hiddenSize / numAttentionHeads;
          const rotary = new RotaryEmbedding(loader.backend, { dim, maxPositions: contextLength, ...angles });
          return { attention: () => ({ rotary }), dispose: () => rotary.dispose() };
        },
      }),
      taskHead: (kind, has) => {
        const decoder = 'lm_head.decoder';
        const maskedLM = {
          dense: 'lm_head.dense',
          norm: 'lm_head.norm',
          output: {
            weight: has(`${decoder}.weight`) ? `${decoder}.weight` : table('word'),
            bias: `${decoder}.bias`,
            features: config.vocabSize,
          },
        };
        return bertHead(config, { pooler: `${prefix}pooler.dense`, maskedLM }, kind);
      },
      ignoredTensors: [
        /^(new\.)?pooler\./,
        /^(lm_head|classifier|qa_outputs)\./,
        /embeddings\.(position_ids|rotary_emb\.\w+)$/,
      ],
    };
    return EncoderStack.load(config, layout, checkpoint, backend, plan);
  },
};

/**
 * The base of the angles. With NTK scaling by a factor s, the base is multiplied by s and all angles are divided by s^(2 / headDim)
 * (https://kexue.fm/archives/9706).
 */
function readRotary(reader: ConfigReader, headDim: number): GteNewConfig['rotary'] {
  const theta = reader.number('rope_theta', 10_000);
  const scaling = reader.object('rope_scaling');
  if (!scaling) return { theta };
  checkSupported(scaling, { type: ['ntk'], rope_type: ['ntk'], mixed_b: [] });
  const factor = scaling.number('factor');
  if (factor <= 1) return { theta };
  return {
    theta: theta * factor,
    scaling: { ropeType: 'linear', factor: factor ** (2 / headDim) },
  };
}
