import type { Backend } from '../../backend/backend.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import {
  BERT_BASE,
  type BertMember,
  commonHead,
  lastLayer,
  loadBertMember,
  readBertSizes,
  tiedDecoder,
} from './bert-family.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import type { EncoderStack } from './encoder-stack.ts';
import type { HasTensor } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** A BERT (Devlin et al. 2019), from its config.json. Multilingual, cased and large ones differ in nothing but sizes. */
export interface BertConfig extends EncoderSizes {
  readonly modelType: 'bert';
}

/**
 * Reads a config.json. Missing values are BERT-base's, as in Hugging Face's library; `heads` overrides those that its
 * `architectures` names. Throws `ConfigError` naming the value that does not fit.
 */
export function parseBertConfig(json: unknown, heads?: readonly TaskHeadKind[]): BertConfig {
  const reader = new ConfigReader(json);
  const sizes = readBertSizes(reader, BERT_BASE);
  return {
    modelType: 'bert',
    ...sizes,
    contextLength: sizes.maxPositionEmbeddings,
    ...readTaskHeads(reader, heads, ['maskedLM', 'nextSentence']),
  };
}

/** Reads the weights of a BERT, or a shard's share of them. Heads over texts read the pooler's output: a dense layer and tanh. */
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
      return { ...pooled, output: lastLayer('cls.seq_relationship', 2) };
    case 'sequenceClassification':
      return { ...pooled, output: lastLayer('classifier', labels.length) };
    default:
      return commonHead(config, kind);
  }
}
