import type { Backend } from '../../backend/backend.ts';
import type { TaskHeadOptions } from '../../nn/modules/task-head.ts';
import { ALL_WEIGHTS, type WeightPlan } from '../../nn/run/shard.ts';
import type { Checkpoint } from '../../weights/types.ts';
import { activationByName } from '../activation.ts';
import { prefixOf, withCurrentNames } from '../checkpoint-names.ts';
import { ConfigReader, checkHeadSizes } from '../config.ts';
import { commonHead, outputLayer } from './bert-family.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import type { EncoderLayout, HasTensor } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

/**
 * The configuration of a DistilBERT (Sanh et al. 2019, https://arxiv.org/abs/1910.01108): BERT with half the layers, without segments and
 * pooler, and with names of its own. Hugging Face: https://github.com/huggingface/transformers/blob/main/src/transformers/models/distilbert/modeling_distilbert.py
 */
export interface DistilBertConfig extends EncoderSizes {
  readonly modelType: 'distilbert';
}

/**
 * Parses a config.json. Defaults are those of Hugging Face's `DistilBertConfig`; `heads` overrides the task heads of `architectures`. Throws
 * `ConfigError` for invalid values.
 */
export function parseDistilBertConfig(json: unknown, heads?: readonly TaskHeadKind[]): DistilBertConfig {
  const reader = new ConfigReader(json);
  const maxPositionEmbeddings = reader.size('max_position_embeddings', 512);
  const config: DistilBertConfig = {
    modelType: 'distilbert',
    vocabSize: reader.size('vocab_size', 30_522),
    hiddenSize: reader.size('dim', 768),
    numHiddenLayers: reader.size('n_layers', 6),
    numAttentionHeads: reader.size('n_heads', 12),
    intermediateSize: reader.size('hidden_dim', 3072),
    hiddenAct: activationByName(reader.text('activation', 'gelu')),
    maxPositionEmbeddings,
    contextLength: maxPositionEmbeddings,
    typeVocabSize: 0,
    layerNormEps: 1e-12,
    ...readTaskHeads(reader, heads, []),
  };
  checkHeadSizes(config.hiddenSize, config.numAttentionHeads, { hidden: 'dim', heads: 'n_heads' });
  return config;
}

/** Loads the weights of a DistilBERT, or a shard's slices of them. */
export function loadDistilBert(
  config: DistilBertConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<EncoderStack> {
  const current = withCurrentNames(checkpoint);
  const prefix = prefixOf(current, 'distilbert.');
  const layout: EncoderLayout = {
    architecture: 'DistilBERT',
    tokenEmbeddings: `${prefix}embeddings.word_embeddings.weight`,
    positionEmbeddings: `${prefix}embeddings.position_embeddings.weight`,
    embeddingNorm: `${prefix}embeddings.LayerNorm`,
    firstPosition: 0,
    block(index) {
      const layer = `${prefix}transformer.layer.${index}`;
      return {
        attention: {
          query: `${layer}.attention.q_lin`,
          key: `${layer}.attention.k_lin`,
          value: `${layer}.attention.v_lin`,
          output: `${layer}.attention.out_lin`,
        },
        attentionNorm: `${layer}.sa_layer_norm`,
        feedForward: { up: `${layer}.ffn.lin1`, down: `${layer}.ffn.lin2` },
        feedForwardNorm: `${layer}.output_layer_norm`,
      };
    },
    taskHead: (kind, has) => taskHeadOf(config, prefix, kind, has),
    ignoredTensors: [
      /^(vocab_(transform|layer_norm|projector)|pre_classifier|classifier|qa_outputs)\./,
      /^(distilbert\.)?embeddings\.position_ids$/,
    ],
  };
  return EncoderStack.load(config, layout, current, backend, plan);
}

function taskHeadOf(
  config: DistilBertConfig,
  prefix: string,
  kind: TaskHeadKind,
  has: HasTensor,
): TaskHeadOptions | undefined {
  const { hiddenSize, vocabSize, hiddenAct, layerNormEps, labels } = config;
  switch (kind) {
    case 'maskedLM': {
      const output = outputLayer('vocab_projector', vocabSize);
      const tokenEmbeddings = `${prefix}embeddings.word_embeddings.weight`;
      return {
        over: 'tokens',
        hiddenSize,
        dense: {
          name: 'vocab_transform',
          features: hiddenSize,
          activation: hiddenAct,
          norm: { name: 'vocab_layer_norm', epsilon: layerNormEps },
        },
        output: has(output.weight) ? output : { ...output, weight: tokenEmbeddings },
      };
    }
    case 'sequenceClassification':
      return {
        over: 'sequences',
        hiddenSize,
        dense: { name: 'pre_classifier', features: hiddenSize, activation: 'relu' },
        output: outputLayer('classifier', labels.length),
      };
    default:
      return commonHead(config, kind);
  }
}
