import type { Backend } from '../backend/backend.ts';
import type { OutputHeadOptions } from '../nn/output-head.ts';
import type { WeightPlan } from '../nn/shard.ts';
import type { Checkpoint } from '../weights/types.ts';
import { activationByName } from './activation.ts';
import {
  bertBlock,
  bertEmbeddings,
  type HasTensor,
  lastLayer,
  prefixOf,
  withCurrentNames,
} from './checkpoint-names.ts';
import type { ConfigReader } from './config.ts';
import { checkAbsolutePositions, checkHeadSizes, type EncoderSizes } from './encoder-config.ts';
import { type EncoderLayout, EncoderStack } from './encoder-stack.ts';
import type { HeadKind } from './heads.ts';

// What BERT, RoBERTa and ELECTRA have in common beyond their arithmetic: names in config.json and in checkpoints.

/** What a config.json that does not say is taken to mean. */
export interface BertDefaults {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
}

export const BERT_BASE: BertDefaults = {
  vocabSize: 30_522,
  hiddenSize: 768,
  numAttentionHeads: 12,
  intermediateSize: 3072,
};

/** The sizes under BERT's names. `leastPositions` are what the architecture needs before it can read a token. */
export function readBertSizes(reader: ConfigReader, defaults: BertDefaults, leastPositions = 1) {
  const sizes = {
    vocabSize: reader.size('vocab_size', defaults.vocabSize),
    hiddenSize: reader.size('hidden_size', defaults.hiddenSize),
    numHiddenLayers: reader.size('num_hidden_layers', 12),
    numAttentionHeads: reader.size('num_attention_heads', defaults.numAttentionHeads),
    intermediateSize: reader.size('intermediate_size', defaults.intermediateSize),
    hiddenAct: activationByName(reader.text('hidden_act', 'gelu')),
    maxPositionEmbeddings: reader.size('max_position_embeddings', 512, leastPositions),
    typeVocabSize: reader.size('type_vocab_size', 2),
    layerNormEps: reader.number('layer_norm_eps', 1e-12),
  } satisfies Partial<EncoderSizes>;
  checkHeadSizes(sizes.hiddenSize, sizes.numAttentionHeads);
  checkAbsolutePositions(reader);
  return sizes;
}

/** The heads of an architecture; undefined for those that it does not have. */
export type HeadsOf<Config> = (
  config: Config,
  prefix: string,
  kind: HeadKind,
  has: HasTensor,
) => OutputHeadOptions | undefined;

/** What sets a member of the family apart. */
export interface BertMember<Config> extends Pick<EncoderLayout, 'architecture' | 'notNeeded'> {
  /** What comes before the names of the encoder's tensors in checkpoints with heads, such as `bert.`. */
  readonly prefix: string;
  /** Default 0. */
  readonly firstPosition?: number;
  /** Beside BERT's own names. */
  readonly embeddings?: (prefix: string) => Partial<EncoderLayout['embeddings']>;
  readonly headOf: HeadsOf<Config>;
}

/** Reads the weights, or a shard's share of them, under BERT's names. */
export function loadBertMember<Config extends EncoderSizes>(
  member: BertMember<Config>,
  config: Config,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan,
): Promise<EncoderStack> {
  const current = withCurrentNames(checkpoint);
  const prefix = prefixOf(current, member.prefix);
  const layout: EncoderLayout = {
    architecture: member.architecture,
    embeddings: { ...bertEmbeddings(prefix), ...member.embeddings?.(prefix) },
    firstPosition: member.firstPosition ?? 0,
    block: (index) => bertBlock(`${prefix}encoder.layer.${index}`),
    head: (kind, has) => member.headOf(config, prefix, kind, has),
    notNeeded: [...member.notNeeded, /^(\w+\.)?embeddings\.position_ids$/],
  };
  return EncoderStack.load(config, layout, current, backend, plan);
}

/** The heads that are the same in every architecture, DistilBERT's too. */
export function commonHead(
  { hiddenSize, labels }: EncoderSizes,
  kind: HeadKind,
): OutputHeadOptions | undefined {
  switch (kind) {
    case 'tokenClassification':
      return { over: 'tokens', hiddenSize, output: lastLayer('classifier', labels.length) };
    case 'questionAnswering':
      return { over: 'tokens', hiddenSize, output: lastLayer('qa_outputs', 2) };
    default:
      return undefined;
  }
}
