import type { GgufTypeName } from '../tensor-types.ts';
import type { BlockDecoder } from './block-decoder.ts';
import { decodeIQ2_XXS, decodeIQ4_NL, decodeIQ4_XS } from './iq.ts';
import { decodeQ2_K, decodeQ3_K, decodeQ4_K, decodeQ5_K, decodeQ6_K } from './k-quants.ts';
import { decodeQ4_0, decodeQ4_1, decodeQ5_0, decodeQ5_1, decodeQ8_0 } from './legacy.ts';

export type { BlockDecoder } from './block-decoder.ts';

/** Decoders of the supported block types. */
export const blockDecoders: Readonly<Partial<Record<GgufTypeName, BlockDecoder>>> = {
  Q4_0: decodeQ4_0,
  Q4_1: decodeQ4_1,
  Q5_0: decodeQ5_0,
  Q5_1: decodeQ5_1,
  Q8_0: decodeQ8_0,
  Q2_K: decodeQ2_K,
  Q3_K: decodeQ3_K,
  Q4_K: decodeQ4_K,
  Q5_K: decodeQ5_K,
  Q6_K: decodeQ6_K,
  IQ4_NL: decodeIQ4_NL,
  IQ4_XS: decodeIQ4_XS,
  IQ2_XXS: decodeIQ2_XXS,
};
