import type { Backend } from '../../backend/backend.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import {
  BERT_BASE,
  type BertMember,
  commonHead,
  loadBertMember,
  outputLayer,
  readBertSizes,
  tiedDecoder,
} from './bert-family.ts';
import { type EncoderSizes, readClassifierPooling, readTaskHeads } from './encoder-config.ts';
import type { EncoderStack } from './encoder-stack.ts';
import type { HasTensor } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

/**
 * The configuration of a BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805): post-norm blocks after learned absolute positions and
 * two segments. Task heads over texts read the pooler: a dense layer and tanh on `[CLS]`. Multilingual, cased and large variants differ only in
 * sizes. Hugging Face: https://github.com/huggingface/transformers/blob/main/src/transformers/models/bert/modeling_bert.py
 */
export interface BertConfig extends EncoderSizes {
  readonly modelType: 'bert';
  /**
   * What the sequence classifier reads: `cls`, the pooler, as in Hugging Face's class; or `mean`, the mean of the last hidden states, without the
   * pooler, for models that were trained as sentence encoders. ModernBERT's field `classifier_pooling`. Default `cls`.
   */
  readonly classifierPooling: 'cls' | 'mean';
}

/**
 * Parses a config.json. Defaults are those of Hugging Face's `BertConfig`; `heads` overrides the task heads of `architectures`. Throws
 * `ConfigError` for invalid values.
 */
export function parseBertConfig(json: unknown, heads?: readonly TaskHeadKind[]): BertConfig {
  const reader = new ConfigReader(json);
  const sizes = readBertSizes(reader, BERT_BASE);
  return {
    modelType: 'bert',
    ...sizes,
    contextLength: sizes.maxPositionEmbeddings,
    classifierPooling: readClassifierPooling(reader),
    ...readTaskHeads(reader, heads, ['maskedLM', 'nextSentence']),
  };
}

/** Loads the weights of a BERT, or a shard's slices of them. */
export function loadBert(
  config: BertConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<EncoderStack> {
  const member: BertMember<BertConfig> = {
    architecture: 'BERT',
    prefix: 'bert.',
    ignoredTensors: [/^(bert\.)?pooler\./, /^(cls|classifier|qa_outputs)\./],
    taskHeadOf,
  };
  return loadBertMember(member, config, checkpoint, backend, plan);
}

function taskHeadOf(
  config: BertConfig,
  prefix: string,
  kind: TaskHeadKind,
  has: HasTensor,
): TaskHeadOptions | undefined {
  const { hiddenSize, vocabSize, hiddenAct, layerNormEps, labels } = config;
  const pooled = {
    over: 'sequences',
    hiddenSize,
    dense: { name: `${prefix}pooler.dense`, features: hiddenSize, activation: 'tanh' },
  } as const;
  switch (kind) {
    case 'maskedLM':
      return {
        over: 'tokens',
        hiddenSize,
        dense: {
          name: 'cls.predictions.transform.dense',
          features: hiddenSize,
          activation: hiddenAct,
          norm: { name: 'cls.predictions.transform.LayerNorm', epsilon: layerNormEps },
        },
        output: tiedDecoder(has, prefix, 'cls.predictions', vocabSize),
      };
    case 'nextSentence':
      return { ...pooled, output: outputLayer('cls.seq_relationship', 2) };
    case 'sequenceClassification': {
      const output = outputLayer('classifier', labels.length);
      return config.classifierPooling === 'mean'
        ? { over: 'means', hiddenSize, output }
        : { ...pooled, output };
    }
    default:
      return commonHead(config, kind);
  }
}
