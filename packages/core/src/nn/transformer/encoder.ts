import type { Backend } from '../../backend/backend.ts';
import type { EncoderBlock } from '../encoder-block.ts';
import { type FloatArray, sequencesOf, toRows } from '../float-array.ts';
import { type ForwardOptions, Layer, loadLayer } from '../layer.ts';
import { LayerNorm } from '../layer-norm.ts';
import type { Parameters } from '../parameters.ts';
import type { StateDict } from '../state-dict.ts';
import { loadEncoderBlock } from './load-block.ts';
import { type EncoderMasks, selfMask } from './masks.ts';
import { checkLayers, layerOptions, type TransformerLayerOptions } from './options.ts';
import { encode, type Stack } from './stacks.ts';

/** Options of {@link TransformerEncoder}. */
export interface TransformerEncoderOptions extends TransformerLayerOptions {
  /** Default 6, as in the original. */
  readonly numLayers?: number;
  /** Whether there is a norm after the last layer (`norm.weight`, `norm.bias`). Default false. */
  readonly norm?: boolean;
}

abstract class EncoderLayers extends Layer {
  readonly #layer: string;
  readonly #options: Required<TransformerLayerOptions>;
  readonly #stack: Stack<EncoderBlock>;

  protected constructor(
    layer: string,
    parameters: Parameters,
    options: Required<TransformerLayerOptions>,
    stack: Stack<EncoderBlock>,
  ) {
    super(parameters);
    this.#layer = layer;
    this.#options = options;
    this.#stack = stack;
  }

  /** `src[batch, length, dModel]` → the same. Padded tokens get values too, as in PyTorch; they mean nothing. */
  forward(src: FloatArray, call: EncoderMasks & ForwardOptions = {}): FloatArray {
    const layer = this.#layer;
    const { dModel, nhead } = this.#options;
    const { batch, length, offsets } = sequencesOf(layer, 'src', src, dModel);
    const stack = this.#stack;
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
    const layer = 'TransformerEncoderLayer';
    const sizes = layerOptions(layer, options);
    return loadLayer(layer, backend, stateDict, async (parameters) => {
      const blocks = [await loadEncoderBlock(parameters, '', 'block', sizes)];
      return new TransformerEncoderLayer(layer, parameters, sizes, {
        blocks,
        norm: undefined,
        output: 'output',
      });
    });
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
    const layer = 'TransformerEncoder';
    const sizes = layerOptions(layer, options);
    const { numLayers = 6, norm = false } = options;
    checkLayers(layer, numLayers);
    return loadLayer(layer, backend, stateDict, async (parameters) => {
      const stack = await loadEncoderStack(parameters, '', '', sizes, numLayers, norm);
      return new TransformerEncoder(layer, parameters, sizes, stack);
    });
  }
}

/** An `nn.TransformerEncoder` under `prefix`; `name` goes before the names of its activations. */
export async function loadEncoderStack(
  parameters: Parameters,
  prefix: string,
  name: string,
  options: Required<TransformerLayerOptions>,
  numLayers: number,
  norm: boolean,
): Promise<Stack<EncoderBlock>> {
  const blocks: EncoderBlock[] = [];
  for (let i = 0; i < numLayers; i++) {
    blocks.push(await loadEncoderBlock(parameters, `${prefix}layers.${i}.`, `${name}blocks.${i}`, options));
  }
  const { dModel, layerNormEps } = options;
  const last = norm ? await LayerNorm.load(parameters, `${prefix}norm`, dModel, layerNormEps) : undefined;
  return { blocks, norm: last, output: `${name}output` };
}
