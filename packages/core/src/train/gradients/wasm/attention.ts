import { type AttentionSizes, biasStrides } from '../../../backend/check-attention.ts';
import { addressOf } from '../../memory/wasm-memory.ts';
import { attention, attentionScores } from '../attention.ts';
import type { GradientRules } from '../rules.ts';
import type { GradientView } from '../view.ts';
import { savedTensor, type TrainingKernel, withScratch } from './operands.ts';

/** Address of a row and column of a gradient, 0 if it is not needed. */
function at(view: GradientView | undefined, row: number, column = 0): number {
  return view ? addressOf(view) + (row * view.stride + column) * 4 : 0;
}

/** Whether the kernel has the gradient: not that of a soft cap, or of queries that do not end at the last key. */
function isInKernel({ softCap, queryStarts, queryOffsets, keyLengths }: AttentionSizes): boolean {
  return (
    !softCap &&
    keyLengths.every((keys, s) => queryStarts[s] === keys - (queryOffsets[s + 1]! - queryOffsets[s]!))
  );
}

/**
 * The gradients of attention. That of fused attention computes scores again for blocks of queries and keys: its scratch memory does not
 * depend on the number of queries, and not on that of keys from 2,048 on.
 */
export const attentionGradients = ({
  kernel,
  training,
}: TrainingKernel): Pick<GradientRules, 'attention' | 'attentionScores' | 'attentionContext'> => ({
  attention(args) {
    const { q, k, v, y, bias, sizes, dy, dq, dk, dv, dBias, valueDim } = args;
    if (!isInKernel(sizes)) return attention(args);
    const { heads, group, headDim, scale, before, after, queryOffsets, keyStarts, keyLengths } = sizes;
    const [queries, keys, values, out] = [savedTensor(q), savedTensor(k), savedTensor(v), savedTensor(y)];
    const biases = bias && savedTensor(bias);
    const strides = biases ? biasStrides(biases) : { batch: 0, head: 0, query: 0 };
    const bytes = training.attentionGradientScratch(sizes.longestKey, headDim, valueDim);
    withScratch(kernel, bytes, (scratch) => {
      for (let s = 0; s < sizes.batch; s++) {
        const [firstQuery, firstKey] = [queryOffsets[s]!, keyStarts[s]!];
        training.attentionGradient(
          queries.address + firstQuery * queries.stride * 4,
          queries.stride,
          keys.address + firstKey * keys.stride * 4,
          keys.stride,
          values.address + firstKey * values.stride * 4,
          values.stride,
          out.address + firstQuery * out.stride * 4,
          out.stride,
          at(dy, firstQuery),
          dy.stride,
          at(dq, firstQuery),
          dq?.stride ?? 0,
          at(dk, firstKey),
          dk?.stride ?? 0,
          at(dv, firstKey),
          dv?.stride ?? 0,
          queryOffsets[s + 1]! - firstQuery,
          keyLengths[s]!,
          heads,
          group,
          headDim,
          valueDim,
          scale,
          biases ? biases.address + s * strides.batch * 4 : 0,
          dBias ? addressOf(dBias) + s * strides.batch * 4 : 0,
          strides.head,
          strides.query,
          before,
          after,
          scratch,
        );
      }
    });
  },
  attentionScores(args) {
    const { q, k, bias, sizes, dy, dq, dk, dBias, headIndices } = args;
    if (!isInKernel(sizes)) return attentionScores(args);
    const { group, headDim, scale, before, after, queryOffsets, keyStarts, keyLengths } = sizes;
    const [queries, keys] = [savedTensor(q), savedTensor(k)];
    const strides = bias ? biasStrides(bias) : { batch: 0, head: 0, query: 0 };
    withScratch(kernel, training.attentionWeightsGradientScratch(headDim, headDim), (scratch) => {
      for (let s = 0; s < sizes.batch; s++) {
        const [firstQuery, firstKey] = [queryOffsets[s]!, keyStarts[s]!];
        for (const [index, head] of headIndices.entries()) {
          const [column, keyColumn] = [head * headDim, Math.floor(head / group) * headDim];
          training.attentionScoresGradient(
            queries.address + (firstQuery * queries.stride + column) * 4,
            queries.stride,
            keys.address + (firstKey * keys.stride + keyColumn) * 4,
            keys.stride,
            at(dy, (s * headIndices.length + index) * sizes.longestQuery),
            dy.stride,
            at(dq, firstQuery, column),
            dq?.stride ?? 0,
            at(dk, firstKey, keyColumn),
            dk?.stride ?? 0,
            queryOffsets[s + 1]! - firstQuery,
            keyLengths[s]!,
            headDim,
            scale,
            dBias ? addressOf(dBias) + (s * strides.batch + head * strides.head) * 4 : 0,
            strides.query,
            before,
            after,
            scratch,
          );
        }
      }
    });
  },
  attentionContext({ weights, v, sizes, queryOffsets, headIndices, dy, dWeights, dv }) {
    const { valueDim, batch, longestQuery, group, keyStarts, keyLengths } = sizes;
    const [stored, values] = [savedTensor(weights), savedTensor(v)];
    withScratch(kernel, training.attentionWeightsGradientScratch(1, valueDim), (scratch) => {
      // A head that is listed twice was overwritten the second time: from last to first.
      for (let index = headIndices.length - 1; index >= 0; index--) {
        const head = headIndices[index]!;
        const column = Math.floor(head / group) * valueDim;
        for (let s = 0; s < batch; s++) {
          const [firstQuery, firstKey] = [queryOffsets[s]!, keyStarts[s]!];
          const queries = queryOffsets[s + 1]! - firstQuery;
          const row = (s * headIndices.length + index) * longestQuery;
          const from = at(dy, firstQuery, head * valueDim);
          training.attentionContextGradient(
            stored.address + row * stored.stride * 4,
            stored.stride,
            values.address + (firstKey * values.stride + column) * 4,
            values.stride,
            from,
            dy.stride,
            at(dWeights, row),
            dWeights?.stride ?? 0,
            at(dv, firstKey, column),
            dv?.stride ?? 0,
            queries,
            keyLengths[s]!,
            valueDim,
            scratch,
          );
          training.moveRows(from, dy.stride, 0, 0, queries, valueDim, 0);
        }
      }
    });
  },
});
