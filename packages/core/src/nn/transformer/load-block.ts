import {
  type AttentionLayers,
  type LoadAttentionOptions,
  loadCrossAttention,
  loadSelfAttention,
} from '../attention/load-attention.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { FeedForward, type FeedForwardNames, type FeedForwardOptions } from '../modules/feed-forward.ts';
import { loadNorm, NO_NORM, type NormKind } from '../modules/norm.ts';
import { DecoderBlock } from './decoder-block.ts';
import { TransformerBlock, type TransformerBlockParts } from './transformer-block.ts';

/** The names of a block's layers in a checkpoint. */
export interface BlockNames {
  readonly attention: AttentionLayers;
  /** Undefined: the input of the attention is not normalised (the first block of ModernBERT). */
  readonly attentionNorm: string | undefined;
  readonly feedForward: FeedForwardNames;
  readonly feedForwardNorm: string;
}

/** The names of a decoder block's layers in a checkpoint. */
export interface DecoderBlockNames extends BlockNames {
  readonly crossAttention: AttentionLayers;
  readonly crossAttentionNorm: string;
}

/** Sizes and arithmetic of a block. */
export interface BlockOptions {
  readonly hiddenSize: number;
  readonly attention: Omit<LoadAttentionOptions, 'hiddenSize' | 'queryNorm' | 'keyNorm'>;
  readonly feedForward: Omit<FeedForwardOptions, 'hiddenSize' | 'names'>;
  readonly norm: NormKind;
  readonly normEps: number;
  /** Pre-norm rather than post-norm. */
  readonly normFirst: boolean;
}

/** Loads an encoder's or decoder-only model's block. `name` prefixes the names of its activations. */
export async function loadBlock(
  loader: WeightLoader,
  name: string,
  names: BlockNames,
  options: BlockOptions,
): Promise<TransformerBlock> {
  return new TransformerBlock(
    name,
    {
      ...(await loadAttentionPart(loader, name, names, options)),
      ...(await loadFeedForwardPart(loader, name, names, options)),
    },
    options.normFirst,
  );
}

/** Loads the block of a decoder with cross-attention. */
export async function loadDecoderBlock(
  loader: WeightLoader,
  name: string,
  names: DecoderBlockNames,
  options: BlockOptions,
): Promise<DecoderBlock> {
  const { hiddenSize, attention, norm, normEps } = options;
  // Positions of the source and of the target cannot be compared.
  const { rotary: _, ...crossAttention } = attention;
  const crossOptions = { ...crossAttention, hiddenSize };
  return new DecoderBlock(
    name,
    {
      ...(await loadAttentionPart(loader, name, names, options)),
      crossAttention: await loadCrossAttention(
        loader,
        `${name}.crossAttention`,
        names.crossAttention,
        crossOptions,
      ),
      crossAttentionNorm: await loadNorm(norm, loader, names.crossAttentionNorm, hiddenSize, normEps),
      ...(await loadFeedForwardPart(loader, name, names, options)),
    },
    options.normFirst,
  );
}

async function loadAttentionPart(
  loader: WeightLoader,
  name: string,
  { attention: layers, attentionNorm }: BlockNames,
  { hiddenSize, attention, norm, normEps }: BlockOptions,
): Promise<Pick<TransformerBlockParts, 'attention' | 'attentionNorm'>> {
  const options = { ...attention, hiddenSize };
  return {
    attention: await loadSelfAttention(loader, `${name}.attention`, layers, options),
    attentionNorm:
      attentionNorm === undefined
        ? NO_NORM
        : await loadNorm(norm, loader, attentionNorm, hiddenSize, normEps),
  };
}

async function loadFeedForwardPart(
  loader: WeightLoader,
  name: string,
  names: BlockNames,
  { hiddenSize, feedForward, norm, normEps }: BlockOptions,
): Promise<Pick<TransformerBlockParts, 'feedForward' | 'feedForwardNorm'>> {
  const options = { ...feedForward, hiddenSize, names: names.feedForward };
  return {
    feedForward: await FeedForward.load(loader, `${name}.feedForward`, options),
    feedForwardNorm: await loadNorm(norm, loader, names.feedForwardNorm, hiddenSize, normEps),
  };
}
