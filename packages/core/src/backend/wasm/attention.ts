import type { Kernel } from '@headwise/kernel';
import type { Offsets } from '../backend.ts';
import { type AttentionSizes, biasStrides, type ContextSizes } from '../check-attention.ts';
import type { WasmTensor } from './tensor.ts';

/** Address of a value. */
function addressOf(x: WasmTensor, row: number, columns = 0): number {
  return x.address + (row * x.stride + columns) * 4;
}

/** Address of a sequence's bias and its strides, in elements; 0 for none. */
function biasOf(
  bias: WasmTensor | undefined,
  sequence: number,
): { address: number; head: number; query: number } {
  if (!bias) return { address: 0, head: 0, query: 0 };
  const { batch, head, query } = biasStrides(bias);
  return { address: bias.address + sequence * batch * 4, head, query };
}

function withScratch(
  { stack, exports }: Kernel,
  headDim: number,
  valueDim: number,
  body: (scratch: number) => void,
): void {
  const mark = stack.mark();
  try {
    body(stack.push(exports.attentionScratch(headDim, valueDim)));
  } finally {
    stack.release(mark);
  }
}

/** Writes the context of all heads and sequences to `out`. */
export function attention(
  kernel: Kernel,
  [q, k, v]: readonly [q: WasmTensor, k: WasmTensor, v: WasmTensor],
  bias: WasmTensor | undefined,
  sizes: AttentionSizes,
  valueDim: number,
  out: WasmTensor,
): void {
  const { heads, group, headDim, scale, before, after, queryOffsets, keyStarts, queryStarts, softCap } =
    sizes;
  withScratch(kernel, headDim, valueDim, (scratch) => {
    for (let s = 0; s < sizes.batch; s++) {
      const [firstQuery, firstKey] = [queryOffsets[s]!, keyStarts[s]!];
      const { address, head, query } = biasOf(bias, s);
      kernel.exports.attention(
        addressOf(q, firstQuery),
        q.stride,
        addressOf(k, firstKey),
        k.stride,
        addressOf(v, firstKey),
        v.stride,
        addressOf(out, firstQuery),
        out.stride,
        queryOffsets[s + 1]! - firstQuery,
        sizes.keyLengths[s]!,
        heads,
        group,
        headDim,
        valueDim,
        scale,
        address,
        head,
        query,
        before,
        after,
        queryStarts[s]!,
        softCap,
        scratch,
      );
    }
  });
}

/** Writes the scores of some heads to `out[batch, headIndices.length, queries, keys]`, −∞ for padding. */
export function attentionScores(
  kernel: Kernel,
  [q, k]: readonly [q: WasmTensor, k: WasmTensor],
  bias: WasmTensor | undefined,
  sizes: AttentionSizes,
  headIndices: readonly number[],
  out: WasmTensor,
): void {
  const { batch, group, longestQuery, longestKey, headDim, scale, before, after, softCap } = sizes;
  const { queryOffsets, keyStarts, keyLengths, queryStarts } = sizes;
  kernel.memory.f32(out.address, out.rows * out.width).fill(-Infinity);
  withScratch(kernel, headDim, headDim, (scratch) => {
    for (let s = 0; s < batch; s++) {
      const [firstQuery, firstKey] = [queryOffsets[s]!, keyStarts[s]!];
      const { address, head: biasHead, query } = biasOf(bias, s);
      for (const [index, head] of headIndices.entries()) {
        kernel.exports.attentionScores(
          addressOf(q, firstQuery, head * headDim),
          q.stride,
          addressOf(k, firstKey, Math.floor(head / group) * headDim),
          k.stride,
          addressOf(out, (s * headIndices.length + index) * longestQuery),
          longestKey,
          queryOffsets[s + 1]! - firstQuery,
          keyLengths[s]!,
          headDim,
          scale,
          address && address + head * biasHead * 4,
          query,
          before,
          after,
          queryStarts[s]!,
          softCap,
          scratch,
        );
      }
    }
  });
}

/** Writes weights · v of some heads to their columns of `out`. `weights` must be contiguous. */
export function attentionContext(
  kernel: Kernel,
  [weights, v]: readonly [weights: WasmTensor, v: WasmTensor],
  queryOffsets: Offsets,
  sizes: ContextSizes,
  headIndices: readonly number[],
  out: WasmTensor,
): void {
  const { valueDim, batch, longestQuery, longestKey, group, keyStarts, keyLengths } = sizes;
  withScratch(kernel, 1, valueDim, (scratch) => {
    for (let s = 0; s < batch; s++) {
      const [firstQuery, firstKey] = [queryOffsets[s]!, keyStarts[s]!];
      for (const [index, head] of headIndices.entries()) {
        kernel.exports.attentionContext(
          addressOf(weights, (s * headIndices.length + index) * longestQuery),
          longestKey,
          addressOf(v, firstKey, Math.floor(head / group) * valueDim),
          v.stride,
          addressOf(out, firstQuery, head * valueDim),
          out.stride,
          queryOffsets[s + 1]! - firstQuery,
          keyLengths[s]!,
          valueDim,
          scratch,
        );
      }
    }
  });
}
