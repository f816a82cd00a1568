import type { Backend } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import { ROBERTA_TYPES } from '../model-types.ts';
import {
  BERT_BASE,
  type BertDefaults,
  type BertMember,
  commonHead,
  loadBertMember,
  outputLayer,
  readBertSizes,
  tiedDecoder,
} from './bert-family.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import type { EncoderStack } from './encoder-stack.ts';
import type { HasTensor } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** XLM-R's and CamemBERT's configuration classes have BERT's defaults. */
const ROBERTA_BASE: BertDefaults = { ...BERT_BASE, vocabSize: 50_265 };

/**
 * The configuration of a RoBERTa (Liu et al. 2019, https://arxiv.org/abs/1907.11692) or XLM-R (Conneau et al. 2020,
 * https://arxiv.org/abs/1911.02116). Differences from BERT: positions start at paddingIdx + 1, there is one segment, and the classifier reads
 * the first token without a pooler. Hugging Face: https://github.com/huggingface/transformers/blob/main/src/transformers/models/roberta/modeling_roberta.py
 */
export interface RobertaConfig extends EncoderSizes {
  readonly modelType: (typeof ROBERTA_TYPES)[number];
  /** The position of padding tokens; the first token of a text is at paddingIdx + 1. */
  readonly paddingIdx: number;
}

/**
 * Parses a config.json. Defaults are those of Hugging Face's class of the type; `heads` overrides the task heads of `architectures`. Throws
 * `ConfigError` for invalid values.
 */
export function parseRobertaConfig(json: unknown, heads?: readonly TaskHeadKind[]): RobertaConfig {
  const reader = new ConfigReader(json);
  const type = reader.text('model_type');
  const modelType = ROBERTA_TYPES.find((known) => known === type);
  if (!modelType) {
    throw new ConfigError(
      `config.json: model_type must be one of ${ROBERTA_TYPES.join(', ')}, got ${JSON.stringify(type)}`,
    );
  }
  const paddingIdx = reader.size('pad_token_id', 1, 0);
  const sizes = readBertSizes(reader, modelType === 'roberta' ? ROBERTA_BASE : BERT_BASE, paddingIdx + 2);
  return {
    modelType,
    ...sizes,
    paddingIdx,
    contextLength: sizes.maxPositionEmbeddings - paddingIdx - 1,
    ...readTaskHeads(reader, heads, []),
  };
}

/** Loads the weights of a RoBERTa, or a shard's slices of them. */
export function loadRoberta(
  config: RobertaConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<EncoderStack> {
  const member: BertMember<RobertaConfig> = {
    architecture: 'RoBERTa',
    prefix: 'roberta.',
    firstPosition: config.paddingIdx + 1,
    ignoredTensors: [/^(roberta\.)?pooler\./, /^(lm_head|classifier|qa_outputs)\./],
    taskHeadOf: robertaHead,
  };
  return loadBertMember(member, config, checkpoint, backend, plan);
}

/** The task heads of RoBERTa and of MPNet. */
export function robertaHead(
  config: EncoderSizes,
  prefix: string,
  kind: TaskHeadKind,
  has: HasTensor,
): TaskHeadOptions | undefined {
  const { hiddenSize, vocabSize, layerNormEps, labels } = config;
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
        output: outputLayer('classifier.out_proj', labels.length),
      };
    default:
      return commonHead(config, kind);
  }
}
