import { ConfigError } from '../../errors.ts';
import { DisentangledScores, logBucket } from '../../nn/attention/disentangled.ts';
import type { LoadAttentionOptions } from '../../nn/attention/load-attention.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { LayerNorm } from '../../nn/modules/norm.ts';
import { withScope } from '../../nn/run/forward.ts';
import { shardRange } from '../../nn/run/shard.ts';
import { activationByName } from '../activation.ts';
import { prefixOf, withCurrentNames } from '../checkpoint-names.ts';
import { ConfigReader } from '../config.ts';
import { checkSupported } from '../supported-values.ts';
import { BERT_BASE, bertBlock, bertEmbeddings, readBertSizes, tiedDecoder } from './bert-family.ts';
import { type BertHeadNames, bertHead } from './bert-heads.ts';
import { type Convolution, loadConvolution } from './deberta-convolution.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import type { EncoderFamily } from './family.ts';
import type { EncoderAdditions, EncoderLayout, HasTensor } from './layout.ts';

/**
 * The configuration of a DeBERTa v2 or v3 (He et al. 2021, https://arxiv.org/abs/2006.03654, https://arxiv.org/abs/2111.09543): BERT with
 * disentangled attention, whose scores have terms of contents and of relative positions. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/deberta_v2/modeling_deberta_v2.py
 */
export interface DebertaV2Config extends EncoderSizes {
  readonly modelType: 'deberta-v2';
  /** Whether absolute positions are added to the embeddings. */
  readonly absolutePositions: boolean;
  /** The terms of relative positions; undefined: attention is BERT's. */
  readonly relative: RelativeAttention | undefined;
  /** Which terms count in the scale of the scores, 1 / √(headDim · terms), whether they are computed or not. */
  readonly terms: number;
  readonly poolerActivation: EncoderSizes['hiddenAct'];
  /** The head of the masked language model is the one of Hugging Face's first versions. */
  readonly legacy: boolean;
  /** A convolution of the embeddings, added after the first block. */
  readonly convolution?: Convolution;
}

/** Which terms DeBERTa adds to attention scores for relative positions. */
export interface RelativeAttention {
  /** Contents with positions. */
  readonly c2p: boolean;
  /** Positions with contents. */
  readonly p2c: boolean;
  /** Whether distances are projected by the layers of contents. */
  readonly sharedProjections: boolean;
  /** Half the number of distance embeddings. */
  readonly span: number;
  /** 0: no buckets. */
  readonly buckets: number;
  readonly maxDistance: number;
  /** Whether the distance embeddings are normalised. */
  readonly normalized: boolean;
}

