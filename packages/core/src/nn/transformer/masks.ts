import type { Backend, Tensor } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { type Mask, maskBias } from '../attention/mask.ts';
import type { AttentionInputs } from '../attention/multi-head.ts';
import { type FloatArray, type Sequences, sequencesOf } from '../torch/float-array.ts';

/** Masks of an encoder, as in PyTorch's `nn.TransformerEncoder.forward`. */
export interface EncoderMasks {
  /** For each query and key; see `Masks.attnMask`. */
  readonly srcMask?: Mask;
  /** Padding: `[batch, source length]`. */
  readonly srcKeyPaddingMask?: Mask;
  /** Causal mask: a token does not attend to later ones. Default false. */
  readonly isCausal?: boolean;
}

/** Masks of a decoder, as in PyTorch's `nn.TransformerDecoder.forward`. */
export interface DecoderMasks {
  readonly tgtMask?: Mask;
  readonly memoryMask?: Mask;
  /** Padding: `[batch, target length]`. */
  readonly tgtKeyPaddingMask?: Mask;
  /** Padding of the encoder's output: `[batch, source length]`. */
  readonly memoryKeyPaddingMask?: Mask;
  /** Causal mask of the self-attention. Default false. */
  readonly tgtIsCausal?: boolean;
  /** Causal mask of the cross-attention: the first tokens of target and source are aligned. Default false. */
  readonly memoryIsCausal?: boolean;
}

/** The inputs of one attention for a mask, padding and causality. */
export function attentionMasks(
  backend: Backend,
  layer: string,
  heads: number,
  sizes: { batch: number; queries: number; keys: number },
  masks: { mask: Mask | undefined; padding: Mask | undefined; causal: boolean | undefined },
): Pick<AttentionInputs, 'bias' | 'causal' | 'queryStarts'> {
  const { mask, padding, causal } = masks;
  const given = { ...(mask && { attnMask: mask }), ...(padding && { keyPaddingMask: padding }) };
  const bias = maskBias(backend, layer, given, { ...sizes, heads });
  return {
    ...(bias && { bias }),
    ...(causal && { causal, queryStarts: new Int32Array(sizes.batch) }),
  };
}

/** The sizes of a decoder's target and source. Throws `ShapeError` for batches of different sizes. */
export function checkPair(
  layer: string,
  dModel: number,
  tgt: FloatArray | Tensor,
  memory: FloatArray | Tensor,
  role: 'memory' | 'src',
): { target: Sequences; source: Sequences } {
  const target = sequencesOf(layer, 'tgt', tgt, dModel);
  const source = sequencesOf(layer, role, memory, dModel);
  if (target.batch !== source.batch) {
    throw new ShapeError(
      `${layer}: tgt and ${role} must be batches of one size, got ${target.batch} and ${source.batch}`,
    );
  }
  return { target, source };
}
