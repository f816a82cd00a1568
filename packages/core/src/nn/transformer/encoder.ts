import type { Backend } from '../../backend/backend.ts';
import { type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import type { ForwardOptions } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { loadSingle, loadStacked, StackLayer } from './load-stack.ts';
import { loadTorchEncoderLayer } from './load-torch-layer.ts';
import { attentionMasks, type EncoderMasks } from './masks.ts';
import type { TransformerLayerOptions, TransformerStackOptions } from './options.ts';
import { encode } from './stacks.ts';
import type { TransformerBlock } from './transformer-block.ts';

/** Options of {@link TransformerEncoder}. */
export type TransformerEncoderOptions = TransformerStackOptions;

abstract class EncoderLayers extends StackLayer<TransformerBlock> {
  /** `src[batch, length, dModel]` → the same. The rows of padded tokens are not zeroed, as in PyTorch. */
  forward(src: FloatArray, call: EncoderMasks & ForwardOptions = {}): FloatArray {
    const { layer, options, stack } = this.parts;
    const { dModel, nhead } = options;
    const { batch, length, offsets } = sequencesOf(layer, 'src', src, dModel);
    const { result } = this.run(offsets, call, function* (ctx) {
      const masks = attentionMasks(
        ctx.backend,
        layer,
        nhead,
        { batch, queries: length, keys: length },
        { mask: call.srcMask, padding: call.srcKeyPaddingMask, causal: call.isCausal },
      );
      return ctx.backend.read(yield* encode(ctx, stack, toRows(ctx.backend, src), masks));
    });
    return { data: result, shape: src.shape };
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
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerLayerOptions = {},
  ): Promise<TransformerEncoderLayer> {
    const source = { layer: 'TransformerEncoderLayer', backend, stateDict, loadBlock: loadTorchEncoderLayer };
    return loadSingle(source, options, (parts) => new TransformerEncoderLayer(parts));
  }
}

/**
 * Encoder layers with the weights of PyTorch's `nn.TransformerEncoder`: `layers.N.…` as in {@link TransformerEncoderLayer} and,
 * with `norm`, `norm.weight` and `norm.bias`.
 *
 * Activations for hooks: `blocks.N.…` as in {@link TransformerEncoderLayer}, and `output`.
 */
export class TransformerEncoder extends EncoderLayers {
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerEncoderOptions = {},
  ): Promise<TransformerEncoder> {
    const source = { layer: 'TransformerEncoder', backend, stateDict, loadBlock: loadTorchEncoderLayer };
    return loadStacked(source, options, (parts) => new TransformerEncoder(parts));
  }
}
