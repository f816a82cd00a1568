import type { Backend } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { type FloatArray, toRows } from '../torch/float-array.ts';
import { type ForwardOptions, Layer, loadLayer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { decoderMasks } from './decoder.ts';
import type { DecoderBlock } from './decoder-block.ts';
import { loadStack } from './load-stack.ts';
import { loadTorchDecoderLayer, loadTorchEncoderLayer } from './load-torch-layer.ts';
import { attentionMasks, checkPair, type DecoderMasks, type EncoderMasks } from './masks.ts';
import { checkLayers, layerOptions, type TransformerLayerOptions } from './options.ts';
import { decode, encode, type Stack } from './stacks.ts';
import type { TransformerBlock } from './transformer-block.ts';

/** Options of {@link Transformer}. Defaults are PyTorch's and those of the base model of Vaswani et al. 2017, table 3. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Default 6. */
  readonly numEncoderLayers?: number;
  /** Default 6. */
  readonly numDecoderLayers?: number;
}

/** Masks of encoder and decoder, as in PyTorch's `nn.Transformer.forward`; `srcIsCausal` is the encoder's `isCausal`. */
export interface TransformerCall extends Omit<EncoderMasks, 'isCausal'>, DecoderMasks, ForwardOptions {
  readonly srcIsCausal?: boolean;
}

/**
 * Encoder–decoder of "Attention Is All You Need" (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762) with the weights of PyTorch's `nn.Transformer`: `encoder.layers.N.…`,
 * `encoder.norm`, `decoder.layers.N.…`, `decoder.norm`. Inputs are batch-first.
 *
 * ```ts
 * const transformer = await Transformer.load(backend, stateDict, { dModel: 512, nhead: 8 });
 * const output = transformer.forward(src, tgt, { tgtIsCausal: true, srcKeyPaddingMask, memoryKeyPaddingMask: srcKeyPaddingMask });
 * ```
 *
 * Activations for hooks: `encoder.blocks.N.…`, `encoder.output`, `decoder.blocks.N.…`, `decoder.output`; see the encoder's and decoder's
 * layers.
 */
export class Transformer extends Layer {
  readonly #options: Required<TransformerLayerOptions>;
  readonly #encoder: Stack<TransformerBlock>;
  readonly #decoder: Stack<DecoderBlock>;

  private constructor(
    loader: WeightLoader,
    options: Required<TransformerLayerOptions>,
    encoder: Stack<TransformerBlock>,
    decoder: Stack<DecoderBlock>,
  ) {
    super(loader);
    this.#options = options;
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerOptions = {},
  ): Promise<Transformer> {
    const sizes = layerOptions('Transformer', options);
    const { numEncoderLayers = 6, numDecoderLayers = 6 } = options;
    checkLayers('Transformer', numEncoderLayers);
    checkLayers('Transformer', numDecoderLayers);
    return loadLayer('Transformer', backend, stateDict, async (loader) => {
      const encoder = await loadStack(
        loadTorchEncoderLayer,
        loader,
        'encoder.',
        sizes,
        numEncoderLayers,
        true,
      );
      const decoder = await loadStack(
        loadTorchDecoderLayer,
        loader,
        'decoder.',
        sizes,
        numDecoderLayers,
        true,
      );
      return new Transformer(loader, sizes, encoder, decoder);
    });
  }

  /** `src[batch, source length, dModel]` and `tgt[batch, target length, dModel]` → as `tgt`. */
  forward(src: FloatArray, tgt: FloatArray, call: TransformerCall = {}): FloatArray {
    const layer = 'Transformer';
    const { dModel, nhead } = this.#options;
    const { target, source } = checkPair(layer, dModel, tgt, src, 'src');
    const { batch } = target;
    const [encoder, decoder] = [this.#encoder, this.#decoder];
    const { result } = this.run(target.offsets, call, function* (ctx) {
      const { backend } = ctx;
      const sourceMasks = attentionMasks(
        backend,
        layer,
        nhead,
        { batch, queries: source.length, keys: source.length },
        { mask: call.srcMask, padding: call.srcKeyPaddingMask, causal: call.srcIsCausal },
      );
      const encoderCtx = { ...ctx, offsets: source.offsets };
      const states = yield* encode(encoderCtx, encoder, toRows(backend, src), sourceMasks);
      const masks = decoderMasks(ctx, layer, nhead, batch, target.length, source.length, call);
      const memory = { states, offsets: source.offsets, ...masks.memory };
      return backend.read(yield* decode(ctx, decoder, toRows(backend, tgt), masks.target, memory));
    });
    return { data: result, shape: tgt.shape };
  }
}
