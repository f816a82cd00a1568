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
  withCurrentNames,
} from './checkpoint-names.ts';
import { ConfigReader } from './config.ts';
import { checkAbsolutePositions, checkHeadSizes, type EncoderSizes, readHeads } from './encoder-config.ts';
import { type EncoderLayout, EncoderStack } from './encoder-stack.ts';
import type { HeadKind } from './heads.ts';

/** An ELECTRA (Clark et al. 2020), from its config.json: BERT with embeddings of a size of their own. */
export interface ElectraConfig extends EncoderSizes {
  readonly modelType: 'electra';
  /** Features of the embedding tables; a layer projects them to the hidden size if that differs. */
  readonly embeddingSize: number;
}

/**
 * Reads a config.json. Missing values are electra-small's, as in Hugging Face's library; `heads` overrides those that its
 * `architectures` names. Throws `ConfigError` naming the value that does not fit.
 */
export function parseElectraConfig(json: unknown, heads?: readonly HeadKind[]): ElectraConfig {
  const reader = new ConfigReader(json);
  const maxPositionEmbeddings = reader.size('max_position_embeddings', 512);
  const config: ElectraConfig = {
    modelType: 'electra',
    vocabSize: reader.size('vocab_size', 30_522),
    embeddingSize: reader.size('embedding_size', 128),
    hiddenSize: reader.size('hidden_size', 256),
    numHiddenLayers: reader.size('num_hidden_layers', 12),
    numAttentionHeads: reader.size('num_attention_heads', 4),
    intermediateSize: reader.size('intermediate_size', 1024),
    hiddenAct: activationByName(reader.text('hidden_act', 'gelu')),
    maxPositionEmbeddings,
    contextLength: maxPositionEmbeddings,
    typeVocabSize: reader.size('type_vocab_size', 2),
    layerNormEps: reader.number('layer_norm_eps', 1e-12),
    ...readHeads(reader, heads, ['replacedToken']),
  };
  checkHeadSizes(config.hiddenSize, config.numAttentionHeads);
  checkAbsolutePositions(reader);
  return config;
}

/** Reads the weights of an ELECTRA, generator or discriminator, or a shard's share of them. */
export function loadElectra(
  config: ElectraConfig,
  checkpoint: Checkpoint,
  backend: Backend,
  plan: WeightPlan = ALL_WEIGHTS,
): Promise<EncoderStack> {
  const current = withCurrentNames(checkpoint);
  const prefix = prefixOf(current, 'electra.');
  const { embeddingSize, hiddenSize } = config;
  const layout: EncoderLayout = {
    architecture: 'ELECTRA',
    embeddings: {
      ...bertEmbeddings(prefix),
      size: embeddingSize,
      ...(embeddingSize !== hiddenSize && { projection: `${prefix}embeddings_project` }),
    },
    firstPosition: 0,
    block: (index) => bertBlock(`${prefix}encoder.layer.${index}`),
    head: (kind, has) => headOf(config, prefix, kind, has),
    notNeeded: [
      /^(generator_predictions|generator_lm_head|discriminator_predictions|classifier|qa_outputs)\./,
      /^(electra\.)?embeddings\.position_ids$/,
    ],
  };
  return EncoderStack.load(config, layout, current, backend, plan);
}

function headOf(
  { hiddenSize, embeddingSize, vocabSize, hiddenAct, layerNormEps, labels }: ElectraConfig,
  prefix: string,
  kind: HeadKind,
  has: HasTensor,
): OutputHeadOptions | undefined {
  switch (kind) {
    case 'maskedLM': {
      const output = lastLayer('generator_lm_head', vocabSize);
      return {
        over: 'tokens',
        hiddenSize,
        // Back to the embeddings' size, so that the last layer can be tied to them.
        dense: {
          name: 'generator_predictions.dense',
          features: embeddingSize,
          activation: 'gelu',
          norm: { name: 'generator_predictions.LayerNorm', epsilon: layerNormEps },
        },
        output: has(output.weight) ? output : { ...output, weight: bertEmbeddings(prefix).words },
      };
    }
    case 'replacedToken':
      return {
        over: 'tokens',
        hiddenSize,
        dense: { name: 'discriminator_predictions.dense', features: hiddenSize, activation: hiddenAct },
        output: lastLayer('discriminator_predictions.dense_prediction', 1),
      };
    case 'sequenceClassification':
      return {
        over: 'sequences',
        hiddenSize,
        dense: { name: 'classifier.dense', features: hiddenSize, activation: 'gelu' },
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
