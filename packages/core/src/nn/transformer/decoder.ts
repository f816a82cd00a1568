import type { Backend } from '../../backend/backend.ts';
import { type FloatArray, toRows } from '../float-array.ts';
import { type ForwardOptions, Layer, loadLayer } from '../layer.ts';
import { LayerNorm } from '../layer-norm.ts';
import type { Parameters } from '../parameters.ts';
import type { Run } from '../run.ts';
import type { StateDict } from '../state-dict.ts';
import type { DecoderBlock } from './decoder-block.ts';
import { loadDecoderBlock } from './load-block.ts';
import { checkPair, type DecoderMasks, selfMask } from './masks.ts';
import { checkLayers, layerOptions, type TransformerLayerOptions } from './options.ts';
import { decode, type Stack } from './stacks.ts';

/** Options of {@link TransformerDecoder}. */
export interface TransformerDecoderOptions extends TransformerLayerOptions {
  /** Default 6, as in the original. */
  readonly numLayers?: number;
  /** Whether there is a norm after the last layer (`norm.weight`, `norm.bias`). Default false. */
  readonly norm?: boolean;
}

abstract class DecoderLayers extends Layer {
  readonly #layer: string;
  readonly #options: Required<TransformerLayerOptions>;
  readonly #stack: Stack<DecoderBlock>;

  protected constructor(
    layer: string,
    parameters: Parameters,
    options: Required<TransformerLayerOptions>,
    stack: Stack<DecoderBlock>,
  ) {
    super(parameters);
    this.#layer = layer;
    this.#options = options;
    this.#stack = stack;
  }

  /** `tgt[batch, length, dModel]` and `memory[batch, source length, dModel]` (the encoder's output) → as `tgt`. */
  forward(tgt: FloatArray, memory: FloatArray, call: DecoderMasks & ForwardOptions = {}): FloatArray {
    const layer = this.#layer;
    const { dModel, nhead } = this.#options;
    const { target, source } = checkPair(layer, dModel, tgt, memory, 'memory');
    const stack = this.#stack;
    const { result } = this.run(target.offsets, call, function* (run) {
      const { mask, seen } = decoderMasks(
        run,
        layer,
        nhead,
        target.batch,
        target.length,
        source.length,
        call,
      );
      const states = toRows(run.backend, memory);
      const from = { states, offsets: source.offsets, ...seen };
      return run.backend.read(yield* decode(run, stack, toRows(run.backend, tgt), mask, from));
    });
    return { data: result, shape: tgt.shape };
  }
}

/** What a decoder's two attentions may see. */
export function decoderMasks(
  { backend }: Run,
  layer: string,
  heads: number,
  batch: number,
  length: number,
  sourceLength: number,
  call: DecoderMasks,
) {
  const own = { batch, queries: length, keys: length };
  const across = { batch, queries: length, keys: sourceLength };
  return {
    mask: selfMask(backend, layer, heads, own, {
      mask: call.tgtMask,
      padding: call.tgtKeyPaddingMask,
      causal: call.tgtIsCausal,
    }),
    seen: selfMask(backend, layer, heads, across, {
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
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerLayerOptions = {},
  ): Promise<TransformerDecoderLayer> {
    const layer = 'TransformerDecoderLayer';
    const sizes = layerOptions(layer, options);
    return loadLayer(layer, backend, stateDict, async (parameters) => {
      const blocks = [await loadDecoderBlock(parameters, '', 'block', sizes)];
      return new TransformerDecoderLayer(layer, parameters, sizes, {
        blocks,
        norm: undefined,
        output: 'output',
      });
    });
  }
}

/**
 * A stack of decoder layers with the weights of PyTorch's `nn.TransformerDecoder`: `layers.N.…` as in {@link TransformerDecoderLayer} and,
 * with `norm`, `norm.weight` and `norm.bias`.
 *
 * Activations for hooks: `blocks.N.…` as in {@link TransformerDecoderLayer}, and `output`.
 */
export class TransformerDecoder extends DecoderLayers {
  static load(
    backend: Backend,
    stateDict: StateDict,
    options: TransformerDecoderOptions = {},
  ): Promise<TransformerDecoder> {
    const layer = 'TransformerDecoder';
    const sizes = layerOptions(layer, options);
    const { numLayers = 6, norm = false } = options;
    checkLayers(layer, numLayers);
    return loadLayer(layer, backend, stateDict, async (parameters) => {
      const stack = await loadDecoderStack(parameters, '', '', sizes, numLayers, norm);
      return new TransformerDecoder(layer, parameters, sizes, stack);
    });
  }
}

/** An `nn.TransformerDecoder` under `prefix`; `name` goes before the names of its activations. */
export async function loadDecoderStack(
  parameters: Parameters,
  prefix: string,
  name: string,
  options: Required<TransformerLayerOptions>,
  numLayers: number,
  norm: boolean,
): Promise<Stack<DecoderBlock>> {
  const blocks: DecoderBlock[] = [];
  for (let i = 0; i < numLayers; i++) {
    blocks.push(await loadDecoderBlock(parameters, `${prefix}layers.${i}.`, `${name}blocks.${i}`, options));
  }
  const { dModel, layerNormEps } = options;
  const last = norm ? await LayerNorm.load(parameters, `${prefix}norm`, dModel, layerNormEps) : undefined;
  return { blocks, norm: last, output: `${name}output` };
}
