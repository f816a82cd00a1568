import { Random } from '../random.ts';
import type { Dtype } from '../row.ts';
import { bertConfigs, type EncoderModelName, randomBertWeights } from './bert.ts';
import { type DecoderModelName, decoderConfigs, randomDecoderWeights } from './decoders.ts';
import sentences from './sentences.json' with { type: 'json' };
import { batchLengths, storiesOf, textOf } from './text.ts';
import type {
  AttentionWork,
  BatchWork,
  DecodeLayer,
  DecodeWork,
  EmbeddingWork,
  EncoderWork,
  GateWork,
  GenerateWork,
  GruWork,
  LayerNormWork,
  LstmWork,
  MatmulWork,
  PointwiseWork,
  PoolWork,
  RmsNormWork,
  RotaryWork,
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

export function rmsNormWork(rows: number, columns: number): RmsNormWork {
  const random = new Random(7);
  const x = random.uniform(rows * columns, 4);
  return { kind: 'rms-norm', rows, columns, epsilon: 1e-6, x, gamma: random.uniform(columns, 2) };
}

export function gateWork(rows: number, columns: number): GateWork {
  return { kind: 'gate', rows, columns, x: new Random(8).uniform(rows * 2 * columns, 4) };
}

export function pointwiseWork(
  operation: PointwiseWork['operation'],
  rows: number,
  columns: number,
): PointwiseWork {
  const random = new Random(12);
  const [x, y] = [random.uniform(rows * columns, 4), random.uniform(rows * columns, 4)];
  return { kind: 'pointwise', operation, rows, columns, x, y, factor: 0.125 };
}

export function embeddingWork(rows: number, columns: number, tokens: number): EmbeddingWork {
  const random = new Random(13);
  const ids = random.integers(tokens, 0, rows);
  return { kind: 'embedding', rows, columns, ids, table: random.uniform(rows * columns) };
}

export function poolWork(texts: number, tokens: number, columns: number): PoolWork {
  return { kind: 'pool', texts, tokens, columns, x: new Random(14).uniform(texts * tokens * columns) };
}

export function rotaryWork(tokens: number, heads: number, size: number): RotaryWork {
  const half = size / 2;
  const angles = Array.from({ length: tokens * half }, (_, at) => {
    return Math.floor(at / half) * 10_000 ** (-(at % half) / half);
  });
  return {
    kind: 'rotary',
    tokens,
    heads,
    size,
    x: new Random(9).uniform(tokens * heads * size),
    cosines: Float32Array.from(angles, Math.cos),
    sines: Float32Array.from(angles, Math.sin),
  };
}

export function lstmWork(rows: number, size: number): LstmWork {
  const random = new Random(10);
  const gates = random.uniform(rows * 4 * size, 4);
  return { kind: 'lstm', rows, size, gates, cell: random.uniform(rows * size, 2) };
}

export function gruWork(rows: number, size: number): GruWork {
  const random = new Random(11);
  const [input, hidden] = [random.uniform(rows * 3 * size, 4), random.uniform(rows * 3 * size, 4)];
  return { kind: 'gru', rows, size, input, hidden, state: random.uniform(rows * size) };
}

export function attentionWork(
  heads: number,
  tokens: number,
  size: number,
  queryTokens = tokens,
): AttentionWork {
  const random = new Random(tokens);
  const next = (rows: number) => random.uniform(heads * rows * size, 2);
  const [queries, keys, values] = [next(queryTokens), next(tokens), next(tokens)];
  return {
    kind: 'attention',
    heads,
    tokens,
    queryTokens,
    size,
    queries: queries!,
    keys: keys!,
    values: values!,
  };
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

/** Tokens of the prompt, and of what follows it. */
export const promptTokens = 256;
export const newTokens = 128;

// Half a gigabyte at most: only the last model's are kept.
const randomDecoder = new Map<DecoderModelName, ReadonlyMap<string, Float32Array>>();

function generate(model: DecoderModelName, dtype: Dtype, ids: { past: Int32Array; tokens: Int32Array }) {
  const config = decoderConfigs[model];
  if (model !== 'stories15M' && !randomDecoder.has(model)) {
    randomDecoder.clear();
    randomDecoder.set(model, randomDecoderWeights(config, 5));
  }
  return { kind: 'generate', dtype, model, config, weights: randomDecoder.get(model), ...ids } as const;
}

/** A fixed text, as long as a prompt and what follows it: a real one for real weights, and for random ones random tokens. */
function fixedText(model: DecoderModelName): Int32Array {
  const length = promptTokens + newTokens;
  if (model === 'stories15M') return storiesOf(length);
  return new Random(6).integers(length, 0, decoderConfigs[model].vocab_size);
}

/** The prompt, read at once into an empty cache. */
export function prefillWork(model: DecoderModelName, dtype: Dtype): GenerateWork {
  const tokens = fixedText(model).subarray(0, promptTokens);
  return { ...generate(model, dtype, { past: new Int32Array(0), tokens }), atOnce: promptTokens };
}

/**
 * Of the new tokens after the prompt the `count` in the middle, one after the other. As a token's cost grows by the same from each to the
 * next, their mean is that of all.
 */
export function newTokensWork(model: DecoderModelName, dtype: Dtype, count: number): GenerateWork {
  const text = fixedText(model);
  const from = promptTokens + (newTokens - count) / 2;
  const ids = { past: text.subarray(0, from), tokens: text.subarray(from, from + count) };
  return { ...generate(model, dtype, ids), atOnce: 1 };
}
