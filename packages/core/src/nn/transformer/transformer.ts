import type { Backend, Tensor } from '../../backend/backend.ts';
import { checkOptions, type OptionNames } from '../../options.ts';
import type { WeightLoader } from '../load/weight-loader.ts';
import { type FloatArray, toRows } from '../torch/float-array.ts';
import { prefixed, type WeightSpecs, xavierUniform } from '../torch/init.ts';
import { type ForwardOptions, Layer } from '../torch/layer.ts';
import type { StateDict } from '../torch/state-dict.ts';
import { DECODER_CALL, decoderMasks } from './decoder.ts';
import type { DecoderBlock } from './decoder-block.ts';
import { ENCODER_CALL } from './encoder.ts';
import { loadStack, stackSpecs } from './load-stack.ts';
import { decoderBlocks, encoderBlocks } from './load-torch-layer.ts';
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

const { lengths: _, isCausal: srcIsCausal, ...SOURCE_MASKS } = ENCODER_CALL;
const CALL_OPTIONS = { ...SOURCE_MASKS, srcIsCausal, ...DECODER_CALL } satisfies OptionNames<TransformerCall>;

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
  readonly #numLayers: { readonly encoder: number; readonly decoder: number };
  #encoder: Stack<TransformerBlock> | undefined;
  #decoder: Stack<DecoderBlock> | undefined;

  constructor(options: TransformerOptions = {}) {
    super('Transformer');
    this.#options = layerOptions('Transformer', options, {
      numEncoderLayers: 'count',
      numDecoderLayers: 'count',
    });
    const { numEncoderLayers = 6, numDecoderLayers = 6 } = options;
    checkLayers('Transformer', numEncoderLayers);
    checkLayers('Transformer', numDecoderLayers);
    this.#numLayers = { encoder: numEncoderLayers, decoder: numDecoderLayers };
  }

  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerOptions = {},
  ): Promise<Transformer> {
    return Layer.loadInto(new Transformer(options), backend, stateDict);
  }

  /** Initially all matrices are Xavier-uniform, as in PyTorch's `nn.Transformer`. */
  protected override weightSpecs(): WeightSpecs {
    const { encoder, decoder } = this.#numLayers;
    const specs = {
      ...prefixed('encoder.', stackSpecs(encoderBlocks, this.#options, encoder, true)),
      ...prefixed('decoder.', stackSpecs(decoderBlocks, this.#options, decoder, true)),
    };
    return Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => {
        const [outFeatures = 0, inFeatures] = spec.shape;
        return [name, inFeatures === undefined ? spec : xavierUniform(outFeatures, inFeatures)];
      }),
    );
  }

  protected override async createWeights(loader: WeightLoader): Promise<void> {
    const { encoder, decoder } = this.#numLayers;
    const sizes = this.#options;
    this.#encoder = await loadStack(encoderBlocks, loader, 'encoder.', sizes, encoder, true);
    this.#decoder = await loadStack(decoderBlocks, loader, 'decoder.', sizes, decoder, true);
  }

  /** `src[batch, source length, dModel]` and `tgt[batch, target length, dModel]` → as `tgt`. */
  forward(src: FloatArray, tgt: FloatArray, call?: TransformerCall): FloatArray;
  forward(src: Tensor, tgt: Tensor, call?: TransformerCall): Tensor;
  forward(
    src: FloatArray | Tensor,
    tgt: FloatArray | Tensor,
    call: TransformerCall = {},
  ): FloatArray | Tensor {
    const layer = 'Transformer';
    checkOptions(`${layer}.forward`, call, CALL_OPTIONS);
    const { dModel, nhead } = this.#options;
    const { target, source } = checkPair(layer, dModel, tgt, src, 'src');
    const { batch } = target;
    const [encoder, decoder] = [this.#encoder!, this.#decoder!];
    const { result } = this.runOn(src, target.offsets, call, function* (ctx) {
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
      const y = yield* decode(ctx, decoder, toRows(backend, tgt), masks.target, memory);
      return backend.reshape(y, tgt.shape);
    });
    return result;
  }
}
