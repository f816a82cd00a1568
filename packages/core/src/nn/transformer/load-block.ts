import { loadMultiHead } from '../attention/in-projection.ts';
import type { MultiHead } from '../attention/multi-head.ts';
import { SelfAttention } from '../attention/self-attention.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { FeedForward } from '../modules/feed-forward.ts';
import { LayerNorm } from '../modules/layer-norm.ts';
import { DecoderBlock } from './decoder-block.ts';
import type { TransformerLayerOptions } from './options.ts';
import { TransformerBlock } from './transformer-block.ts';

type Options = Required<TransformerLayerOptions>;

/** A layer as `nn.TransformerEncoderLayer` stores it under `prefix`; `name` is what its activations are called. */
export async function loadEncoderBlock(
  loader: WeightLoader,
  prefix: string,
  name: string,
  options: Options,
): Promise<TransformerBlock> {
  return new TransformerBlock(
    name,
    new SelfAttention(await loadSelfAttention(loader, `${prefix}self_attn.`, `${name}.attention`, options)),
    await loadNorm(loader, `${prefix}norm1`, options),
    await loadFeedForward(loader, prefix, name, options),
    await loadNorm(loader, `${prefix}norm2`, options),
    options.normFirst,
  );
}

/** A layer as `nn.TransformerDecoderLayer` stores it under `prefix`. */
export async function loadDecoderBlock(
  loader: WeightLoader,
  prefix: string,
  name: string,
  options: Options,
): Promise<DecoderBlock> {
  const parts = {
    attention: new SelfAttention(
      await loadSelfAttention(loader, `${prefix}self_attn.`, `${name}.attention`, options),
    ),
    attentionNorm: await loadNorm(loader, `${prefix}norm1`, options),
    crossAttention: await loadMultiHead(loader, `${prefix}multihead_attn.`, `${name}.crossAttention`, {
      ...attentionSizes(options),
      self: false,
    }),
    crossAttentionNorm: await loadNorm(loader, `${prefix}norm2`, options),
    feedForward: await loadFeedForward(loader, prefix, name, options),
    feedForwardNorm: await loadNorm(loader, `${prefix}norm3`, options),
  };
  return new DecoderBlock(name, parts, options.normFirst);
}

function loadSelfAttention(
  loader: WeightLoader,
  prefix: string,
  name: string,
  options: Options,
): Promise<MultiHead> {
  return loadMultiHead(loader, prefix, name, { ...attentionSizes(options), self: true });
}

function attentionSizes({ dModel, nhead }: Options) {
  const width = { embedDim: dModel, kdim: dModel, vdim: dModel };
  return { ...width, numHeads: nhead, numKeyValueHeads: nhead, bias: true };
}

function loadNorm(loader: WeightLoader, name: string, options: Options): Promise<LayerNorm> {
  return LayerNorm.load(loader, name, options.dModel, options.layerNormEps);
}

function loadFeedForward(
  loader: WeightLoader,
  prefix: string,
  name: string,
  { dModel, dimFeedforward, activation }: Options,
): Promise<FeedForward> {
  return FeedForward.load(loader, `${name}.feedForward`, {
    hiddenSize: dModel,
    intermediateSize: dimFeedforward,
    activation,
    names: { up: `${prefix}linear1`, down: `${prefix}linear2` },
  });
}
