import type { Backend } from '../../backend/backend.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { type FloatArray, toRows } from '../torch/float-array.ts';
import { type ForwardOptions, Layer, loadLayer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { decoderMasks } from './decoder.ts';
import type { DecoderBlock } from './decoder-block.ts';
import { loadDecoderBlock, loadEncoderBlock } from './load-block.ts';
import { loadStack } from './load-stack.ts';
import { checkPair, type DecoderMasks, type EncoderMasks, selfMask } from './masks.ts';
import { checkLayers, layerOptions, type TransformerLayerOptions } from './options.ts';
import { decode, encode, type Stack } from './stacks.ts';
import type { TransformerBlock } from './transformer-block.ts';

/** Options of {@link Transformer}; their defaults are the original's base model (Vaswani et al. 2017, table 3) and PyTorch's. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Default 6. */
  readonly numEncoderLayers?: number;
  /** Default 6. */
  readonly numDecoderLayers?: number;
}

/** The masks of both halves, named as in PyTorch; `srcIsCausal` is the encoder's `isCausal`. */
export interface TransformerCall extends Omit<EncoderMasks, 'isCausal'>, DecoderMasks, ForwardOptions {
  readonly srcIsCausal?: boolean;
}

/**
 * Encoder and decoder of "Attention Is All You Need" with the weights of PyTorch's `nn.Transformer`: `encoder.layers.N.…`,
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
      const encoder = await loadStack(loadEncoderBlock, loader, 'encoder.', sizes, numEncoderLayers, true);
      const decoder = await loadStack(loadDecoderBlock, loader, 'decoder.', sizes, numDecoderLayers, true);
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
    const { result } = this.run(target.offsets, call, function* (run) {
      const { backend } = run;
      const seen = selfMask(
        backend,
        layer,
        nhead,
        { batch, queries: source.length, keys: source.length },
        { mask: call.srcMask, padding: call.srcKeyPaddingMask, causal: call.srcIsCausal },
      );
      const reading = { ...run, offsets: source.offsets };
      const states = yield* encode(reading, encoder, toRows(backend, src), seen);
      const masks = decoderMasks(run, layer, nhead, batch, target.length, source.length, call);
      const memory = { states, offsets: source.offsets, ...masks.seen };
      return backend.read(yield* decode(run, decoder, toRows(backend, tgt), masks.mask, memory));
    });
    return { data: result, shape: tgt.shape };
  }
}
