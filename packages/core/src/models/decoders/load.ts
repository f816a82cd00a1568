import type { WeightLoader } from '../../nn/load/weight-loader.ts';
import { Embedding } from '../../nn/modules/embedding.ts';
import { loadVocabulary, type Vocabulary } from '../../nn/modules/lm-head.ts';
import { loadNorm, type Norm } from '../../nn/modules/norm.ts';
import { RotaryEmbedding } from '../../nn/positions/rotary.ts';
import { loadBlock } from '../../nn/transformer/load-block.ts';
import type { TransformerBlock } from '../../nn/transformer/transformer-block.ts';
import { loadEach } from '../load-parts.ts';
import type { DecoderSizes } from './decoder-config.ts';
import type { DecoderLayout } from './layout.ts';

/** The layers of a decoder-only model. */
export interface DecoderParts extends Vocabulary {
  readonly positionEmbeddings: Embedding | undefined;
  readonly rotary: RotaryEmbedding | undefined;
  readonly blocks: readonly TransformerBlock[];
  readonly finalNorm: Norm;
}

/** Loads a decoder's weights, or a shard's slices of them. */
export async function loadDecoderParts(
  loader: WeightLoader,
  sizes: DecoderSizes,
  layout: DecoderLayout,
): Promise<DecoderParts> {
  const { vocabSize, hiddenSize, contextLength, normEps } = sizes;
  const { positionEmbeddings, norm } = layout;
  const names = {
    tokenEmbeddings: layout.tokenEmbeddings,
    head: { weight: layout.head },
    tied: sizes.tieWordEmbeddings,
  };
  const vocabulary = await loadVocabulary(loader, names, vocabSize, hiddenSize);
  const rotary = layout.rotary && new RotaryEmbedding(loader.backend, layout.rotary);
  const blocks = await loadEach(sizes.numHiddenLayers, (index) => {
    const block = layout.block(index);
    return loadBlock(loader, `blocks.${index}`, block, {
      hiddenSize,
      attention: {
        heads: sizes.numAttentionHeads,
        keyValueHeads: sizes.numKeyValueHeads,
        headDim: sizes.headDim,
        ...block.attentionOptions,
        ...(rotary && { rotary }),
      },
      feedForward: {
        intermediateSize: sizes.intermediateSize,
        activation: sizes.hiddenAct,
        biases: block.feedForwardBiases,
      },
      norm,
      normEps,
      normFirst: true,
    });
  });
  return {
    ...vocabulary,
    positionEmbeddings:
      positionEmbeddings === undefined
        ? undefined
        : await Embedding.load(loader, positionEmbeddings, contextLength, hiddenSize),
    rotary,
    blocks,
    finalNorm: await loadNorm(norm, loader, layout.finalNorm, hiddenSize, normEps),
  };
}
