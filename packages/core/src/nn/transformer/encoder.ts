import type { Backend, Tensor } from '../../backend/backend.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import { type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import type { ForwardOptions } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { StackLayer } from './load-stack.ts';
import { encoderBlocks } from './load-torch-layer.ts';
import { attentionMasks, type EncoderMasks } from './masks.ts';
import type { TransformerLayerOptions, TransformerStackOptions } from './options.ts';
import { encode } from './stacks.ts';
import type { TransformerBlock } from './transformer-block.ts';

/** Options of {@link TransformerEncoder}. */
export type TransformerEncoderOptions = TransformerStackOptions;

/** Options of one call of {@link TransformerEncoder.forward}. */
export interface EncoderCall extends EncoderMasks, ForwardOptions {
  /** Tokens of each sequence of an input `[tokens, dModel]`. */
  readonly lengths?: ArrayLike<number>;
}

/** What {@link EncoderCall} has. */
export const ENCODER_CALL = {
  srcMask: 'object',
  srcKeyPaddingMask: 'object',
  isCausal: 'boolean',
  lengths: 'object',
  hooks: 'object',
} satisfies OptionNames<EncoderCall>;

abstract class EncoderLayers extends StackLayer<TransformerBlock> {
  /**
   * `src[batch, length, dModel]` → the same; with `lengths` also `[tokens, dModel]`, sequences without padding. The rows of padded tokens are not
   * zeroed, as in PyTorch.
   */
  forward(src: FloatArray, call?: EncoderCall): FloatArray;
  forward(src: Tensor, call?: EncoderCall): Tensor;
  forward(src: FloatArray | Tensor, call: EncoderCall = {}): FloatArray | Tensor {
    const { layer, options, stack } = this;
    checkOptions(`${layer}.forward`, call, ENCODER_CALL);
    const { dModel, nhead } = options;
    const { batch, length, offsets } = sequencesOf(layer, 'src', src, dModel, call.lengths);
    const { result } = this.runOn(src, offsets, call, function* (ctx) {
      const masks = attentionMasks(
        ctx.backend,
        layer,
        nhead,
        { batch, queries: length, keys: length },
        { mask: call.srcMask, padding: call.srcKeyPaddingMask, causal: call.isCausal },
      );
      return ctx.backend.reshape(yield* encode(ctx, stack!, toRows(ctx.backend, src), masks), src.shape);
    });
    return result;
  }
}

/**
 * One encoder layer with the weights of PyTorch's `nn.TransformerEncoderLayer`: `self_attn.*`, `linear1`, `linear2`, `norm1`, `norm2`. Inputs
 * are batch-first; the masks are PyTorch's.
 *
 * Activations for hooks: `block.residual.{before,middle,after}`, `block.attention.…` (see `MultiHeadAttention`),
 * `block.feedForward.{hidden,output}`, `output`.
 */
export class TransformerEncoderLayer extends EncoderLayers {
  constructor(options: TransformerLayerOptions = {}) {
    super('TransformerEncoderLayer', encoderBlocks, options);
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerLayerOptions = {},
  ): Promise<TransformerEncoderLayer> {
    return EncoderLayers.loadInto(new TransformerEncoderLayer(options), backend, stateDict);
  }
}

/**
 * Encoder layers with the weights of PyTorch's `nn.TransformerEncoder`: `layers.N.…` as in {@link TransformerEncoderLayer} and,
 * with `norm`, `norm.weight` and `norm.bias`.
 *
 * Activations for hooks: `blocks.N.…` as in {@link TransformerEncoderLayer}, and `output`.
 */
export class TransformerEncoder extends EncoderLayers {
  constructor(options: TransformerEncoderOptions = {}) {
    super('TransformerEncoder', encoderBlocks, options, options);
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerEncoderOptions = {},
  ): Promise<TransformerEncoder> {
    return EncoderLayers.loadInto(new TransformerEncoder(options), backend, stateDict);
  }
}
