import type { Backend } from '../../backend/backend.ts';
import { type FloatArray, sequencesOf, toRows } from '../torch/float-array.ts';
import type { ForwardOptions } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { loadEncoderBlock } from './load-block.ts';
import { loadSingle, loadStacked, StackLayer } from './load-stack.ts';
import { type EncoderMasks, selfMask } from './masks.ts';
import type { TransformerLayerOptions, TransformerStackOptions } from './options.ts';
import { encode } from './stacks.ts';
import type { TransformerBlock } from './transformer-block.ts';

/** Options of {@link TransformerEncoder}. */
export type TransformerEncoderOptions = TransformerStackOptions;

abstract class EncoderLayers extends StackLayer<TransformerBlock> {
  /** `src[batch, length, dModel]` → the same. Padded tokens get values too, as in PyTorch; they mean nothing. */
  forward(src: FloatArray, call: EncoderMasks & ForwardOptions = {}): FloatArray {
    const { layer, options, stack } = this.parts;
    const { dModel, nhead } = options;
    const { batch, length, offsets } = sequencesOf(layer, 'src', src, dModel);
    const { result } = this.run(offsets, call, function* (run) {
      const mask = selfMask(
        run.backend,
        layer,
        nhead,
        { batch, queries: length, keys: length },
        { mask: call.srcMask, padding: call.srcKeyPaddingMask, causal: call.isCausal },
      );
      return run.backend.read(yield* encode(run, stack, toRows(run.backend, src), mask));
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
    const source = { layer: 'TransformerEncoderLayer', backend, stateDict, loadBlock: loadEncoderBlock };
    return loadSingle(source, options, (parts) => new TransformerEncoderLayer(parts));
  }
}

/**
 * A stack of encoder layers with the weights of PyTorch's `nn.TransformerEncoder`: `layers.N.…` as in {@link TransformerEncoderLayer} and,
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
    const source = { layer: 'TransformerEncoder', backend, stateDict, loadBlock: loadEncoderBlock };
    return loadStacked(source, options, (parts) => new TransformerEncoder(parts));
  }
}
