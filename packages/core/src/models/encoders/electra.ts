import type { Backend } from '../../backend/backend.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { ConfigReader } from '../config.ts';
import {
  BERT_BASE,
  type BertDefaults,
  type BertMember,
  bertEmbeddings,
  commonHead,
  loadBertMember,
  outputLayer,
  readBertSizes,
} from './bert-family.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import type { EncoderStack } from './encoder-stack.ts';
import type { HasTensor } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

const ELECTRA_SMALL: BertDefaults = {
  ...BERT_BASE,
  hiddenSize: 256,
  numAttentionHeads: 4,
  intermediateSize: 1024,
};

/**
 * The configuration of an ELECTRA (Clark et al. 2020, https://arxiv.org/abs/2003.10555), generator or discriminator. Differences from BERT: the
 * embedding size may differ from the hidden size, with a projection between them, and there is no pooler. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/electra/modeling_electra.py
 */
export interface ElectraConfig extends EncoderSizes {
  readonly modelType: 'electra';
  /** Features of the embeddings; projected to hiddenSize if they differ. */
  readonly embeddingSize: number;
}

/**
 * Parses a config.json. Defaults are those of Hugging Face's `ElectraConfig`; `heads` overrides the task heads of `architectures`. Throws
 * `ConfigError` for invalid values.
 */
export function parseElectraConfig(json: unknown, heads?: readonly TaskHeadKind[]): ElectraConfig {
  const reader = new ConfigReader(json);
  const sizes = readBertSizes(reader, ELECTRA_SMALL);
  return {
    modelType: 'electra',
    ...sizes,
    embeddingSize: reader.size('embedding_size', 128),
    contextLength: sizes.maxPositionEmbeddings,
    ...readTaskHeads(reader, heads, ['replacedToken']),
  };
}

/** Loads the weights of an ELECTRA, or a shard's slices of them. */
export function loadElectra(
  config: ElectraConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<EncoderStack> {
  const { embeddingSize, hiddenSize } = config;
  const member: BertMember<ElectraConfig> = {
    architecture: 'ELECTRA',
    prefix: 'electra.',
    embeddings: (prefix) => ({
      embeddingSize,
      ...(embeddingSize !== hiddenSize && { embeddingProjection: `${prefix}embeddings_project` }),
    }),
    ignoredTensors: [
      /^(generator_predictions|generator_lm_head|discriminator_predictions|classifier|qa_outputs)\./,
    ],
    taskHeadOf,
  };
  return loadBertMember(member, config, checkpoint, backend, plan);
}

function taskHeadOf(
  config: ElectraConfig,
  prefix: string,
  kind: TaskHeadKind,
  has: HasTensor,
): TaskHeadOptions | undefined {
  const { hiddenSize, embeddingSize, vocabSize, hiddenAct, layerNormEps, labels } = config;
  switch (kind) {
    case 'maskedLM': {
      const output = outputLayer('generator_lm_head', vocabSize);
      return {
        over: 'tokens',
        hiddenSize,
        // To the embedding size, so that the output layer can be tied to the embeddings.
        dense: {
          name: 'generator_predictions.dense',
          features: embeddingSize,
          activation: 'gelu',
          norm: { name: 'generator_predictions.LayerNorm', epsilon: layerNormEps },
        },
        output: has(output.weight) ? output : { ...output, weight: bertEmbeddings(prefix).tokenEmbeddings },
      };
    }
    case 'replacedToken':
      return {
        over: 'tokens',
        hiddenSize,
        dense: { name: 'discriminator_predictions.dense', features: hiddenSize, activation: hiddenAct },
        output: outputLayer('discriminator_predictions.dense_prediction', 1),
      };
    case 'sequenceClassification':
      return {
        over: 'sequences',
        hiddenSize,
        dense: { name: 'classifier.dense', features: hiddenSize, activation: 'gelu' },
        output: outputLayer('classifier.out_proj', labels.length),
      };
    default:
      return commonHead(config, kind);
  }
}
