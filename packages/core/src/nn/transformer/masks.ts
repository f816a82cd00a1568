import type { Backend } from '../../backend/backend.ts';
import { ShapeError } from '../../errors.ts';
import { type Mask, maskBias } from '../attention/mask.ts';
import type { SelfMask } from '../attention/self-mask.ts';
import { type FloatArray, type Sequences, sequencesOf } from '../torch/float-array.ts';

/** Masks of an encoder, named as in PyTorch. */
export interface EncoderMasks {
  /** By query and key; see `Masks.attnMask`. */
  readonly srcMask?: Mask;
  /** Padding: `[batch, source length]`. */
  readonly srcKeyPaddingMask?: Mask;
  /** A token sees none after it. Default false. */
  readonly isCausal?: boolean;
}

/** Masks of a decoder, named as in PyTorch. */
export interface DecoderMasks {
  readonly tgtMask?: Mask;
  readonly memoryMask?: Mask;
  /** Padding: `[batch, target length]`. */
  readonly tgtKeyPaddingMask?: Mask;
  /** Padding of the encoder's output: `[batch, source length]`. */
  readonly memoryKeyPaddingMask?: Mask;
  /** A target token sees none after it. Default false. */
  readonly tgtIsCausal?: boolean;
  /** As `tgtIsCausal`, for what is seen of the encoder's output; the ends of both are aligned. Default false. */
  readonly memoryIsCausal?: boolean;
}

/** A mask, padding and causality as one attention takes them. */
export function selfMask(
  backend: Backend,
  layer: string,
  heads: number,
  sizes: { batch: number; queries: number; keys: number },
  masks: { mask: Mask | undefined; padding: Mask | undefined; causal: boolean | undefined },
): SelfMask {
  const { mask, padding, causal } = masks;
  const given = { ...(mask && { attnMask: mask }), ...(padding && { keyPaddingMask: padding }) };
  const bias = maskBias(backend, layer, given, { ...sizes, heads });
  return { ...(bias && { bias }), ...(causal !== undefined && { causal }) };
}

/** Sizes of a decoder's target and memory. */
export function checkPair(
  layer: string,
  dModel: number,
  tgt: FloatArray,
  memory: FloatArray,
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
