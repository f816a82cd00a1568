import type { LinearWeights } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { Embedding } from '../../nn/modules/embedding.ts';
import { LayerNorm } from '../../nn/modules/norm.ts';
import { TaskHead } from '../../nn/modules/task-head.ts';
import { loadBlock } from '../../nn/transformer/load-block.ts';
import type { TransformerBlock } from '../../nn/transformer/transformer-block.ts';
import { loadEach } from '../load-parts.ts';
import type { EncoderSizes } from './encoder-config.ts';
import type { EncoderLayout } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** The layers of an encoder. */
export interface EncoderParts {
  readonly tokenEmbeddings: Embedding;
  readonly positionEmbeddings: Embedding;
  readonly tokenTypeEmbeddings: Embedding | undefined;
  readonly embeddingNorm: LayerNorm;
  readonly embeddingProjection: LinearWeights | undefined;
  readonly blocks: readonly TransformerBlock[];
  /** By kind; undefined in shards other than the first. */
  readonly taskHeads: ReadonlyMap<TaskHeadKind, TaskHead | undefined>;
}

/** Loads an encoder's weights, or a shard's slices of them. */
export async function loadEncoderParts(
  loader: WeightLoader,
  sizes: EncoderSizes,
  layout: EncoderLayout,
): Promise<EncoderParts> {
  return {
    ...(await loadEmbeddings(loader, sizes, layout)),
    blocks: await loadEach(sizes.numHiddenLayers, (index) =>
      loadBlock(loader, `blocks.${index}`, layout.block(index), {
        hiddenSize: sizes.hiddenSize,
        // In 4 bits, the projections that read the residual stream cost the most accuracy: they are kept in 8.
        attention: { heads: sizes.numAttentionHeads, minBits: 8 },
        feedForward: {
          intermediateSize: sizes.intermediateSize,
          activation: sizes.hiddenAct,
          minBits: 8,
        },
        norm: 'layerNorm',
        normEps: sizes.layerNormEps,
        normFirst: false,
      }),
    ),
    taskHeads: await loadTaskHeads(loader, sizes, layout),
  };
}

async function loadEmbeddings(loader: WeightLoader, sizes: EncoderSizes, layout: EncoderLayout) {
  const { hiddenSize, layerNormEps } = sizes;
  const { tokenTypeEmbeddings, embeddingProjection, embeddingSize = hiddenSize } = layout;
  const table = (name: string, rows: number) => Embedding.load(loader, name, rows, embeddingSize);
  return {
    tokenEmbeddings: await table(layout.tokenEmbeddings, sizes.vocabSize),
    positionEmbeddings: await table(layout.positionEmbeddings, sizes.maxPositionEmbeddings),
    tokenTypeEmbeddings:
      tokenTypeEmbeddings === undefined ? undefined : await table(tokenTypeEmbeddings, sizes.typeVocabSize),
    embeddingNorm: await LayerNorm.load(loader, layout.embeddingNorm, embeddingSize, layerNormEps),
    embeddingProjection:
      embeddingProjection === undefined
        ? undefined
        : await loader.linear({
            parts: [{ layer: embeddingProjection, outFeatures: hiddenSize }],
            inFeatures: embeddingSize,
          }),
  };
}

async function loadTaskHeads(loader: WeightLoader, sizes: EncoderSizes, layout: EncoderLayout) {
  const heads = new Map<TaskHeadKind, TaskHead | undefined>();
  for (const kind of sizes.taskHeads) {
    const options = layout.taskHead(kind, (name) => loader.has(name));
    if (!options) throw new ConfigError(`${layout.architecture}: the architecture has no head ${kind}`);
    heads.set(kind, await TaskHead.load(loader, options));
  }
  return heads;
}
