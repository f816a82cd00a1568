import { RelativeBias } from '../../nn/positions/relative-bias.ts';
import { shardRange } from '../../nn/run/shard.ts';
import { prefixOf, withCurrentNames } from '../checkpoint-names.ts';
import { ConfigReader } from '../config.ts';
import { checkSupported } from '../supported-values.ts';
import { BERT_BASE, bertEmbeddings, readBertSizes } from './bert-family.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import type { EncoderFamily } from './family.ts';
import type { EncoderLayout } from './layout.ts';
import { robertaHead } from './roberta.ts';

/**
 * The configuration of an MPNet (Song et al. 2020, https://arxiv.org/abs/2004.09297; all-mpnet-base-v2). Differences from RoBERTa: T5's relative
 * position bias, shared by all blocks, beside the absolute positions, and no segments. Hugging Face:
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/mpnet/modeling_mpnet.py
 */
export interface MPNetConfig extends EncoderSizes {
  readonly modelType: 'mpnet';
}

/** The padding position, whatever `pad_token_id` is: the first token of a text is at the next one. */
const PADDING_IDX = 1;

/** Hugging Face's class computes the distances for these buckets, whatever the configuration says. */
const BUCKETS = { numBuckets: 32, maxDistance: 128, bidirectional: true } as const;

export const family: EncoderFamily<MPNetConfig> = {
  parse(json, heads) {
    const reader = new ConfigReader(json);
    checkSupported(reader, { relative_attention_num_buckets: [BUCKETS.numBuckets] });
    const sizes = readBertSizes(reader, { ...BERT_BASE, vocabSize: 30_527 }, PADDING_IDX + 2);
    return {
      modelType: 'mpnet',
      ...sizes,
      typeVocabSize: 0,
      contextLength: sizes.maxPositionEmbeddings - PADDING_IDX - 1,
      ...readTaskHeads(reader, heads, []),
    };
  },

  load(config, stored, backend, plan) {
    const checkpoint = withCurrentNames(stored);
    const prefix = prefixOf(checkpoint, 'mpnet.');
    const { tokenTypeEmbeddings: _, ...embeddings } = bertEmbeddings(prefix);
    const heads = config.numAttentionHeads;
    const layout: EncoderLayout = {
      architecture: 'MPNet',
      ...embeddings,
      firstPosition: PADDING_IDX + 1,
      paddingId: PADDING_IDX,
      block(index) {
        const layer = `${prefix}encoder.layer.${index}`;
        return {
          attention: {
            query: `${layer}.attention.attn.q`,
            key: `${layer}.attention.attn.k`,
            value: `${layer}.attention.attn.v`,
            output: `${layer}.attention.attn.o`,
          },
          attentionNorm: `${layer}.attention.LayerNorm`,
          feedForward: { up: `${layer}.intermediate.dense`, down: `${layer}.output.dense` },
          feedForwardNorm: `${layer}.output.LayerNorm`,
        };
      },
      async additions(loader) {
        const name = `${prefix}encoder.relative_attention_bias.weight`;
        const range = shardRange(heads, loader.shard);
        const bias = await RelativeBias.load(loader, { name, heads, range }, BUCKETS);
        return {
          scoreBias: ({ backend }, longest) =>
            bias.heads === 0 ? undefined : bias.forward(backend, [0], longest, longest),
        };
      },
      taskHead: (kind, has) => robertaHead(config, prefix, kind, has),
      ignoredTensors: [
        /^(mpnet\.)?pooler\./,
        /^(lm_head|classifier|qa_outputs)\./,
        /^(\w+\.)?embeddings\.position_ids$/,
      ],
    };
    return EncoderStack.load(config, layout, checkpoint, backend, plan);
  },
};
