import type { OperationWork } from '../cases/work.ts';
import type { Prepared } from './engine.ts';

/** `[a, b, size]` to `[b, a, size]`. */
export function swapOuterAxes(x: Float32Array, a: number, b: number): Float32Array {
  const size = x.length / (a * b);
  const out = new Float32Array(x.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      out.set(x.subarray((i * b + j) * size, (i * b + j + 1) * size), (j * a + i) * size);
    }
  }
  return out;
}

/** Block size of a transposition: a block's rows and columns fit the caches. */
const block = 32;

/** The transpose of `x[rows, columns]`. */
export function transpose(x: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let top = 0; top < rows; top += block) {
    const bottom = Math.min(top + block, rows);
    for (let left = 0; left < columns; left += block) {
      const right = Math.min(left + block, columns);
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) out[j * rows + i] = x[i * columns + j]!;
      }
    }
  }
  return out;
}

/** A linear layer's `[outFeatures, inFeatures]` weight as `[inFeatures, outFeatures]`, which the peers multiply by. */
export function inputMajor({ parameters, values }: OperationWork<'linear'>): Float32Array {
  return transpose(values.weight, parameters.outFeatures, parameters.inFeatures);
}

/** Operands of an attention as `[heads, tokens, size]`, which the peers' batched products take, and the inverse for the output. */
export function headMajor({ parameters, values }: OperationWork<'attention'>) {
  const { heads, headDim: size } = parameters;
  const queryTokens = parameters.queries[0]!;
  const tokens = (parameters.keys ?? parameters.queries)[0]!;
  const arrange: Prepared['arrange'] = (output) => swapOuterAxes(output, heads, queryTokens);
  return {
    ...{ heads, size, queryTokens, tokens, arrange, causal: parameters.causal === true },
    queries: swapOuterAxes(values.q, queryTokens, heads),
    keys: swapOuterAxes(values.k, tokens, heads),
    values: swapOuterAxes(values.v, tokens, heads),
  };
}
