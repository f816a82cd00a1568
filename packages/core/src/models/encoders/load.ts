import type { LinearWeights } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { Embedding } from '../../nn/modules/embedding.ts';
import { loadNorm, type Norm } from '../../nn/modules/norm.ts';
import type { TaskHead, TaskHeadOptions } from '../../nn/modules/task-head.ts';
import type { LazyTable } from '../../nn/run/shard.ts';
import { type BlockOptions, loadBlock } from '../../nn/transformer/load-block.ts';
import type { TransformerBlock } from '../../nn/transformer/transformer-block.ts';
import { loadEach } from '../load-parts.ts';
import type { EncoderSizes } from './encoder-config.ts';
import type { EncoderAdditions, EncoderLayout } from './layout.ts';
import type { TaskHeadKind } from './task-heads.ts';

/** The layers of an encoder. */
export interface EncoderParts {
  readonly tokenEmbeddings: Embedding | LazyTable;
  readonly positionEmbeddings: Embedding | undefined;
  readonly tokenTypeEmbeddings: Embedding | undefined;
  readonly embeddingNorm: Norm;
  readonly embeddingProjection: LinearWeights | undefined;
  readonly blocks: readonly TransformerBlock[];
  readonly finalNorm: Norm | undefined;
  readonly additions: EncoderAdditions;
  /** By kind; undefined in shards other than the first. */
  readonly taskHeads: ReadonlyMap<TaskHeadKind, TaskHead | undefined>;
}

/** Loads an encoder's weights, or a shard's slices of them. */
export async function loadEncoderParts(
  loader: WeightLoader,
  sizes: EncoderSizes,
  layout: EncoderLayout,
): Promise<EncoderParts> {
  const additions = (await layout.additions?.(loader)) ?? {};
  const { hiddenSize, layerNormEps } = sizes;
  const { norm = 'layerNorm', finalNorm } = layout;
  return {
    ...(await loadEmbeddings(loader, sizes, layout)),
    blocks: await loadBlocks(loader, sizes, layout, additions),
    finalNorm:
      finalNorm === undefined ? undefined : await loadNorm(norm, loader, finalNorm, hiddenSize, layerNormEps),
    taskHeads: await loadTaskHeads(loader, sizes, layout),
    additions,
  };
}

async function loadBlocks(
  loader: WeightLoader,
  sizes: EncoderSizes,
  layout: EncoderLayout,
  additions: EncoderAdditions,
): Promise<readonly TransformerBlock[]> {
  const { numHiddenLayers, hiddenSize, numAttentionHeads, intermediateSize, hiddenAct, layerNormEps } = sizes;
  const { norm = 'layerNorm', normFirst = false } = layout;
  const options: BlockOptions = {
    hiddenSize,
    // In 4 bits, the projections that read the residual stream cost the most accuracy: they are kept in 8.
    attention: { heads: numAttentionHeads, minBits: 8 },
    feedForward: { intermediateSize, activation: hiddenAct, minBits: 8 },
    norm,
    normEps: layerNormEps,
    normFirst,
  };
  const blocks: TransformerBlock[] = [];
  return loadEach(numHiddenLayers, async (index) => {
    const name = `blocks.${index}`;
    const shared = blocks[layout.sharedBlock?.(index) ?? index];
    const attention = { ...options.attention, ...(await additions.attention?.(index)) };
    const block =
      shared?.named(name) ?? (await loadBlock(loader, name, layout.block(index), { ...options, attention }));
    blocks.push(block);
    return block;
  });
}

async function loadEmbeddings(loader: WeightLoader, sizes: EncoderSizes, layout: EncoderLayout) {
  const { hiddenSize, layerNormEps } = sizes;
  const { tokenTypeEmbeddings, embeddingProjection, embeddingSize = hiddenSize } = layout;
  const table = (name: string, rows: number, minBits?: 8) =>
    Embedding.load(loader, name, rows, embeddingSize, minBits);
  return {
    tokenEmbeddings:
      loader.words?.(loader, layout.tokenEmbeddings, sizes.vocabSize, embeddingSize) ??
      (await table(layout.tokenEmbeddings, sizes.vocabSize)),
    positionEmbeddings:
      layout.positionEmbeddings === undefined
        ? undefined
        : await table(layout.positionEmbeddings, sizes.maxPositionEmbeddings, 8),
    tokenTypeEmbeddings:
      tokenTypeEmbeddings === undefined
        ? undefined
        : await table(tokenTypeEmbeddings, sizes.typeVocabSize, 8),
    embeddingNorm: await loadNorm(
      layout.norm ?? 'layerNorm',
      loader,
      layout.embeddingNorm,
      embeddingSize,
      layerNormEps,
    ),
    embeddingProjection:
      embeddingProjection === undefined
        ? undefined
        : await loader.linear({
            parts: [{ layer: embeddingProjection, outFeatures: hiddenSize }],
            inFeatures: embeddingSize,
          }),
  };
}

/** Throws `ConfigError` where transformers would leave a part of the output layer at its initial values. */
function checkUntied({ output: { weight, bias } }: TaskHeadOptions, layout: EncoderLayout): void {
  const isOwn = bias === undefined || bias === weight.replace(/weight$/, 'bias');
  if (weight !== layout.tokenEmbeddings && isOwn) return;
  throw new ConfigError(
    `config.json: tie_word_embeddings is false, so the head for masked tokens needs an output layer of its own; the checkpoint has only ${weight}${bias === undefined ? '' : ` and ${bias}`}. Set tie_word_embeddings to true if they are shared`,
  );
}

async function loadTaskHeads(loader: WeightLoader, sizes: EncoderSizes, layout: EncoderLayout) {
  const heads = new Map<TaskHeadKind, TaskHead | undefined>();
  for (const kind of sizes.taskHeads) {
    const options = layout.taskHead(kind, (name) => loader.has(name));
    if (!options) throw new ConfigError(`${layout.architecture}: the architecture has no head ${kind}`);
    if (sizes.untiedHead && kind === 'maskedLM') checkUntied(options, layout);
    // Imported on demand: models that embed have none.
    const { TaskHead } = await import('../../nn/modules/task-head.ts');
    heads.set(kind, await TaskHead.load(loader, options));
  }
  return heads;
}
