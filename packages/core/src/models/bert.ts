import type { Backend } from '../backend/backend.ts';
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

/** A BERT (Devlin et al. 2019), from its config.json. Multilingual, cased and large ones differ in nothing but sizes. */
export interface BertConfig extends EncoderSizes {
  readonly modelType: 'bert';
}

/**
 * Reads a config.json. Missing values are BERT-base's, as in Hugging Face's library; `heads` overrides those that its
 * `architectures` names. Throws `ConfigError` naming the value that does not fit.
 */
export function parseBertConfig(json: unknown, heads?: readonly HeadKind[]): BertConfig {
  const reader = new ConfigReader(json);
  const maxPositionEmbeddings = reader.size('max_position_embeddings', 512);
  const config: BertConfig = {
    modelType: 'bert',
    vocabSize: reader.size('vocab_size', 30_522),
    hiddenSize: reader.size('hidden_size', 768),
    numHiddenLayers: reader.size('num_hidden_layers', 12),
    numAttentionHeads: reader.size('num_attention_heads', 12),
    intermediateSize: reader.size('intermediate_size', 3072),
    hiddenAct: activationByName(reader.text('hidden_act', 'gelu')),
    maxPositionEmbeddings,
    contextLength: maxPositionEmbeddings,
    typeVocabSize: reader.size('type_vocab_size', 2),
    layerNormEps: reader.number('layer_norm_eps', 1e-12),
    ...readHeads(reader, heads, ['maskedLM', 'nextSentence']),
  };
  checkHeadSizes(config.hiddenSize, config.numAttentionHeads);
  checkAbsolutePositions(reader);
  return config;
}

/** Reads the weights of a BERT, or a shard's share of them. Heads over texts read the pooler's output: a dense layer and tanh. */
export function loadBert(
  config: BertConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<EncoderStack> {
  const current = withCurrentNames(checkpoint);
  const prefix = prefixOf(current, 'bert.');
  const layout: EncoderLayout = {
    architecture: 'BERT',
    embeddings: bertEmbeddings(prefix),
    firstPosition: 0,
    block: (index) => bertBlock(`${prefix}encoder.layer.${index}`),
    head: (kind, has) => headOf(config, prefix, kind, has),
    notNeeded: [
      /^(bert\.)?pooler\./,
      /^(cls|classifier|qa_outputs)\./,
      /^(bert\.)?embeddings\.position_ids$/,
    ],
  };
  return EncoderStack.load(config, layout, current, backend, plan);
}

function headOf(
  { hiddenSize, vocabSize, hiddenAct, layerNormEps, labels }: BertConfig,
  prefix: string,
  kind: HeadKind,
  has: HasTensor,
): OutputHeadOptions | undefined {
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
    case 'tokenClassification':
      return { over: 'tokens', hiddenSize, output: lastLayer('classifier', labels.length) };
    case 'questionAnswering':
      return { over: 'tokens', hiddenSize, output: lastLayer('qa_outputs', 2) };
    default:
      return undefined;
  }
}