export const family: EncoderFamily<DebertaV2Config> = {
  parse(json, heads) {
    const outer = new ConfigReader(json);
    // `type_vocab_size: 0` is the rule here.
    const { type_vocab_size: _, ...rest } = json as Record<string, unknown>;
    const reader = new ConfigReader({ layer_norm_eps: 1e-7, ...rest });
    const sizes = readBertSizes(reader, {
      ...BERT_BASE,
      vocabSize: 128_100,
      hiddenSize: 1536,
      numAttentionHeads: 24,
      intermediateSize: 6144,
    });
    const { hiddenSize, numAttentionHeads } = sizes;
    const convolution = readConvolution(reader);
    checkSupported(reader, {
      ...(convolution && { conv_groups: [1] }),
      embedding_size: [hiddenSize],
      attention_head_size: [hiddenSize / numAttentionHeads],
      pooler_hidden_size: [hiddenSize],
    });
    const types = readPositionTypes(reader);
    return {
      modelType: 'deberta-v2',
      ...sizes,
      numHiddenLayers: reader.size('num_hidden_layers', 24),
      typeVocabSize: outer.size('type_vocab_size', 0, 0),
      contextLength: sizes.maxPositionEmbeddings,
      absolutePositions: reader.flag('position_biased_input', true),
      relative: reader.flag('relative_attention', false)
        ? readRelative(reader, types, sizes.maxPositionEmbeddings)
        : undefined,
      terms: 1 + Number(types.includes('c2p')) + Number(types.includes('p2c')),
      poolerActivation: activationByName(reader.text('pooler_hidden_act', 'gelu')),
      legacy: reader.flag('legacy', true),
      ...(convolution && { convolution }),
      ...readTaskHeads(reader, heads, []),
    };
  },

  load(config, stored, backend, plan) {
    const checkpoint = withCurrentNames(stored);
    const prefix = prefixOf(checkpoint, 'deberta.');
    const { positionEmbeddings, tokenTypeEmbeddings, ...embeddings } = bertEmbeddings(prefix);
    const layerOf = (index: number) => `${prefix}encoder.layer.${index}`;
    const layout: EncoderLayout = {
      architecture: 'DeBERTa',
      ...embeddings,
      ...(config.absolutePositions && positionEmbeddings && { positionEmbeddings }),
      ...(config.typeVocabSize > 0 && tokenTypeEmbeddings && { tokenTypeEmbeddings }),
      firstPosition: 0,
      block(index) {
        const self = `${layerOf(index)}.attention.self`;
        const block = bertBlock(layerOf(index));
        const { output } = block.attention;
        return {
          ...block,
          attention: {
            query: `${self}.query_proj`,
            key: `${self}.key_proj`,
            value: `${self}.value_proj`,
            output,
          },
        };
      },
      additions: (loader) => additionsOf(config, prefix, layerOf, loader),
      taskHead: (kind, has) => bertHead(config, headNames(config, prefix, has), kind),
      ignoredTensors: [
        /^(deberta\.)?pooler\./,
        /^pooler\./,
        /^(cls|lm_predictions|mask_predictions|classifier|qa_outputs)\./,
        /^(\w+\.)?embeddings\.position_(ids|embeddings\.weight)$/,
      ],
    };
    return EncoderStack.load(config, layout, checkpoint, backend, plan);
  },
};

/** `conv_kernel_size`, above 0 in DeBERTa v2 XLarge. An even kernel has fewer outputs than inputs, which Transformers cannot add. */
function readConvolution(reader: ConfigReader): Convolution | undefined {
  const kernelSize = reader.size('conv_kernel_size', 0, 0);
  if (kernelSize === 0) return undefined;
  if (kernelSize % 2 === 0) {
    throw new ConfigError(`config.json: conv_kernel_size must be odd, got ${kernelSize}`);
  }
  return { kernelSize, activation: activationByName(reader.text('conv_act', 'tanh')) };
}

/** `pos_att_type`: a list, or names separated by `|`. */
function readPositionTypes(reader: ConfigReader): readonly string[] {
  const value = reader.raw('pos_att_type');
  const types =
    typeof value === 'string'
      ? value.split('|').map((type) => type.trim().toLowerCase())
      : reader.texts('pos_att_type');
  const unknown = types.find((type) => !['', 'c2p', 'p2c'].includes(type));
  if (unknown === undefined) return types;
  throw new ConfigError(
    `config.json: pos_att_type must have c2p and p2c alone, got ${JSON.stringify(unknown).slice(0, 80)}`,
  );
}

function readRelative(
  reader: ConfigReader,
  types: readonly string[],
  positions: number,
): RelativeAttention | undefined {
  const given = reader.raw('max_relative_positions') ?? -1;
  const maxDistance =
    typeof given === 'number' && given < 1 ? positions : reader.size('max_relative_positions');
  const raw = reader.raw('position_buckets') ?? -1;
  const buckets = typeof raw === 'number' && raw < 1 ? 0 : reader.size('position_buckets');
  // The widths of buckets come from the logarithm of (maxDistance − 1) / (buckets / 2).
  if (buckets > 0 && (buckets < 4 || maxDistance - 1 <= buckets / 2)) {
    throw new ConfigError(
      `config.json: position_buckets must be at least 4, and half of it less than max_relative_positions − 1, got ${buckets} and ${maxDistance}`,
    );
  }
  const norms = reader.text('norm_rel_ebd', 'none').toLowerCase().split('|');
  return {
    c2p: types.includes('c2p'),
    p2c: types.includes('p2c'),
    sharedProjections: reader.flag('share_att_key', false),
    span: buckets > 0 ? buckets : maxDistance,
    buckets,
    maxDistance,
    normalized: norms.some((norm) => norm.trim() === 'layer_norm'),
  };
}

