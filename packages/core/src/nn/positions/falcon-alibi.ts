import { alibiSlopes } from './alibi.ts';

/**
 * ALiBi (Press et al. 2022, https://arxiv.org/abs/2108.12409) as Falcon computes it, `[heads, keys]`: slope · position of the key, divided by
 * √headDim as the scores are, with slopes, positions and products rounded to bfloat16.
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/falcon/modeling_falcon.py
 */
export function falconAlibi(heads: number, headDim: number, keys: number): Float32Array {
  const bias = new Float32Array(heads * keys);
  for (const [head, value] of alibiSlopes(heads).entries()) {
    const slope = bfloat16(value);
    for (let key = 0; key < keys; key++) {
      bias[head * keys + key] = bfloat16(slope * bfloat16(key)) / Math.sqrt(headDim);
    }
  }
  return bias;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The nearest bfloat16, ties to even. */
function bfloat16(value: number): number {
  float[0] = value;
  bits[0] = (bits[0]! + 0x7fff + ((bits[0]! >>> 16) & 1)) & 0xffff_0000;
  return float[0]!;
}
