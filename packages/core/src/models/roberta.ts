import type { Backend } from '../backend/backend.ts';
import { ConfigError } from '../errors.ts';
import type { OutputHeadOptions } from '../nn/output-head.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../nn/shard.ts';
import type { Checkpoint } from '../weights/types.ts';
import { activationByName } from './activation.ts';
import {
  bertBlock,
  bertEmbeddings,
  type HasTensor,
  lastLayer,
  prefixOf,
  tiedDecoder,
  withCurrentNames,
} from './checkpoint-names.ts';
import { ConfigReader } from './config.ts';
import { checkAbsolutePositions, checkHeadSizes, type EncoderSizes, readHeads } from './encoder-config.ts';
import { type EncoderLayout, EncoderStack } from './encoder-stack.ts';
import type { HeadKind } from './heads.ts';

/** The model types that are RoBERTas: they differ in their training and their vocabularies alone. */
export const ROBERTA_TYPES = ['roberta', 'xlm-roberta', 'camembert'] as const;

/** A RoBERTa (Liu et al. 2019) or XLM-R (Conneau et al. 2020), from its config.json: BERT with other heads and positions. */
export interface RobertaConfig extends EncoderSizes {
  readonly modelType: (typeof ROBERTA_TYPES)[number];
  /** The row of the position table that stands for padding; a text's first token has the position after it. */
  readonly paddingIdx: number;
}

/**
 * Reads a config.json. Missing values are those of Hugging Face's library; `heads` overrides those that its `architectures` names.
 * Throws `ConfigError` naming the value that does not fit.
 */
export function parseRobertaConfig(json: unknown, heads?: readonly HeadKind[]): RobertaConfig {
  const reader = new ConfigReader(json);
  const type = reader.text('model_type');
  const modelType = ROBERTA_TYPES.find((known) => known === type);
  if (!modelType) {
    throw new ConfigError(
      `config.json: model_type must be one of ${ROBERTA_TYPES.join(', ')}, got ${JSON.stringify(type)}`,
    );
  }
  const paddingIdx = reader.size('pad_token_id', 1, 0);
  const maxPositionEmbeddings = reader.size('max_position_embeddings', 512, paddingIdx + 2);
  const config: RobertaConfig = {
    modelType,
    paddingIdx,
    vocabSize: reader.size('vocab_size', 50_265),
    hiddenSize: reader.size('hidden_size', 768),
    numHiddenLayers: reader.size('num_hidden_layers', 12),
    numAttentionHeads: reader.size('num_attention_heads', 12),
    intermediateSize: reader.size('intermediate_size', 3072),
    hiddenAct: activationByName(reader.text('hidden_act', 'gelu')),
    maxPositionEmbeddings,
    contextLength: maxPositionEmbeddings - paddingIdx - 1,
    typeVocabSize: reader.size('type_vocab_size', 2),
    layerNormEps: reader.number('layer_norm_eps', 1e-12),
    ...readHeads(reader, heads, []),
  };
  checkHeadSizes(config.hiddenSize, config.numAttentionHeads);
  checkAbsolutePositions(reader);
  return config;
}

/** Reads the weights of a RoBERTa, or a shard's share of them. */
export function loadRoberta(
  config: RobertaConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<EncoderStack> {
  const current = withCurrentNames(checkpoint);
  const prefix = prefixOf(current, 'roberta.');
  const layout: EncoderLayout = {
    architecture: 'RoBERTa',
    embeddings: bertEmbeddings(prefix),
    firstPosition: config.paddingIdx + 1,
    block: (index) => bertBlock(`${prefix}encoder.layer.${index}`),
    head: (kind, has) => headOf(config, prefix, kind, has),
    notNeeded: [
      /^(roberta\.)?pooler\./,
      /^(lm_head|classifier|qa_outputs)\./,
      /^(roberta\.)?embeddings\.position_ids$/,
    ],
  };
  return EncoderStack.load(config, layout, current, backend, plan);
}

function headOf(
  { hiddenSize, vocabSize, layerNormEps, labels }: RobertaConfig,
  prefix: string,
  kind: HeadKind,
  has: HasTensor,
): OutputHeadOptions | undefined {
  switch (kind) {
    case 'maskedLM':
      return {
        over: 'tokens',
        hiddenSize,
        dense: {
          name: 'lm_head.dense',
          features: hiddenSize,
          activation: 'gelu',
          norm: { name: 'lm_head.layer_norm', epsilon: layerNormEps },
        },
        output: tiedDecoder(has, prefix, 'lm_head', vocabSize),
      };
    case 'sequenceClassification':
      return {
        over: 'sequences',
        hiddenSize,
        dense: { name: 'classifier.dense', features: hiddenSize, activation: 'tanh' },
        output: lastLayer('classifier.out_proj', labels.length),
      };
    case 'tokenClassification':
      return { over: 'tokens', hiddenSize, output: lastLayer('classifier', labels.length) };
    case 'questionAnswering':
      return { over: 'tokens', hiddenSize, output: lastLayer('qa_outputs', 2) };
    default:
      return undefined;
  }
}
