import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { firstPresent, prefixOf } from '../checkpoint-names.ts';
import type { ConfigReader } from '../config.ts';
import { checkHeadSizes } from '../config.ts';
import { checkSupported, type SupportedValues } from '../supported-values.ts';
import { readSeq2SeqTokens, type Seq2SeqSizes, type StackSizes } from './config.ts';
import type { AbsolutePositions, Seq2SeqLayout, SideLayout } from './layout.ts';

// BART, Marian, mBART, M2M100 and Pegasus share blocks with biases, absolute positions, and the names in config.json and in checkpoints.

/** The configuration of a member of the family. Structured-cloneable: it is posted to workers. */
export interface BartFamilyConfig extends Seq2SeqSizes {
  readonly maxPositionEmbeddings: number;
  /** Whether embeddings are multiplied by √hiddenSize. */
  readonly scaleEmbedding: boolean;
}

/** The differences between the members' config.json, with their defaults in Hugging Face Transformers. */
export interface BartMember {
  readonly vocabSize: number;
  readonly tokens: {
    readonly start: number;
    readonly pad: number;
    readonly bos?: number;
    readonly eos: number;
  };
  /** Values that describe the architecture: others are not supported. */
  readonly fixed: SupportedValues;
  /** Defaults of `activation_function` and `scale_embedding`. Default `gelu` and false. */
  readonly activation?: string;
  readonly scaleEmbedding?: boolean;
}

/** What first versions of BART's and Marian's classes read, and later ones do not: blocks are post-norm. */
export const POST_NORM: SupportedValues = { normalize_before: [false], add_final_layer_norm: [false] };

/** Reads a config.json under the names of all. Throws `ConfigError` for invalid or unsupported values. */
export function readBartFamily(reader: ConfigReader, member: BartMember): BartFamilyConfig {
  checkSupported(reader, {
    is_encoder_decoder: [true],
    quantization_config: [],
    ...member.fixed,
  });
  const hiddenSize = reader.size('d_model', 1024);
  const positions = reader.size('max_position_embeddings', 1024);
  const vocabSize = reader.size('vocab_size', member.vocabSize);
  return {
    vocabSize,
    sourceVocabSize: vocabSize,
    hiddenSize,
    encoder: readStack(reader, 'encoder', hiddenSize),
    decoder: readStack(reader, 'decoder', hiddenSize),
    headDim: undefined,
    hiddenAct: activationByName(reader.text('activation_function', member.activation ?? 'gelu')),
    gated: false,
    normEps: 1e-5,
    sourceLength: positions,
    contextLength: positions,
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readSeq2SeqTokens(reader, member.tokens),
    maxPositionEmbeddings: positions,
    scaleEmbedding: reader.flag('scale_embedding', member.scaleEmbedding ?? false),
  };
}

function readStack(reader: ConfigReader, side: 'encoder' | 'decoder', hiddenSize: number): StackSizes {
  const numAttentionHeads = reader.size(`${side}_attention_heads`, 16);
  checkHeadSizes(hiddenSize, numAttentionHeads, { hidden: 'd_model', heads: `${side}_attention_heads` });
  return {
    numLayers: reader.size(`${side}_layers`, 12),
    numAttentionHeads,
    intermediateSize: reader.size(`${side}_ffn_dim`, 4096),
  };
}

/** The differences between the members' arithmetic. */
export interface BartMemberLayout {
  readonly architecture: string;
  /** The row of position 0 in the position embeddings. */
  readonly firstPosition: number;
  /** See {@link AbsolutePositions.paddingId}. */
  readonly paddingId?: number;
  /** Computes the position embeddings if the checkpoint has none. */
  readonly fixedPositions?: AbsolutePositions['fixed'];
  /** The position embeddings are computed even if the checkpoint has some. */
  readonly ignoresStoredPositions?: boolean;
  /** Whether there may be a `final_logits_bias`. Default true. */
  readonly logitsBias?: boolean;
  /** Pre-norm blocks and a final norm rather than post-norm blocks. */
  readonly normFirst?: boolean;
  /** Whether there is a layer norm of the embeddings. */
  readonly embeddingNorm: boolean;
  /** Whether encoder and decoder have separate token embeddings. */
  readonly separateEmbeddings: boolean;
}

