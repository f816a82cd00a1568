import type { AttentionWork, LayerNormWork, MatmulWork, SoftmaxWork, Work } from '../cases/work.ts';
import type { Engine, Prepared } from './engine.ts';
import { embedding, gate, gruGates, lstmGates, pointwise, pool, rmsNorm, rotary } from './js-gates.ts';

/** Plain JavaScript on typed arrays, the first loops that one would write: what a page pays without WebAssembly. */
export const jsEngine: Engine = { name: 'js', threads: 1, prepare: (work) => prepare(work) };

/** More than this takes seconds for a single run, which nobody learns from. */
const mostFlops = 1e9;

function prepare(work: Work): Prepared | undefined {
  const run = loops(work);
  return run && { run, dispose: () => {} };
}

function loops(work: Work): (() => Float32Array) | undefined {
  switch (work.kind) {
    case 'matmul':
      return work.dtype === 'f32' ? () => matmul(work.a, work.b, work) : undefined;
    case 'softmax':
      return () => softmax(work);
    case 'layer-norm':
      return () => layerNorm(work);
    case 'rms-norm':
      return () => rmsNorm(work);
    case 'gate':
      return () => gate(work);
    case 'pointwise':
      return pointwise(work);
    case 'embedding':
      return () => embedding(work);
    case 'pool':
      return () => pool(work);
    case 'rotary':
      return () => rotary(work);
    case 'lstm':
      return () => lstmGates(work);
    case 'gru':
      return () => gruGates(work);
    case 'attention':
      return 4 * work.heads * work.size * work.tokens * work.queryTokens <= mostFlops
        ? () => attention(work)
        : undefined;
    default:
      return undefined;
  }
}

function matmul(
  a: Float32Array,
  b: Float32Array,
  { m, k, n }: Pick<MatmulWork, 'm' | 'k' | 'n'>,
): Float32Array {
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[i * k + l]! * b[l * n + j]!;
      c[i * n + j] = sum;
    }
  }
  return c;
}

function softmax({ x, rows, columns }: SoftmaxWork): Float32Array {
  const y = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < columns; i++) largest = Math.max(largest, x[start + i]!);
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += y[start + i] = Math.exp(x[start + i]! - largest);
    for (let i = 0; i < columns; i++) y[start + i]! /= sum;
  }
  return y;
}

function layerNorm({ x, gamma, beta, rows, columns, epsilon }: LayerNormWork): Float32Array {
  const y = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let mean = 0;
    for (let i = 0; i < columns; i++) mean += x[start + i]! / columns;
    let variance = 0;
    for (let i = 0; i < columns; i++) variance += (x[start + i]! - mean) ** 2 / columns;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let i = 0; i < columns; i++) y[start + i] = (x[start + i]! - mean) * scale * gamma[i]! + beta[i]!;
  }
  return y;
}

function attention({ queries, keys, values, heads, tokens, queryTokens, size }: AttentionWork): Float32Array {
  const out = new Float32Array(heads * queryTokens * size);
  const scores = new Float32Array(tokens);
  for (let head = 0; head < heads; head++) {
    const base = head * tokens * size;
    for (let q = 0; q < queryTokens; q++) {
      const row = (head * queryTokens + q) * size;
      for (let key = 0; key < tokens; key++) {
        let dot = 0;
        for (let i = 0; i < size; i++) dot += queries[row + i]! * keys[base + key * size + i]!;
        scores[key] = dot / Math.sqrt(size);
      }
      const weights = softmax({ kind: 'softmax', rows: 1, columns: tokens, x: scores });
      for (let key = 0; key < tokens; key++) {
        for (let i = 0; i < size; i++) out[row + i]! += weights[key]! * values[base + key * size + i]!;
      }
    }
  }
  return out;
}
