import { torchAttentionLayers, torchAttentionSpecs } from '../attention/load-attention.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { linearSpecs, normSpecs, prefixed, type WeightSpecs } from '../torch/init.ts';
import type { DecoderBlock } from './decoder-block.ts';
import { type BlockOptions, loadBlock, loadDecoderBlock } from './load-block.ts';
import type { BlockKind } from './load-stack.ts';
import type { TransformerLayerOptions } from './options.ts';
import type { TransformerBlock } from './transformer-block.ts';

type Options = Required<TransformerLayerOptions>;

/** The weights of PyTorch's `nn.TransformerEncoderLayer`, with its initial values. */
function torchEncoderLayerSpecs({ dModel, nhead, dimFeedforward }: Options): WeightSpecs {
  return {
    ...prefixed('self_attn.', torchAttentionSpecs({ hiddenSize: dModel, heads: nhead })),
    ...linearSpecs('linear1.', [dimFeedforward, dModel]),
    ...linearSpecs('linear2.', [dModel, dimFeedforward]),
    ...normSpecs('norm1.', dModel),
    ...normSpecs('norm2.', dModel),
  };
}

/** The weights of PyTorch's `nn.TransformerDecoderLayer`, with its initial values. */
function torchDecoderLayerSpecs(options: Options): WeightSpecs {
  const { dModel, nhead } = options;
  return {
    ...torchEncoderLayerSpecs(options),
    ...prefixed('multihead_attn.', torchAttentionSpecs({ hiddenSize: dModel, heads: nhead })),
    ...normSpecs('norm3.', dModel),
  };
}

/** Loads the weights of PyTorch's `nn.TransformerEncoderLayer` under `prefix`. `name` prefixes the names of its activations. */
export function loadTorchEncoderLayer(
  loader: WeightLoader,
  prefix: string,
  name: string,
  options: Options,
): Promise<TransformerBlock> {
  const names = {
    attention: attentionLayers(`${prefix}self_attn.`, options),
    attentionNorm: `${prefix}norm1`,
    feedForward: { up: `${prefix}linear1`, down: `${prefix}linear2` },
    feedForwardNorm: `${prefix}norm2`,
  };
  return loadBlock(loader, name, names, blockOptions(options));
}

/** Loads the weights of PyTorch's `nn.TransformerDecoderLayer` under `prefix`. */
export function loadTorchDecoderLayer(
  loader: WeightLoader,
  prefix: string,
  name: string,
  options: Options,
): Promise<DecoderBlock> {
  const names = {
    attention: attentionLayers(`${prefix}self_attn.`, options),
    attentionNorm: `${prefix}norm1`,
    crossAttention: attentionLayers(`${prefix}multihead_attn.`, options),
    crossAttentionNorm: `${prefix}norm2`,
    feedForward: { up: `${prefix}linear1`, down: `${prefix}linear2` },
    feedForwardNorm: `${prefix}norm3`,
  };
  return loadDecoderBlock(loader, name, names, blockOptions(options));
}

function attentionLayers(prefix: string, { dModel, nhead }: Options) {
  return torchAttentionLayers(prefix, { hiddenSize: dModel, heads: nhead });
}

function blockOptions(options: Options): BlockOptions {
  const { dModel, nhead, dimFeedforward, activation, layerNormEps, normFirst } = options;
  return {
    hiddenSize: dModel,
    attention: { heads: nhead },
    feedForward: { intermediateSize: dimFeedforward, activation },
    norm: 'layerNorm',
    normEps: layerNormEps,
    normFirst,
  };
}

/** Encoder layers for a stack. */
export const encoderBlocks: BlockKind<TransformerBlock> = {
  load: loadTorchEncoderLayer,
  specs: torchEncoderLayerSpecs,
};

/** Decoder layers for a stack. */
export const decoderBlocks: BlockKind<DecoderBlock> = {
  load: loadTorchDecoderLayer,
  specs: torchDecoderLayerSpecs,
};