/** The layout of a checkpoint of a member of the family. */
export function bartLayout(
  config: BartFamilyConfig,
  checkpoint: Checkpoint,
  member: BartMemberLayout,
): Seq2SeqLayout {
  const prefix = prefixOf(checkpoint, 'model.');
  const { tieWordEmbeddings, hiddenSize, maxPositionEmbeddings } = config;
  const tableNames = ['shared', 'encoder.embed_tokens', 'decoder.embed_tokens'].map(
    (name) => `${prefix}${name}.weight`,
  );
  const [shared = '', encoderTable = '', decoderTable = ''] = tableNames;
  const last = tieWordEmbeddings ? ['lm_head.weight'] : [];
  const tokenEmbeddings = member.separateEmbeddings
    ? { encoder: encoderTable, decoder: decoderTable }
    : {
        encoder: firstPresent(checkpoint, [shared, encoderTable, decoderTable, ...last]),
        decoder: firstPresent(checkpoint, [shared, decoderTable, encoderTable, ...last]),
      };
  const bias = 'final_logits_bias';
  const count = maxPositionEmbeddings + member.firstPosition;
  return {
    architecture: member.architecture,
    encoder: sideLayout(`${prefix}encoder`, tokenEmbeddings.encoder, member),
    decoder: sideLayout(`${prefix}decoder`, tokenEmbeddings.decoder, member),
    positions: {
      kind: 'absolute',
      count,
      first: member.firstPosition,
      ...(member.paddingId !== undefined && { paddingId: member.paddingId }),
      ...(!member.ignoresStoredPositions && {
        names: {
          encoder: `${prefix}encoder.embed_positions.weight`,
          decoder: `${prefix}decoder.embed_positions.weight`,
        },
      }),
      ...(member.fixedPositions && { fixed: member.fixedPositions }),
    },
    embeddingScale: config.scaleEmbedding ? Math.sqrt(hiddenSize) : 1,
    norm: 'layerNorm',
    normFirst: member.normFirst ?? false,
    biases: true,
    attentionOptions: {},
    head: {
      weight: 'lm_head.weight',
      ...(member.logitsBias !== false && checkpoint.names.includes(bias) && { bias }),
    },
    headScale: 1,
    ignoredTensors: [
      // Other names of the shared embeddings.
      /^(model\.)?(encoder|decoder)\.embed_tokens\.weight$/,
      ...(member.ignoresStoredPositions ? [/^(model\.)?(en|de)coder\.embed_positions\.weights?$/] : []),
    ],
  };
}

function sideLayout(
  stack: string,
  tokenEmbeddings: string,
  { embeddingNorm, normFirst }: BartMemberLayout,
): SideLayout {
  return {
    tokenEmbeddings,
    ...(embeddingNorm && { embeddingNorm: `${stack}.layernorm_embedding` }),
    ...(normFirst && { finalNorm: `${stack}.layer_norm` }),
    block: (index) => {
      const layer = `${stack}.layers.${index}`;
      return {
        attention: attentionNames(`${layer}.self_attn`),
        attentionNorm: `${layer}.self_attn_layer_norm`,
        crossAttention: attentionNames(`${layer}.encoder_attn`),
        crossAttentionNorm: `${layer}.encoder_attn_layer_norm`,
        feedForward: { up: `${layer}.fc1`, down: `${layer}.fc2` },
        feedForwardNorm: `${layer}.final_layer_norm`,
      };
    },
  };
}

function attentionNames(attention: string) {
  return {
    query: `${attention}.q_proj`,
    key: `${attention}.k_proj`,
    value: `${attention}.v_proj`,
    output: `${attention}.out_proj`,
  };
}
