import { prefixOf, withCurrentNames } from '../checkpoint-names.ts';
import { ConfigReader } from '../config.ts';
import { BERT_BASE, bertEmbeddings, readBertSizes, tiedDecoder } from './bert-family.ts';
import { bertHead } from './bert-heads.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import type { EncoderFamily } from './family.ts';
import type { EncoderLayout } from './layout.ts';

/**
 * The configuration of an ALBERT (Lan et al. 2020, https://arxiv.org/abs/1909.11942): BERT whose blocks share their weights, which are held
 * once, with small embeddings that are projected to the hidden size. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/albert/modeling_albert.py
 */
export interface AlbertConfig extends EncoderSizes {
  readonly modelType: 'albert';
  readonly embeddingSize: number;
  /** Groups of successive layers that share their weights. */
  readonly numHiddenGroups: number;
  /** Blocks of a layer, each with weights of its own. `numHiddenLayers` counts blocks. */
  readonly innerGroupNum: number;
}

const ALBERT_XXLARGE = {
  ...BERT_BASE,
  vocabSize: 30_000,
  hiddenSize: 4096,
  numAttentionHeads: 64,
  intermediateSize: 16_384,
};

export const family: EncoderFamily<AlbertConfig> = {
  parse(json, heads) {
    const withActivation = new ConfigReader(json).has('hidden_act')
      ? json
      : { ...(json as object), hidden_act: 'gelu_new' };
    const reader = new ConfigReader(withActivation);
    const sizes = readBertSizes(reader, ALBERT_XXLARGE);
    const innerGroupNum = reader.size('inner_group_num', 1);
    return {
      modelType: 'albert',
      ...sizes,
      numHiddenLayers: sizes.numHiddenLayers * innerGroupNum,
      embeddingSize: reader.size('embedding_size', 128),
      numHiddenGroups: reader.size('num_hidden_groups', 1),
      innerGroupNum,
      contextLength: sizes.maxPositionEmbeddings,
      ...readTaskHeads(reader, heads, ['maskedLM']),
    };
  },

  load(config, stored, backend, plan) {
    const checkpoint = withCurrentNames(stored);
    const prefix = prefixOf(checkpoint, 'albert.');
    const { embeddingSize, numHiddenLayers, numHiddenGroups, innerGroupNum } = config;
    const layers = numHiddenLayers / innerGroupNum;
    const groupOf = (layer: number) => Math.trunc(layer / (layers / numHiddenGroups));
    const placeOf = (index: number) => {
      const layer = Math.floor(index / innerGroupNum);
      return { group: groupOf(layer), inner: index % innerGroupNum };
    };
    const layout: EncoderLayout = {
      architecture: 'ALBERT',
      ...bertEmbeddings(prefix),
      embeddingSize,
      embeddingProjection: `${prefix}encoder.embedding_hidden_mapping_in`,
      firstPosition: 0,
      sharedBlock(index) {
        const { group, inner } = placeOf(index);
        let first = 0;
        while (groupOf(first) < group) first++;
        return first * innerGroupNum + inner;
      },
      block(index) {
        const { group, inner } = placeOf(index);
        const layer = `${prefix}encoder.albert_layer_groups.${group}.albert_layers.${inner}`;
        const attention = `${layer}.attention`;
        return {
          attention: {
            query: `${attention}.query`,
            key: `${attention}.key`,
            value: `${attention}.value`,
            output: `${attention}.dense`,
          },
          attentionNorm: `${attention}.LayerNorm`,
          feedForward: { up: `${layer}.ffn`, down: `${layer}.ffn_output` },
          feedForwardNorm: `${layer}.full_layer_layer_norm`,
        };
      },
      taskHead: (kind, has) => {
        const maskedLM = {
          dense: 'predictions.dense',
          features: embeddingSize,
          norm: 'predictions.LayerNorm',
          output: tiedDecoder(has, prefix, 'predictions', config.vocabSize),
        };
        return bertHead(config, { pooler: `${prefix}pooler`, maskedLM }, kind);
      },
      ignoredTensors: [
        /^(albert\.)?pooler\./,
        /^(predictions|sop_classifier|classifier|qa_outputs)\./,
        /^(\w+\.)?embeddings\.position_ids$/,
      ],
    };
    return EncoderStack.load(config, layout, checkpoint, backend, plan);
  },
};
