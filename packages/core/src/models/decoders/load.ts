import type { LinearWeights } from '../../backend/backend.ts';
import { type LoadAttentionOptions, loadSelfAttention } from '../../nn/attention/load-attention.ts';
import { type MultiHead, shardHeads } from '../../nn/attention/multi-head.ts';
import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { Embedding } from '../../nn/modules/embedding.ts';
import { FeedForward } from '../../nn/modules/feed-forward.ts';
import { loadHeadNorm } from '../../nn/modules/head-norms.ts';
import { loadVocabulary, type Vocabulary } from '../../nn/modules/lm-head.ts';
import { loadNorm, NO_NORM, type Norm } from '../../nn/modules/norm.ts';
import { RotaryEmbedding } from '../../nn/positions/rotary.ts';
import { shardRange } from '../../nn/run/shard.ts';
import type { ResidualBlock } from '../../nn/transformer/residual-block.ts';
import { TransformerBlock } from '../../nn/transformer/transformer-block.ts';
import { loadEach } from '../load-parts.ts';
import type { DecoderSizes } from './decoder-config.ts';
import type { DecoderBlockLayout, DecoderLayout } from './layout.ts';

/** The layers of a decoder-only model. */
export interface DecoderParts extends Vocabulary {
  readonly positionEmbeddings: Embedding | undefined;
  /** Layers to and from hiddenSize; in all shards. */
  readonly projections: { readonly input: LinearWeights; readonly output: LinearWeights } | undefined;
  readonly rotary: readonly RotaryEmbedding[];
  readonly blocks: readonly (TransformerBlock | ResidualBlock)[];
  readonly finalNorm: Norm;
}

/** Loads a decoder's weights, or a shard's slices of them. */
export async function loadDecoderParts(
  loader: WeightLoader,
  sizes: DecoderSizes,
  layout: DecoderLayout,
): Promise<DecoderParts> {
  const { vocabSize, hiddenSize, contextLength, normEps } = sizes;
  const { positionEmbeddings, norm, projections, finalNorm, headBias } = layout;
  const names = {
    tokenEmbeddings: layout.tokenEmbeddings,
    head: { weight: layout.head, ...(headBias !== undefined && { flatBias: headBias }) },
    tied: sizes.tieWordEmbeddings,
  };
  const embeddingSize = projections?.size ?? hiddenSize;
  const vocabulary = await loadVocabulary(loader, names, vocabSize, embeddingSize, layout.logits);
  const rotary = (layout.rotary ?? []).map((options) => new RotaryEmbedding(loader.backend, options));
  const blocks = await loadEach(sizes.numHiddenLayers, (index) =>
    loadDecoderBlock(loader, `blocks.${index}`, sizes, layout, layout.block(index), rotary),
  );
  return {
    ...vocabulary,
    positionEmbeddings:
      positionEmbeddings &&
      (await Embedding.load(
        loader,
        positionEmbeddings.name,
        contextLength + positionEmbeddings.offset,
        hiddenSize,
        8,
      )),
    projections: projections && {
      input: await loader.linearOf(`${projections.input}.weight`, undefined, embeddingSize, hiddenSize),
      output: await loader.linearOf(`${projections.output}.weight`, undefined, hiddenSize, embeddingSize),
    },
    rotary,
    blocks,
    finalNorm:
      finalNorm === undefined ? NO_NORM : await loadNorm(norm, loader, finalNorm, hiddenSize, normEps),
  };
}

async function loadDecoderBlock(
  loader: WeightLoader,
  name: string,
  sizes: DecoderSizes,
  layout: DecoderLayout,
  block: DecoderBlockLayout,
  rotary: readonly RotaryEmbedding[],
): Promise<TransformerBlock | ResidualBlock> {
  const { hiddenSize, intermediateSize, hiddenAct: activation, normEps } = sizes;
  const { parallel = false, residualScale } = layout;
  const normOf = async (tensor: string | undefined) =>
    tensor === undefined ? undefined : loadNorm(layout.norm, loader, tensor, hiddenSize, normEps);
  const attention = await loadAttention(loader, `${name}.attention`, sizes, block, rotary);
  const attentionNorm = await normOf(block.attentionNorm);
  const feedForward = await loadFeedForward(loader, `${name}.feedForward`, block, {
    hiddenSize,
    intermediateSize,
    activation,
  });
  const feedForwardNorm = await normOf(block.feedForwardNorm);
  const attentionOutputNorm = await normOf(block.attentionOutputNorm);
  const feedForwardOutputNorm = await normOf(block.feedForwardOutputNorm);
  const isPlain = !parallel && residualScale === undefined && !attentionOutputNorm && !feedForwardOutputNorm;
  if (isPlain && attentionNorm && feedForwardNorm && feedForward instanceof FeedForward) {
    const parts = { attention, attentionNorm, feedForward, feedForwardNorm };
    return new TransformerBlock(name, parts, layout.blockNorms !== 'post');
  }
  // Imported on demand: GPT-2 and the Llama family have no such blocks.
  const { ResidualBlock } = await import('../../nn/transformer/residual-block.ts');
  return new ResidualBlock(name, {
    attention,
    feedForward,
    attentionNorm,
    attentionOutputNorm,
    feedForwardNorm,
    feedForwardOutputNorm,
    parallel,
    residualScale,
  });
}

async function loadAttention(
  loader: WeightLoader,
  name: string,
  sizes: DecoderSizes,
  { attention, attentionOptions, headNorms, rotary: rotaryIndex = 0 }: DecoderBlockLayout,
  rotary: readonly RotaryEmbedding[],
): Promise<MultiHead> {
  const { hiddenSize, numAttentionHeads: heads, numKeyValueHeads: keyValueHeads, headDim, normEps } = sizes;
  const embedding = rotaryIndex === null ? undefined : rotary[rotaryIndex];
  const options: LoadAttentionOptions = {
    hiddenSize,
    heads,
    keyValueHeads,
    headDim,
    ...attentionOptions,
    ...(embedding && { rotary: embedding }),
  };
  if (!headNorms) return loadSelfAttention(loader, name, attention, options);
  const { kind = 'rmsNorm' } = headNorms;
  const range = shardRange(keyValueHeads, loader.shard);
  const queries = shardHeads(heads, keyValueHeads, headDim, loader.shard).heads;
  const shared = { headDim, epsilon: normEps };
  return loadSelfAttention(loader, name, attention, {
    ...options,
    ...(kind === 'allHeads' && { projectsAllHeads: true }),
    queryNorm: await loadHeadNorm(loader, headNorms.query, kind, { ...shared, heads, range: queries }),
    keyNorm: await loadHeadNorm(loader, headNorms.key, kind, { ...shared, heads: keyValueHeads, range }),
  });
}

async function loadFeedForward(
  loader: WeightLoader,
  name: string,
  { feedForward: names, feedForwardBiases: biases, experts }: DecoderBlockLayout,
  sizes: Pick<DecoderSizes, 'hiddenSize' | 'intermediateSize'> & { activation: DecoderSizes['hiddenAct'] },
) {
  if (!experts) return FeedForward.load(loader, name, { ...sizes, biases, names });
  const { hiddenSize, activation } = sizes;
  const { MixtureOfExperts } = await import('../../nn/modules/mixture-of-experts.ts');
  return MixtureOfExperts.load(loader, name, { ...experts, hiddenSize, activation });
}
