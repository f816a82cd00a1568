import type { Encoder } from '../../models/encoders/encoder.ts';
import type { TokenBatch } from '../../models/token-batch.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { packTokens, type TokenExample } from '../data/packing.ts';
import {
  type MultipleNegativesRankingOptions,
  multipleNegativesRanking,
  RANKING_OPTIONS,
} from '../losses/contrastive.ts';
import type { Objective, TrainingBatch } from './objective.ts';

/** Two texts that belong together, such as a question and its answer. */
export interface PairExample {
  readonly anchor: TokenExample;
  readonly positive: TokenExample;
  /** A text that seems to belong to the anchor but does not (a hard negative). */
  readonly negative?: TokenExample;
}

export interface PairBatch extends TokenBatch, TrainingBatch {
  /** Sequences are the anchors, then as many positives, then negatives. */
  readonly pairs: number;
}

/** Options of {@link contrastiveEmbedding}. */
export interface ContrastiveEmbeddingOptions extends MultipleNegativesRankingOptions {
  /** How hidden states are pooled: their mean, or that of the first token. Default `mean`. */
  readonly pooling?: 'mean' | 'cls';
}

const OPTIONS = {
  ...RANKING_OPTIONS,
  scale: 'positive',
  pooling: ['mean', 'cls'],
} satisfies OptionNames<ContrastiveEmbeddingOptions>;

/**
 * Sentence embeddings from pairs: {@link multipleNegativesRanking} of pooled hidden states, in which the other texts of the batch are negatives.
 * A batch should not have two pairs of equal meaning. Metrics in evaluation: `accuracy`, the anchors whose most similar candidate is their
 * positive.
 */
export function contrastiveEmbedding(
  options: ContrastiveEmbeddingOptions = {},
): Objective<Encoder, PairExample, PairBatch> {
  checkOptions('contrastiveEmbedding', options, OPTIONS);
  const { pooling = 'mean', similarity = 'cosine', ...ranking } = options;
  return {
    name: 'contrastiveEmbedding',
    lengthOf: ({ anchor, positive, negative }) =>
      anchor.ids.length + positive.ids.length + (negative?.ids.length ?? 0),
    collate(examples) {
      const texts = [
        ...examples.map(({ anchor }) => anchor),
        ...examples.map(({ positive }) => positive),
        ...examples.flatMap(({ negative }) => (negative ? [negative] : [])),
      ];
      const batch = packTokens(texts);
      return { ...batch, pairs: examples.length, tokens: batch.ids.length, targets: examples.length };
    },
    loss(batch, ctx) {
      const { backend, model } = ctx;
      const { offsets, pairs } = batch;
      const hidden = ctx.run(offsets, (forward) => model.forward(forward, batch));
      const pooled =
        pooling === 'mean'
          ? backend.meanPool(hidden, offsets)
          : backend.embedding(hidden, offsets.slice(0, -1));
      if (!ctx.training) {
        const [rows = 0, width = 0] = pooled.shape;
        ctx.addMetric('accuracy', rankedFirst(backend.read(pooled), rows, width, pairs, similarity), pairs);
      }
      const anchors = backend.rows(pooled, 0, pairs);
      return multipleNegativesRanking(backend, anchors, backend.rows(pooled, pairs, pooled.shape[0]!), {
        ...ranking,
        similarity,
      });
    },
  };
}

/** The number of anchors whose most similar candidate is their positive. */
function rankedFirst(
  vectors: Float32Array,
  rows: number,
  width: number,
  pairs: number,
  similarity: 'cosine' | 'dot',
): number {
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += vectors[a * width + i]! * vectors[b * width + i]!;
    return sum;
  };
  let first = 0;
  for (let anchor = 0; anchor < pairs; anchor++) {
    let [best, bestScore] = [-1, -Infinity];
    for (let row = pairs; row < rows; row++) {
      // The norm of the anchor does not change the order.
      const score = dot(anchor, row) / (similarity === 'cosine' ? Math.sqrt(dot(row, row)) : 1);
      if (score > bestScore) [best, bestScore] = [row, score];
    }
    if (best === pairs + anchor) first++;
  }
  return first;
}
