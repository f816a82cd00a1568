import { loadMultiHead } from '../attention/in-projection.ts';
import type { MultiHead } from '../attention/multi-head.ts';
import { EncoderBlock } from '../encoder-block.ts';
import { FeedForward } from '../feed-forward.ts';
import { LayerNorm } from '../layer-norm.ts';
import type { Parameters } from '../parameters.ts';
import { SelfAttention } from '../self-attention.ts';
import { DecoderBlock } from './decoder-block.ts';
import type { TransformerLayerOptions } from './options.ts';

type Options = Required<TransformerLayerOptions>;

/** A layer as `nn.TransformerEncoderLayer` stores it under `prefix`; `name` is what its activations are called. */
export async function loadEncoderBlock(
  parameters: Parameters,
  prefix: string,
  name: string,
  options: Options,
): Promise<EncoderBlock> {
  return new EncoderBlock(
    name,
    new SelfAttention(
      await loadAttention(parameters, `${prefix}self_attn.`, `${name}.attention`, options, true),
    ),
    await loadNorm(parameters, `${prefix}norm1`, options),
    await loadFeedForward(parameters, prefix, name, options),
    await loadNorm(parameters, `${prefix}norm2`, options),
    options.normFirst,
  );
}

/** A layer as `nn.TransformerDecoderLayer` stores it under `prefix`. */
export async function loadDecoderBlock(
  parameters: Parameters,
  prefix: string,
  name: string,
  options: Options,
): Promise<DecoderBlock> {
  const parts = {
    attention: new SelfAttention(
      await loadAttention(parameters, `${prefix}self_attn.`, `${name}.attention`, options, true),
    ),
    attentionNorm: await loadNorm(parameters, `${prefix}norm1`, options),
    crossAttention: await loadAttention(
      parameters,
      `${prefix}multihead_attn.`,
      `${name}.crossAttention`,
      options,
      false,
    ),
    crossAttentionNorm: await loadNorm(parameters, `${prefix}norm2`, options),
    feedForward: await loadFeedForward(parameters, prefix, name, options),
    feedForwardNorm: await loadNorm(parameters, `${prefix}norm3`, options),
  };
  return new DecoderBlock(name, parts, options.normFirst);
}

function loadAttention(
  parameters: Parameters,
  prefix: string,
  name: string,
  { dModel, nhead }: Options,
  self: boolean,
): Promise<MultiHead> {
  const sizes = { embedDim: dModel, numHeads: nhead, numKeyValueHeads: nhead, kdim: dModel, vdim: dModel };
  return loadMultiHead(parameters, prefix, name, { ...sizes, bias: true, self });
}

function loadNorm(parameters: Parameters, name: string, options: Options): Promise<LayerNorm> {
  return LayerNorm.load(parameters, name, options.dModel, options.layerNormEps);
}

function loadFeedForward(
  parameters: Parameters,
  prefix: string,
  name: string,
  { dModel, dimFeedforward, activation }: Options,
): Promise<FeedForward> {
  return FeedForward.load(parameters, `${name}.feedForward`, {
    hiddenSize: dModel,
    intermediateSize: dimFeedforward,
    activation,
    names: { up: `${prefix}linear1`, down: `${prefix}linear2` },
  });
}
