import type { Backend } from '../../backend/backend.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import type { WeightPlan } from '../../nn/run/shard.ts';
import type { BlockNames } from '../../nn/transformer/load-block.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { prefixOf, withCurrentNames } from '../checkpoint-names.ts';
import type { ConfigReader } from '../config.ts';
import { checkHeadSizes } from '../config.ts';
import { checkSupported } from '../supported-values.ts';
import { checkAbsolutePositions, type EncoderSizes } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import type { EncoderEmbeddings, EncoderLayout, HasTensor } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

// Names in config.json and in checkpoints that BERT, RoBERTa and ELECTRA share.

/** Defaults of values that config.json does not have. */
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

/** Reads the sizes under BERT's names. `minPositions` is the smallest valid `max_position_embeddings`. */
export function readBertSizes(reader: ConfigReader, defaults: BertDefaults, minPositions = 1) {
  const sizes = {
    vocabSize: reader.size('vocab_size', defaults.vocabSize),
    hiddenSize: reader.size('hidden_size', defaults.hiddenSize),
    numHiddenLayers: reader.size('num_hidden_layers', 12),
    numAttentionHeads: reader.size('num_attention_heads', defaults.numAttentionHeads),
    intermediateSize: reader.size('intermediate_size', defaults.intermediateSize),
    hiddenAct: activationByName(reader.text('hidden_act', 'gelu')),
    maxPositionEmbeddings: reader.size('max_position_embeddings', 512, minPositions),
    typeVocabSize: reader.size('type_vocab_size', 2),
    layerNormEps: reader.number('layer_norm_eps', 1e-12),
  } satisfies Partial<EncoderSizes>;
  checkHeadSizes(sizes.hiddenSize, sizes.numAttentionHeads);
  checkSupported(reader, { is_decoder: [false], add_cross_attention: [false] });
  checkAbsolutePositions(reader);
  return sizes;
}

/** The layers of an architecture's task head; undefined if it has no such head. */
export type TaskHeadOf<Config> = (
  config: Config,
  prefix: string,
  kind: TaskHeadKind,
  has: HasTensor,
) => TaskHeadOptions | undefined;

/** The differences between members of the family. */
export interface BertMember<Config>
  extends Pick<EncoderLayout, 'architecture' | 'ignoredTensors' | 'paddingId'> {
  /** The prefix of the encoder's tensors in checkpoints with heads, such as `bert.`. */
  readonly prefix: string;
  /** The position of a sequence's first token. Default 0. */
  readonly firstPosition?: number;
  /** Additions to BERT's embeddings. */
  readonly embeddings?: (prefix: string) => Partial<EncoderEmbeddings>;
  readonly taskHeadOf: TaskHeadOf<Config>;
}

/** Loads the weights, or a shard's slices of them, under BERT's names. */
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
    ...(member.paddingId !== undefined && { paddingId: member.paddingId }),
    block: (index) => bertBlock(`${prefix}encoder.layer.${index}`),
    taskHead: (kind, has) => member.taskHeadOf(config, prefix, kind, has),
    ignoredTensors: [...member.ignoredTensors, /^(\w+\.)?embeddings\.position_ids$/],
  };
  return EncoderStack.load(config, layout, current, backend, plan);
}

/** The task heads that all encoders share, DistilBERT included. */
export function commonHead(
  { hiddenSize, labels }: EncoderSizes,
  kind: TaskHeadKind,
): TaskHeadOptions | undefined {
  switch (kind) {
    case 'tokenClassification':
      return { over: 'tokens', hiddenSize, output: outputLayer('classifier', labels.length) };
    case 'questionAnswering':
      return { over: 'tokens', hiddenSize, output: outputLayer('qa_outputs', 2) };
    default:
      return undefined;
  }
}

/** The names of the layers of a block. */
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

/** The names of the embeddings. */
export function bertEmbeddings(prefix: string): EncoderEmbeddings {
  return {
    tokenEmbeddings: `${prefix}embeddings.word_embeddings.weight`,
    positionEmbeddings: `${prefix}embeddings.position_embeddings.weight`,
    tokenTypeEmbeddings: `${prefix}embeddings.token_type_embeddings.weight`,
    embeddingNorm: `${prefix}embeddings.LayerNorm`,
  };
}

/** A head's output layer. */
export function outputLayer(name: string, features: number): TaskHeadOptions['output'] {
  return { weight: `${name}.weight`, bias: `${name}.bias`, features };
}

/**
 * The output layer of a masked language model: the weight is `<head>.decoder.weight` if the checkpoint has it, else the token embeddings
 * (tied); the bias is `<head>.decoder.bias` if the checkpoint has it, else `<head>.bias`.
 */
export function tiedDecoder(
  has: HasTensor,
  prefix: string,
  head: string,
  features: number,
): TaskHeadOptions['output'] {
  const weight = `${head}.decoder.weight`;
  const decoderBias = `${head}.decoder.bias`;
  const bias = `${head}.bias`;
  return {
    weight: has(weight) ? weight : bertEmbeddings(prefix).tokenEmbeddings,
    bias: has(decoderBias) ? decoderBias : bias,
    features,
  };
}