function headNames(config: DebertaV2Config, prefix: string, has: HasTensor): BertHeadNames {
  const pooler = 'pooler.dense';
  const { poolerActivation, vocabSize: features } = config;
  if (config.legacy) {
    const transform = 'cls.predictions.transform';
    const output = tiedDecoder(has, prefix, 'cls.predictions', features);
    const maskedLM = { dense: `${transform}.dense`, norm: `${transform}.LayerNorm`, output };
    return { pooler, poolerActivation, maskedLM };
  }
  const head = 'lm_predictions.lm_head';
  const weight = bertEmbeddings(prefix).tokenEmbeddings;
  const output = { weight, bias: `${head}.bias`, features };
  return {
    pooler,
    poolerActivation,
    maskedLM: { dense: `${head}.dense`, norm: `${head}.LayerNorm`, output },
  };
}

/** The scale of the scores, and the terms of relative positions of each block. */
async function additionsOf(
  config: DebertaV2Config,
  prefix: string,
  layerOf: (index: number) => string,
  loader: WeightLoader,
): Promise<EncoderAdditions> {
  const { hiddenSize, numAttentionHeads, relative, terms, layerNormEps } = config;
  const headDim = hiddenSize / numAttentionHeads;
  const scale = 1 / Math.sqrt(headDim * terms);
  const convolve =
    config.convolution &&
    (await loadConvolution(loader, `${prefix}encoder.conv`, config.convolution, hiddenSize, layerNormEps));
  const after: Pick<EncoderAdditions, 'afterBlock'> = convolve
    ? {
        // biome-ignore lint/correctness/useYield: there are no hook points here.
        *afterBlock(ctx, index, x, embedded) {
          return index === 0 ? convolve(ctx, x, embedded) : x;
        },
      }
    : {};
  if (!relative) return { ...after, attention: () => ({ scale }) };
  const { backend } = loader;
  const { span, buckets, maxDistance } = relative;
  const rows = 2 * span;
  const stored = await loader.values(`${prefix}encoder.rel_embeddings.weight`, [rows, hiddenSize]);
  const norm = relative.normalized
    ? await LayerNorm.load(loader, `${prefix}encoder.LayerNorm`, hiddenSize, layerNormEps)
    : undefined;
  const distances = withScope(backend, () => {
    const table = backend.tensor(stored, [rows, hiddenSize]);
    return backend.read(norm?.forward(backend, table) ?? table);
  });
  const { from, to } = shardRange(numAttentionHeads, loader.shard);
  const heads = { axis: 0, from: from * headDim, to: to * headDim } as const;
  /** The distance embeddings projected by a layer: `[2 · span, heads · headDim]`. */
  const project = async (name: string) => {
    const weight = await loader.values(`${name}.weight`, [hiddenSize, hiddenSize], heads);
    const bias = await loader.values(`${name}.bias`, [hiddenSize], heads);
    if (from === to) return new Float32Array(0);
    const layer = backend.linearWeights(weight, bias, hiddenSize);
    const projected = withScope(backend, () =>
      backend.read(backend.linear(backend.tensor(distances, [rows, hiddenSize]), layer)),
    );
    backend.release(layer);
    return projected;
  };
  const attention = async (index: number): Promise<Partial<LoadAttentionOptions>> => {
    const self = `${layerOf(index)}.attention.self`;
    const [key, query] = relative.sharedProjections
      ? ['key_proj', 'query_proj']
      : ['pos_key_proj', 'pos_query_proj'];
    const projections = {
      ...(relative.c2p && { keys: await project(`${self}.${key}`) }),
      ...(relative.p2c && { queries: await project(`${self}.${query}`) }),
    };
    if (from === to || !(relative.c2p || relative.p2c)) return { scale };
    const positionScores = new DisentangledScores(loader, projections, {
      heads: to - from,
      headDim,
      span,
      scale,
      bucket: (distance) => logBucket(distance, buckets, maxDistance),
    });
    return { scale, positionScores };
  };
  return { ...after, attention };
}
