import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { firstPresent, prefixOf } from '../checkpoint-names.ts';
import type { ConfigReader } from '../config.ts';
import { checkHeadSizes } from '../config.ts';
import { type NeutralValues, refuseUnless } from '../decoders/decoder-config.ts';
import { readSeq2SeqTokens, type Seq2SeqSizes, type StackSizes } from './config.ts';
import type { AbsolutePositions, Seq2SeqLayout, SideLayout } from './layout.ts';

// What BART and Marian have in common: post-norm blocks with biases, positions that are added, and the names of all that.

/** An encoder–decoder of BART's family, from its config.json. Plain data: it also travels to workers. */
export interface BartFamilyConfig extends Seq2SeqSizes {
  readonly maxPositionEmbeddings: number;
  /** Whether embeddings are multiplied by √hiddenSize. */
  readonly scaleEmbedding: boolean;
}

/** What a config.json that does not say is taken to mean, as in Hugging Face's library, and what sets the member apart. */
export interface BartMember {
  readonly vocabSize: number;
  readonly tokens: {
    readonly start: number;
    readonly pad: number;
    readonly bos?: number;
    readonly eos: number;
  };
  /** Values that say of the architecture what is so in any case. */
  readonly fixed: NeutralValues;
}

/** Reads a config.json under the names that both use. Throws `ConfigError` naming the value that does not fit. */
export function readBartFamily(reader: ConfigReader, member: BartMember): BartFamilyConfig {
  refuseUnless(reader, {
    is_encoder_decoder: [true],
    normalize_before: [false],
    add_final_layer_norm: [false],
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
    hiddenAct: activationByName(reader.text('activation_function', 'gelu')),
    gated: false,
    normEps: 1e-5,
    sourceLength: positions,
    contextLength: positions,
    tieWordEmbeddings: reader.flag('tie_word_embeddings', true),
    ...readSeq2SeqTokens(reader, member.tokens),
    maxPositionEmbeddings: positions,
    scaleEmbedding: reader.flag('scale_embedding', false),
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

/** What sets a member's layout apart. */
export interface BartMemberLayout {
  readonly architecture: string;
  /** The row of the first token's position. */
  readonly firstPosition: number;
  readonly fixedPositions?: AbsolutePositions['fixed'];
  /** Whether the embeddings are normalised. */
  readonly embeddingNorm: boolean;
  /** Whether sources and what is written have tables of their own. */
  readonly separateEmbeddings: boolean;
}

/** How a checkpoint of the family is laid out. */
export function bartLayout(
  config: BartFamilyConfig,
  checkpoint: Checkpoint,
  member: BartMemberLayout,
): Seq2SeqLayout {
  const prefix = prefixOf(checkpoint, 'model.');
  const { tieWordEmbeddings, hiddenSize, maxPositionEmbeddings } = config;
  const tables = ['shared', 'encoder.embed_tokens', 'decoder.embed_tokens'].map(
    (name) => `${prefix}${name}.weight`,
  );
  const [, encoderTable = '', decoderTable = ''] = tables;
  const shared = firstPresent(checkpoint, tieWordEmbeddings ? [...tables, 'lm_head.weight'] : tables);
  const tokenEmbeddings = member.separateEmbeddings
    ? { encoder: encoderTable, decoder: decoderTable }
    : { encoder: shared, decoder: shared };
  const bias = 'final_logits_bias';
  const count = maxPositionEmbeddings + member.firstPosition;
  return {
    architecture: member.architecture,
    encoder: sideLayout(`${prefix}encoder`, tokenEmbeddings.encoder, member.embeddingNorm),
    decoder: sideLayout(`${prefix}decoder`, tokenEmbeddings.decoder, member.embeddingNorm),
    positions: {
      kind: 'absolute',
      count,
      first: member.firstPosition,
      names: {
        encoder: `${prefix}encoder.embed_positions.weight`,
        decoder: `${prefix}decoder.embed_positions.weight`,
      },
      ...(member.fixedPositions && { fixed: member.fixedPositions }),
    },
    embeddingScale: config.scaleEmbedding ? Math.sqrt(hiddenSize) : 1,
    norm: 'layerNorm',
    normFirst: false,
    biases: true,
    attentionOptions: {},
    head: { weight: 'lm_head.weight', ...(checkpoint.names.includes(bias) && { bias }) },
    headScale: 1,
    ignoredTensors: [
      // The same table under other names.
      /^(model\.)?(shared|encoder\.embed_tokens|decoder\.embed_tokens)\.weight$/,
      ...(tieWordEmbeddings ? [/^lm_head\.weight$/] : []),
    ],
  };
}

function sideLayout(stack: string, tokenEmbeddings: string, embeddingNorm: boolean): SideLayout {
  return {
    tokenEmbeddings,
    ...(embeddingNorm && { embeddingNorm: `${stack}.layernorm_embedding` }),
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
