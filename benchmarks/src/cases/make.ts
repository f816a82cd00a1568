import { Random } from '../random.ts';
import type { Dtype } from '../row.ts';
import { bertConfigs, type EncoderModelName, randomBertWeights } from './bert.ts';
import sentences from './sentences.json' with { type: 'json' };
import { batchLengths, textOf } from './text.ts';
import type {
  AttentionWork,
  BatchWork,
  DecodeLayer,
  DecodeWork,
  EncoderWork,
  LayerNormWork,
  MatmulWork,
  SoftmaxWork,
} from './work.ts';

/** Operands of a matrix product; weights are as small as trained ones, so that outputs are about 1. */
export function matmulWork(m: number, k: number, n: number, dtype: Dtype): MatmulWork {
  const random = new Random(m * 31 + k * 7 + n);
  return {
    kind: 'matmul',
    dtype,
    m,
    k,
    n,
    a: random.uniform(m * k),
    b: random.uniform(k * n, 3 / Math.sqrt(k)),
  };
}

export function softmaxWork(rows: number, columns: number): SoftmaxWork {
  return { kind: 'softmax', rows, columns, x: new Random(1).uniform(rows * columns, 8) };
}

export function layerNormWork(rows: number, columns: number): LayerNormWork {
  const random = new Random(2);
  const x = random.uniform(rows * columns, 4);
  const gamma = random.uniform(columns, 2);
  return { kind: 'layer-norm', rows, columns, epsilon: 1e-5, x, gamma, beta: random.uniform(columns) };
}

export function attentionWork(heads: number, tokens: number, size: number): AttentionWork {
  const random = new Random(tokens);
  const next = () => random.uniform(heads * tokens * size, 2);
  return { kind: 'attention', heads, tokens, size, queries: next(), keys: next(), values: next() };
}

/** GPT-2 124M: queries, keys and values in one, the attention's output, the feed-forward's two; the head once. */
export function decodeWork(dtype: Dtype): DecodeWork {
  const random = new Random(3);
  const layer = (k: number, n: number): DecodeLayer => ({
    k,
    n,
    weights: random.uniform(k * n, 3 / Math.sqrt(k)),
  });
  const block = () => [layer(768, 2304), layer(768, 768), layer(768, 3072), layer(3072, 768)];
  const layers = [...Array.from({ length: 12 }, block).flat(), layer(768, 50257)];
  const inputs = new Map([768, 3072].map((width) => [width, random.uniform(width)]));
  return { kind: 'decode', dtype, layers, inputs };
}

// 440 MB of random numbers take seconds to make: cases of one model share them.
const randomWeights = new Map<EncoderModelName, ReadonlyMap<string, Float32Array>>();

export function encoderWork(model: EncoderModelName, tokens: number, dtype: Dtype): EncoderWork {
  const config = bertConfigs[model];
  if (model !== 'MiniLM' && !randomWeights.has(model)) randomWeights.set(model, randomBertWeights(config, 4));
  return { kind: 'encoder', dtype, model, config, ...textOf(tokens), weights: randomWeights.get(model) };
}

/** Texts of mixed lengths for MiniLM in one call. */
export function batchWork(texts: number): BatchWork {
  const encoder = encoderWork('MiniLM', 2, 'f32');
  return { kind: 'batch', encoder, texts: batchLengths(texts).map((tokens) => textOf(tokens).text) };
}

/** 1,000 real sentences of mixed lengths for MiniLM in one call. */
export function sentencesWork(): BatchWork {
  return { kind: 'batch', encoder: encoderWork('MiniLM', 2, 'f32'), texts: sentences.sentences };
}
