import type { Backend, Tensor } from '../../backend/backend.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { ForwardContext } from '../run/forward.ts';
import { type FloatArray, toRows } from '../torch/float-array.ts';
import type { ForwardOptions } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import type { DecoderBlock } from './decoder-block.ts';
import { StackLayer } from './load-stack.ts';
import { decoderBlocks } from './load-torch-layer.ts';
import { attentionMasks, checkPair, type DecoderMasks } from './masks.ts';
import type { TransformerLayerOptions, TransformerStackOptions } from './options.ts';
import { decode } from './stacks.ts';

/** Options of {@link TransformerDecoder}. */
export type TransformerDecoderOptions = TransformerStackOptions;

/** The options of a decoder's call. */
export const DECODER_CALL = {
  tgtMask: 'object',
  memoryMask: 'object',
  tgtKeyPaddingMask: 'object',
  memoryKeyPaddingMask: 'object',
  tgtIsCausal: 'boolean',
  memoryIsCausal: 'boolean',
  hooks: 'object',
} satisfies OptionNames<DecoderMasks & ForwardOptions>;

abstract class DecoderLayers extends StackLayer<DecoderBlock> {
  /** `tgt[batch, length, dModel]` and `memory[batch, source length, dModel]` (the encoder's output) → as `tgt`. */
  forward(tgt: FloatArray, memory: FloatArray, call?: DecoderMasks & ForwardOptions): FloatArray;
  forward(tgt: Tensor, memory: Tensor, call?: DecoderMasks & ForwardOptions): Tensor;
  forward(
    tgt: FloatArray | Tensor,
    memory: FloatArray | Tensor,
    call: DecoderMasks & ForwardOptions = {},
  ): FloatArray | Tensor {
    const { layer, options, stack } = this;
    checkOptions(`${layer}.forward`, call, DECODER_CALL);
    const { dModel, nhead } = options;
    const { target, source } = checkPair(layer, dModel, tgt, memory, 'memory');
    const { result } = this.runOn(tgt, target.offsets, call, function* (ctx) {
      const masks = decoderMasks(ctx, layer, nhead, target.batch, target.length, source.length, call);
      const states = toRows(ctx.backend, memory);
      const encoded = { states, offsets: source.offsets, ...masks.memory };
      const y = yield* decode(ctx, stack!, toRows(ctx.backend, tgt), masks.target, encoded);
      return ctx.backend.reshape(y, tgt.shape);
    });
    return result;
  }
}

/** The masks of a decoder's self-attention (`target`) and cross-attention (`memory`). */
export function decoderMasks(
  { backend }: ForwardContext,
  layer: string,
  heads: number,
  batch: number,
  length: number,
  sourceLength: number,
  call: DecoderMasks,
) {
  const selfSizes = { batch, queries: length, keys: length };
  const crossSizes = { batch, queries: length, keys: sourceLength };
  return {
    target: attentionMasks(backend, layer, heads, selfSizes, {
      mask: call.tgtMask,
      padding: call.tgtKeyPaddingMask,
      causal: call.tgtIsCausal,
    }),
    memory: attentionMasks(backend, layer, heads, crossSizes, {
      mask: call.memoryMask,
      padding: call.memoryKeyPaddingMask,
      causal: call.memoryIsCausal,
    }),
  };
}

/**
 * One decoder layer with the weights of PyTorch's `nn.TransformerDecoderLayer`: `self_attn.*`, `multihead_attn.*` (to the encoder's
 * output), `linear1`, `linear2`, `norm1`, `norm2`, `norm3`. Inputs are batch-first; the masks are PyTorch's.
 *
 * Activations for hooks: `block.residual.{before,between,middle,after}`, `block.attention.…` and `block.crossAttention.…` (see
 * `MultiHeadAttention`), `block.feedForward.{hidden,output}`, `output`.
 */
export class TransformerDecoderLayer extends DecoderLayers {
  constructor(options: TransformerLayerOptions = {}) {
    super('TransformerDecoderLayer', decoderBlocks, options);
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerLayerOptions = {},
  ): Promise<TransformerDecoderLayer> {
    return DecoderLayers.loadInto(new TransformerDecoderLayer(options), backend, stateDict);
  }
}

/**
 * Decoder layers with the weights of PyTorch's `nn.TransformerDecoder`: `layers.N.…` as in {@link TransformerDecoderLayer} and,
 * with `norm`, `norm.weight` and `norm.bias`.
 *
 * Activations for hooks: `blocks.N.…` as in {@link TransformerDecoderLayer}, and `output`.
 */
export class TransformerDecoder extends DecoderLayers {
  constructor(options: TransformerDecoderOptions = {}) {
    super('TransformerDecoder', decoderBlocks, options, options);
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerDecoderOptions = {},
  ): Promise<TransformerDecoder> {
    return DecoderLayers.loadInto(new TransformerDecoder(options), backend, stateDict);
  }
}
