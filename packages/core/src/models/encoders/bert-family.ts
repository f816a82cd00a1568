import type { Backend } from '../../backend/backend.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { BlockNames } from '../../nn/transformer/load-block.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { prefixOf } from '../checkpoint-names.ts';
import type { ConfigReader } from '../config.ts';
import { checkHeadSizes } from '../config.ts';
import { checkAbsolutePositions, type EncoderSizes } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import type { EncoderEmbeddings, EncoderLayout, HasTensor } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

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
export type TaskHeadOf<Config> = (
  config: Config,
  prefix: string,
  kind: TaskHeadKind,
  has: HasTensor,
) => TaskHeadOptions | undefined;

/** What sets a member of the family apart. */
export interface BertMember<Config> extends Pick<EncoderLayout, 'architecture' | 'ignoredTensors'> {
  /** What comes before the names of the encoder's tensors in checkpoints with heads, such as `bert.`. */
  readonly prefix: string;
  /** Default 0. */
  readonly firstPosition?: number;
  /** Beside BERT's own names. */
  readonly embeddings?: (prefix: string) => Partial<EncoderEmbeddings>;
  readonly taskHeadOf: TaskHeadOf<Config>;
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
    ...bertEmbeddings(prefix),
    ...member.embeddings?.(prefix),
    firstPosition: member.firstPosition ?? 0,
    block: (index) => bertBlock(`${prefix}encoder.layer.${index}`),
    taskHead: (kind, has) => member.taskHeadOf(config, prefix, kind, has),
    ignoredTensors: [...member.ignoredTensors, /^(\w+\.)?embeddings\.position_ids$/],
  };
  return EncoderStack.load(config, layout, current, backend, plan);
}

/** The heads that are the same in every architecture, DistilBERT's too. */
export function commonHead(
  { hiddenSize, labels }: EncoderSizes,
  kind: TaskHeadKind,
): TaskHeadOptions | undefined {
  switch (kind) {
    case 'tokenClassification':
      return { over: 'tokens', hiddenSize, output: lastLayer('classifier', labels.length) };
    case 'questionAnswering':
      return { over: 'tokens', hiddenSize, output: lastLayer('qa_outputs', 2) };
    default:
      return undefined;
  }
}

/** The names of a block as BERT, RoBERTa and ELECTRA spell them. */
export function bertBlock(layer: string): BlockNames {
  return {
    attention: {
      query: `${layer}.attention.self.query`,
      key: `${layer}.attention.self.key`,
      value: `${layer}.attention.self.value`,
      output: `${layer}.attention.output.dense`,
    },
    attentionNorm: `${layer}.attention.output.LayerNorm`,
    feedForward: { up: `${layer}.intermediate.dense`, down: `${layer}.output.dense` },
    feedForwardNorm: `${layer}.output.LayerNorm`,
  };
}

/** The names of the embeddings as BERT, RoBERTa and ELECTRA spell them. */
export function bertEmbeddings(prefix: string): EncoderEmbeddings {
  return {
    tokenEmbeddings: `${prefix}embeddings.word_embeddings.weight`,
    positionEmbeddings: `${prefix}embeddings.position_embeddings.weight`,
    tokenTypeEmbeddings: `${prefix}embeddings.token_type_embeddings.weight`,
    embeddingNorm: `${prefix}embeddings.LayerNorm`,
  };
}

/** A head's last layer. */
export function lastLayer(name: string, features: number): TaskHeadOptions['output'] {
  return { weight: `${name}.weight`, bias: `${name}.bias`, features };
}

/**
 * A masked language model's last layer, `<head>.decoder`: with a weight of its own if the checkpoint has one, else with the word
 * embeddings for a weight (tied). Its bias lies beside it in some checkpoints and within it in others.
 */
export function tiedDecoder(
  has: HasTensor,
  prefix: string,
  head: string,
  features: number,
): TaskHeadOptions['output'] {
  const own = `${head}.decoder.weight`;
  const within = `${head}.decoder.bias`;
  const beside = `${head}.bias`;
  return {
    weight: has(own) ? own : bertEmbeddings(prefix).tokenEmbeddings,
    bias: !has(beside) && has(within) ? within : beside,
    features,
  };
}

/**
 * A checkpoint under today's names. Checkpoints converted from TensorFlow, bert-base-uncased among them, call a layer norm's weight
 * and bias `gamma` and `beta`; errors about them still use the checkpoint's own names.
 */
export function withCurrentNames(checkpoint: Checkpoint): Checkpoint {
  const original = new Map<string, string>();
  for (const name of checkpoint.names) {
    const current = name
      .replace(/\.LayerNorm\.gamma$/, '.LayerNorm.weight')
      .replace(/\.LayerNorm\.beta$/, '.LayerNorm.bias');
    original.set(current, name);
  }
  // A checkpoint with both spellings of a name is not renamed: one of them would be lost.
  if (original.size !== checkpoint.names.length) return checkpoint;
  const nameOf = (name: string) => original.get(name) ?? name;
  return {
    names: [...original.keys()],
    info: (name) => checkpoint.info(nameOf(name)),
    read: (name, slice) => checkpoint.read(nameOf(name), slice),
  };
}
