import { loadMultiHead } from '../attention/in-projection.ts';
import type { MultiHead } from '../attention/multi-head.ts';
import { FeedForward } from '../feed-forward.ts';
import { LayerNorm } from '../layer-norm.ts';
import type { Parameters } from '../parameters.ts';
import { SelfAttention } from '../self-attention.ts';
import { TransformerBlock } from '../transformer-block.ts';
import { DecoderBlock } from './decoder-block.ts';
import type { TransformerLayerOptions } from './options.ts';

type Options = Required<TransformerLayerOptions>;

/** A layer as `nn.TransformerEncoderLayer` stores it under `prefix`; `name` is what its activations are called. */
export async function loadEncoderBlock(
  parameters: Parameters,
  prefix: string,
  name: string,
  options: Options,
): Promise<TransformerBlock> {
  return new TransformerBlock(
    name,
    new SelfAttention(
      await loadSelfAttention(parameters, `${prefix}self_attn.`, `${name}.attention`, options),
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
      await loadSelfAttention(parameters, `${prefix}self_attn.`, `${name}.attention`, options),
    ),
    attentionNorm: await loadNorm(parameters, `${prefix}norm1`, options),
    crossAttention: await loadMultiHead(parameters, `${prefix}multihead_attn.`, `${name}.crossAttention`, {
      ...attentionSizes(options),
      self: false,
    }),
    crossAttentionNorm: await loadNorm(parameters, `${prefix}norm2`, options),
    feedForward: await loadFeedForward(parameters, prefix, name, options),
    feedForwardNorm: await loadNorm(parameters, `${prefix}norm3`, options),
  };
  return new DecoderBlock(name, parts, options.normFirst);
}

function loadSelfAttention(
  parameters: Parameters,
  prefix: string,
  name: string,
  options: Options,
): Promise<MultiHead> {
  return loadMultiHead(parameters, prefix, name, { ...attentionSizes(options), self: true });
}

function attentionSizes({ dModel, nhead }: Options) {
  const width = { embedDim: dModel, kdim: dModel, vdim: dModel };
  return { ...width, numHeads: nhead, numKeyValueHeads: nhead, bias: true };
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
