import { AlibiBias } from '../../nn/positions/alibi.ts';
import { shardRange } from '../../nn/run/shard.ts';
import { prefixOf, withCurrentNames } from '../checkpoint-names.ts';
import { ConfigReader } from '../config.ts';
import { checkSupported } from '../supported-values.ts';
import { BERT_BASE, bertBlock, bertEmbeddings, readBertSizes, tiedDecoder } from './bert-family.ts';
import { bertHead } from './bert-heads.ts';
import { type EncoderSizes, readTaskHeads } from './encoder-config.ts';
import { EncoderStack } from './encoder-stack.ts';
import { type EncoderFamily, packedLayer } from './family.ts';
import type { EncoderLayout } from './layout.ts';

/**
 * The configuration of a JinaBERT (Günther et al. 2023, https://arxiv.org/abs/2310.19923; jina-embeddings-v2): BERT with ALiBi's biases of the
 * scores instead of position embeddings (Press et al. 2022) and gated feed-forward networks. Its config.json has the `model_type` of BERT and
 * `position_embedding_type: alibi`. The authors' code: https://huggingface.co/jinaai/jina-bert-implementation
 */
export interface JinaBertConfig extends EncoderSizes {
  readonly modelType: 'jina-bert';
  readonly gated: boolean;
  /** The activation function of the heads, `hidden_act`; gated feed-forward networks have that of their type. */
  readonly headAct: EncoderSizes['hiddenAct'];
}

export const family: EncoderFamily<JinaBertConfig> = {
  parse(json, heads) {
    checkSupported(new ConfigReader(json), { feed_forward_type: ['original', 'geglu', 'reglu'] });
    const { position_embedding_type: _, ...rest } = json as Record<string, unknown>;
    const reader = new ConfigReader(rest);
    const sizes = readBertSizes(reader, BERT_BASE);
    const feedForward = reader.text('feed_forward_type', 'original');
    const gates = { geglu: 'gelu', reglu: 'relu' } as const;
    return {
      modelType: 'jina-bert',
      ...sizes,
      contextLength: sizes.maxPositionEmbeddings,
      gated: feedForward !== 'original',
      headAct: sizes.hiddenAct,
      ...(feedForward !== 'original' && { hiddenAct: gates[feedForward as keyof typeof gates] }),
      ...readTaskHeads(reader, heads, ['maskedLM']),
    };
  },

  load(config, stored, backend, plan) {
    const checkpoint = withCurrentNames(stored);
    const prefix = prefixOf(checkpoint, 'bert.');
    const { intermediateSize, numAttentionHeads } = config;
    const { positionEmbeddings: _, ...embeddings } = bertEmbeddings(prefix);
    const layout: EncoderLayout = {
      architecture: 'JinaBERT',
      ...embeddings,
      firstPosition: 0,
      block(index) {
        const layer = `${prefix}encoder.layer.${index}`;
        const block = bertBlock(layer);
        if (!config.gated) return block;
        const half = (part: number) =>
          packedLayer(`${layer}.mlp.gated_layers`, {
            index: part,
            count: 2,
            features: intermediateSize,
            bias: false,
          });
        return {
          ...block,
          feedForward: { gate: half(0), up: half(1), down: `${layer}.mlp.wo` },
          feedForwardNorm: `${layer}.mlp.layernorm`,
        };
      },
      async additions(loader) {
        const alibi = new AlibiBias(numAttentionHeads);
        const { from, to } = shardRange(numAttentionHeads, loader.shard);
        return {
          scoreBias({ backend }, longest) {
            if (from === to) return undefined;
            const size = longest * longest;
            const { data } = alibi.forward(longest);
            return backend.tensor(data.subarray(from * size, to * size), [1, to - from, longest, longest]);
          },
        };
      },
      taskHead: (kind, has) => {
        const transform = 'cls.predictions.transform';
        const maskedLM = {
          dense: `${transform}.dense`,
          norm: `${transform}.LayerNorm`,
          output: tiedDecoder(has, prefix, 'cls.predictions', config.vocabSize),
        };
        return bertHead(
          { ...config, hiddenAct: config.headAct },
          { pooler: `${prefix}pooler.dense`, maskedLM },
          kind,
        );
      },
      ignoredTensors: [
        /^(bert\.)?pooler\./,
        /^(cls|classifier|qa_outputs)\./,
        /^(\w+\.)?(embeddings\.position_ids|encoder\.alibi)$/,
      ],
    };
    return EncoderStack.load(config, layout, checkpoint, backend, plan);
  },
};
