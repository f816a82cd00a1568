import {
  type AttentionParameters,
  offsetsOf,
  operations,
  placeAttention,
  sizeOf,
} from '../../operations/index.ts';
import { type Case, operationCase, testCase } from '../lib/case.ts';
import { ONE_OPERATION, type Tolerance } from '../lib/compare.ts';
import type { Inputs } from '../lib/inputs.ts';

export interface AttentionCase extends AttentionParameters {
  readonly seed: number;
}

/** The error of a score of size s is about s · 2⁻²⁴ times the few roundings of a dot product, and that of a weight as much. */
function toleranceOf({ limit = 2 }: AttentionParameters): Tolerance {
  return limit <= 2 ? ONE_OPERATION : { absolute: 1e-5 + limit * 1e-6, relative: 1e-5 };
}

/** Draws and places the operands of an attention. */
export function makeAttention(inputs: Inputs, parameters: AttentionCase) {
  return placeAttention(inputs, parameters, operations.attention.values(parameters, inputs.random));
}

export function attention(parameters: AttentionCase): Case {
  return operationCase(operations.attention, parameters, toleranceOf(parameters));
}

/** All heads in reverse order, or every second one. */
function selectHeads(heads: number, seed: number): number[] {
  const all = Array.from({ length: heads }, (_, head) => heads - 1 - head);
  return seed % 2 === 0 ? all : all.filter((head) => head % 2 === 0);
}

export function attentionScores(parameters: AttentionCase): Case {
  return testCase('attentionScores', parameters, toleranceOf(parameters), (inputs, p) => {
    const { q, k, options } = makeAttention(inputs, p);
    const only = selectHeads(p.heads, p.seed);
    return [inputs.backend.read(inputs.backend.attentionScores(q, k, options, only))];
  });
}

/** Context from given weights. Weights of positions without a token are NaN, and columns of other heads must not change. */
export function attentionContext(parameters: AttentionCase): Case {
  return testCase('attentionContext', parameters, toleranceOf(parameters), (inputs, p) => {
    const { backend, random } = inputs;
    const { v, options } = makeAttention(inputs, p);
    const keys = p.keys ?? p.queries;
    const [longestQuery, longestKey] = [Math.max(0, ...p.queries), Math.max(0, ...keys)];
    const only = selectHeads(p.heads, p.seed);
    const shape = [p.queries.length, only.length, longestQuery, longestKey];
    const weights = random.values(sizeOf(shape));
    for (const index of weights.keys()) {
      const [row, key] = [Math.floor(index / longestKey), index % longestKey];
      const sequence = Math.floor(row / longestQuery / only.length);
      if (row % longestQuery >= p.queries[sequence]! || key >= keys[sequence]!) weights[index] = NaN;
      // Sums over many keys stay of order 1, as with the weights of a softmax.
      else weights[index] = weights[index]! / Math.sqrt(longestKey);
    }
    const rows = offsetsOf(p.queries).at(-1)!;
    const width = p.heads * p.valueDim;
    const whole = backend.tensor(new Float32Array(rows * (width + 5)).fill(7), [rows, width + 5]);
    const context = backend.columns(whole, 2, 2 + width);
    backend.attentionContext(inputs.tensor(weights, shape), v, options, only, context);
    return [backend.read(whole)];
  });
}

/** Scores, softmax and context as separate operations, and the fused attention. */
export function attentionInSteps(parameters: AttentionCase): Case {
  return testCase('attention in steps', parameters, toleranceOf(parameters), (inputs, p) => {
    const { backend } = inputs;
    const { q, k, v, options } = makeAttention(inputs, p);
    const all = Array.from({ length: p.heads }, (_, head) => head);
    const weights = backend.softmax(backend.attentionScores(q, k, options, all));
    const context = backend.zeros([offsetsOf(p.queries).at(-1)!, p.heads * p.valueDim]);
    backend.attentionContext(weights, v, options, all, context);
    const fused = backend.read(backend.attention(q, k, v, options));
    return [backend.read(context), fused, backend.read(weights)];
  });
}
