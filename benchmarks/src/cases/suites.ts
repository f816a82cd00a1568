import type { BackendName as OwnBackend } from '@headwise/core';
import { type OperationName, outputsOf, type ParametersOf } from '@headwise/operation-cases';
import { type BackendName, type Dtype, dtypes, type Suite } from '../row.ts';
import type { Tolerance } from '../run/check.ts';
import {
  decoderTolerance,
  encoderTolerance,
  operationTolerance,
  speechTolerance,
  trainTolerance,
  workersTolerance,
} from '../run/check.ts';
import { bertConfigs, bertFlops, type EncoderModelName } from './bert.ts';
import { type DecoderModelName, decoderConfigs, decoderFlops } from './decoders.ts';
import {
  attentionWork,
  batchWork,
  decodeWork,
  encoderWork,
  greedyWork,
  newTokens,
  newTokensWork,
  prefillWork,
  promptTokens,
  sentencesWork,
  streamWork,
} from './make.ts';
import sentences from './sentences.json' with { type: 'json' };
import { type SpeechWork, speechFlops, speechTokens } from './speech.ts';
import { batchLengths } from './text.ts';
import { type TokenizerName, textBytes, tokenizers } from './tokenize.ts';
import {
  gptFlops,
  gptWork,
  mlpFlops,
  mlpSizes,
  mlpWork,
  passNames,
  sampleSize,
  seq2SeqFlops,
  seq2SeqWork,
  type TrainWork,
  trainedGpt,
} from './train.ts';
import { operationWork, type StreamWork, type Work } from './work.ts';

/** A benchmark: one work that backends are compared on. */
export interface Case {
  readonly suite: Suite;
  readonly name: string;
  readonly dtype: Dtype;
  /** Floating-point operations of one run; null where memory bounds the time, as for softmax and norms. */
  readonly flops: number | null;
  /** Number of equal parts of a run whose time is reported: the tokens that it computes. Default: 1. */
  readonly parts?: number;
  readonly tolerance: Tolerance;
  /** For backends of Headwise. Default: `tolerance`. */
  readonly ownTolerance?: Tolerance;
  /** The measured backends. Default: all but those that only take part where named. */
  readonly backends?: readonly BackendName[];
  /** Backend of the expected output. Default: the reference. */
  readonly expectedFrom?: OwnBackend;
  /** Length of the segments of the output that are each compared relative to their own largest value. Default: all. */
  readonly segment?: number;
  /** The smallest work of its kind, whose memory is subtracted from the peak. Default: peak memory is not measured. */
  readonly tiny?: () => Work;
  /** Whether preparation takes a minute. */
  readonly large?: boolean;
  /** Makes the operands. Called once, before the case runs. */
  work(): Work;
}

/** Sizes `[m, k, n]` of a product of `[m, k]` with weights `[k, n]`. */
type Size = readonly [m: number, k: number, n: number];

const squares: readonly Size[] = [16, 32, 64, 96, 128, 256, 384, 512, 768, 1024].map((n) => [n, n, n]);
/** BERT-base on 126 tokens: an attention projection, and the second and the first layer of the feed-forward. */
const shapes: readonly Size[] = [
  [126, 768, 768],
  [126, 3072, 768],
  [126, 768, 3072],
];
const vectors: readonly Size[] = [
  [1, 768, 768],
  [1, 3072, 768],
  [1, 768, 3072],
];

function matmul([m, k, n]: Size, dtype: Dtype): Case {
  return {
    suite: 'ops',
    name: `${m === 1 ? 'gemv' : 'matmul'} ${m}x${k}x${n}`,
    dtype,
    flops: 2 * m * k * n,
    tolerance: operationTolerance[dtype],
    work: () => operationWork('linear', { rows: m, inFeatures: k, outFeatures: n, dtype }),
  };
}

/** A product with quantised weights, on the kernel and on its version before. */
function kernelProduct([m, k, n]: Size, dtype: 'q8' | 'q4'): Case {
  return {
    ...matmul([m, k, n], dtype),
    suite: 'kernels',
    name: `${m} rows, ${k}x${n}`,
    backends: ['wasm-relaxed-simd', 'previous-kernel'],
  };
}

/** A convolution of one sequence, with a bias. */
function convolution(parameters: ParametersOf<'conv1d'>): Case {
  const { lengths, inChannels, outChannels, kernelSize, stride = 1 } = parameters;
  return {
    suite: 'ops',
    name: `conv1d ${lengths[0]}x${inChannels}, ${outChannels} kernels of ${kernelSize}, stride ${stride}`,
    dtype: 'f32',
    flops: 2 * outputsOf(parameters) * outChannels * inChannels * kernelSize,
    tolerance: operationTolerance.f32,
    // The reference would take a minute. Tests compare wasm-simd with it.
    expectedFrom: 'wasm-simd',
    work: () => operationWork('conv1d', { ...parameters, bias: true }),
  };
}

/** An operation bound by memory. */
function memoryBound<N extends OperationName>(name: string, kind: N, parameters: ParametersOf<N>): Case {
  return {
    suite: 'ops',
    name,
    dtype: 'f32',
    flops: null,
    tolerance: operationTolerance.f32,
    work: () => operationWork(kind, parameters) as Work,
  };
}

function attention(tokens: number): Case {
  const [heads, size] = [12, 64];
  return {
    suite: 'attention',
    name: `attention ${heads}x${size}, ${tokens} tokens`,
    dtype: 'f32',
    flops: 4 * heads * size * tokens * tokens,
    tolerance: operationTolerance.f32,
    tiny: () => attentionWork(heads, 16, size),
    work: () => attentionWork(heads, tokens, size),
  };
}

/** Attention of a decoder's prompt. */
function causalAttention(tokens: number): Case {
  const [heads, size] = [12, 64];
  return {
    suite: 'attention',
    name: `attention ${heads}x${size}, ${tokens} tokens, causal`,
    dtype: 'f32',
    flops: 2 * heads * size * tokens * (tokens + 1),
    tolerance: operationTolerance.f32,
    work: () => attentionWork(heads, tokens, size, tokens, true),
  };
}

/** Attention of a decoder's new token: one query on the keys and values of a cache. */
function cachedAttention(tokens: number): Case {
  const [heads, size] = [12, 64];
  return {
    suite: 'attention',
    name: `attention ${heads}x${size}, 1 token on ${tokens} cached`,
    dtype: 'f32',
    flops: 4 * heads * size * tokens,
    tolerance: operationTolerance.f32,
    work: () => attentionWork(heads, tokens, size, 1),
  };
}

function encoder(model: EncoderModelName, tokens: number, dtype: Dtype): Case {
  return {
    suite: 'encoder',
    name: `${model}, ${tokens} tokens`,
    dtype,
    flops: bertFlops(bertConfigs[model], tokens),
    tolerance: encoderTolerance[dtype],
    // The reference would take minutes. Tests compare wasm-simd with it.
    ...(model === 'BERT-base shape' && tokens > 16 && { expectedFrom: 'wasm-simd' }),
    work: () => encoderWork(model, tokens, dtype),
  };
}

/** Many sentences of real lengths in one call, as for an index. */
function sentenceEmbeddings(): Case {
  const flops = sentences.tokens.map((tokens) => bertFlops(bertConfigs.MiniLM, tokens));
  return {
    suite: 'encoder',
    name: `MiniLM, ${sentences.tokens.length} sentences`,
    dtype: 'f32',
    flops: flops.reduce((sum, each) => sum + each, 0),
    tolerance: encoderTolerance.f32,
    ownTolerance: workersTolerance,
    backends: ['wasm-simd', 'wasm-relaxed-simd', 'workers', 'onnxruntime-web', 'onnxruntime-node'],
    // The reference would take minutes. Tests compare wasm-simd with it.
    expectedFrom: 'wasm-simd',
    work: sentencesWork,
  };
}

function decode(dtype: Dtype): Case {
  return {
    suite: 'decode',
    name: 'GPT-2 124M linear layers, 1 token',
    dtype,
    flops: 2 * (12 * 12 * 768 * 768 + 768 * 50257),
    tolerance: operationTolerance[dtype],
    work: () => decodeWork(dtype),
  };
}

/**
 * Models above the smallest are compared with wasm-simd, as the reference would take minutes. The largest is not run on onnxruntime-node: all
 * backends together would need 13 GB of memory in place of 10.
 */
function decoderLimits(model: DecoderModelName): Pick<Case, 'expectedFrom' | 'large' | 'backends'> {
  if (model === 'stories15M') return {};
  if (model === 'GPT-2 124M shape') return { expectedFrom: 'wasm-simd' };
  const backends = ['wasm-simd', 'wasm-relaxed-simd', 'workers', 'onnxruntime-web'] as const;
  return { expectedFrom: 'wasm-simd', large: true, backends };
}

function prefill(model: DecoderModelName, dtype: Dtype): Case {
  return {
    suite: 'generate',
    name: `${model}, prompt of ${promptTokens} tokens`,
    dtype,
    flops: decoderFlops(decoderConfigs[model], promptTokens, 0),
    tolerance: decoderTolerance[dtype],
    ...decoderLimits(model),
    work: () => prefillWork(model, dtype),
  };
}

/** New tokens of a run. Few where a peer is slow: onnxruntime-web takes up to three seconds for a token of Qwen2 in q4. */
function decodedTokens(model: DecoderModelName, dtype: Dtype): number {
  if (model === 'Qwen2-0.5B shape') return 2;
  return model === 'GPT-2 124M shape' && dtype === 'q4' ? 4 : 32;
}

function eachToken(model: DecoderModelName, dtype: Dtype): Case {
  const parts = decodedTokens(model, dtype);
  const mean = promptTokens + (newTokens - 1) / 2;
  return {
    suite: 'generate',
    name: `${model}, each new token`,
    dtype,
    flops: parts * decoderFlops(decoderConfigs[model], 1, mean),
    parts,
    tolerance: decoderTolerance[dtype],
    ...decoderLimits(model),
    work: () => newTokensWork(model, dtype, parts),
  };
}

/** Greedy tokens through the methods of `CausalLM`, beside bare decoding of the same tokens. */
function greedyCalls(model: 'stories15M' | 'GPT-2 124M shape', dtype: Dtype): Case {
  const tokens = model === 'stories15M' ? 64 : 16;
  return {
    suite: 'calls',
    // The tokens depend on the type: each has an expected output of its own.
    name: `${model}, ${tokens} greedy tokens in ${dtype}`,
    dtype,
    flops: null,
    parts: tokens,
    tolerance: 0,
    backends: ['wasm-relaxed-simd', 'generate', 'stream', 'chat'],
    expectedFrom: 'wasm-relaxed-simd',
    work: () => greedyWork(model, dtype, tokens),
  };
}

/** Tokens as users get them, from a GGUF file that Headwise and llama.cpp both read. */
function streaming(model: 'stories15M' | 'SmolLM2-135M shape', type: StreamWork['type']): Case {
  const tokens = model === 'stories15M' ? 128 : 32;
  return {
    suite: 'generate',
    name: `${model}, ${type}, ${tokens} tokens in stream()`,
    dtype: ({ F32: 'f32', Q8_0: 'q8', Q4_0: 'q4' } as const)[type],
    flops: null,
    parts: tokens,
    // The texts must begin alike.
    tolerance: 0,
    backends: ['wasm-simd', 'wasm-relaxed-simd', 'wllama'],
    expectedFrom: 'wasm-simd',
    work: () => streamWork(model, type, tokens),
  };
}

/** The backends that train, of which each is checked by the others. */
const trainers = ['wasm-simd', 'wasm-relaxed-simd', 'tfjs-wasm', 'jax-js'] as const;

/** Runs of a training on one batch: forward, forward and backward, or these and a step of the optimiser. */
function training(name: string, work: () => TrainWork, flops: number): Case {
  return {
    suite: 'train',
    name,
    dtype: 'f32',
    flops,
    tolerance: trainTolerance,
    segment: sampleSize,
    backends: trainers,
    // The reference would take minutes. Tests compare wasm-simd with it.
    expectedFrom: 'wasm-simd',
    work,
  };
}

const sharded = {
  suite: 'workers',
  dtype: 'f32',
  tolerance: encoderTolerance.f32,
  ownTolerance: workersTolerance,
  // Workers must equal one thread, and the reference would take minutes.
  expectedFrom: 'wasm-relaxed-simd',
} as const;

/** One thread, workers by transport and split, and the peer. */
const inParallel = [
  ...(['wasm-relaxed-simd', 'workers-messages', 'workers-shared'] as const),
  ...(['workers-batch', 'onnxruntime-web'] as const),
];

function shardedEncoder(model: EncoderModelName, tokens: number): Case {
  return {
    ...sharded,
    name: `${model}, ${tokens} tokens`,
    flops: bertFlops(bertConfigs[model], tokens),
    backends: inParallel,
    work: () => encoderWork(model, tokens, 'f32'),
  };
}

function shardedBatch(texts: number): Case {
  const flops = batchLengths(texts).map((tokens) => bertFlops(bertConfigs.MiniLM, tokens));
  return {
    ...sharded,
    name: `MiniLM, ${texts} texts`,
    flops: flops.reduce((sum, each) => sum + each, 0),
    backends: inParallel.filter((name) => name !== 'onnxruntime-web'),
    work: () => batchWork(texts),
  };
}

function tokenization(tokenizer: TokenizerName): Case {
  return {
    suite: 'tokenize',
    name: `${tokenizers[tokenizer]}, 1 MB of English and Korean`,
    dtype: 'f32',
    flops: null,
    // Ids must be equal.
    tolerance: 0,
    backends: ['tokenizer', 'hf-tokenizers'],
    work: () => ({ kind: 'tokenize', tokenizer, bytes: textBytes }),
  };
}

/** Names of the parts of speech recognition that are timed. */
const speechParts = {
  prompt: 'encoder and prompt',
  tokens: 'each new token',
  transcript: 'transcription of 30 s',
} as const;

function speech(part: keyof typeof speechParts, dtype: Dtype): Case {
  return {
    suite: 'speech',
    name: `Whisper-tiny, ${speechParts[part]}`,
    dtype,
    flops: speechFlops(part),
    ...(part === 'tokens' && { parts: speechTokens.length }),
    // Tokens are equal, or they are not those of the sound.
    tolerance: part === 'transcript' ? 0 : speechTolerance[dtype],
    backends: ['wasm-simd', 'wasm-relaxed-simd', 'workers', 'onnxruntime-web', 'onnxruntime-node'],
    // The reference would take minutes. Tests compare wasm-simd with the definition.
    expectedFrom: 'wasm-simd',
    ...(part === 'transcript' && { tiny: (): SpeechWork => ({ kind: 'speech', dtype, part: 'none' }) }),
    large: true,
    work: (): SpeechWork => ({ kind: 'speech', dtype, part }),
  };
}

/** Weights that fit the second-level cache. */
const inCache: readonly Size[] = [
  [1, 288, 288],
  [1, 288, 768],
  [1, 512, 512],
  [1, 768, 768],
];

/** All cases in running order. The largest of a suite come last, as peers do not release memory. */
export const cases: readonly Case[] = [
  ...[...squares, ...shapes, ...vectors].map((size) => matmul(size, 'f32')),
  // Whisper-tiny's two and Moonshine-tiny's three, on 30 seconds.
  convolution({ lengths: [3000], inChannels: 80, outChannels: 384, kernelSize: 3, padding: 1 }),
  convolution({ lengths: [3000], inChannels: 384, outChannels: 384, kernelSize: 3, padding: 1, stride: 2 }),
  convolution({ lengths: [480_000], inChannels: 1, outChannels: 288, kernelSize: 127, stride: 64 }),
  convolution({ lengths: [7499], inChannels: 288, outChannels: 576, kernelSize: 7, stride: 3 }),
  convolution({ lengths: [2498], inChannels: 576, outChannels: 288, kernelSize: 3, stride: 2 }),
  memoryBound('softmax 4608x384', 'softmax', { rows: 4608, width: 384, limit: 8 }),
  memoryBound('layer norm 512x768', 'layerNorm', { rows: 512, width: 768, epsilon: 1e-5 }),
  memoryBound('RMS norm 512x768', 'rmsNorm', { rows: 512, width: 768, epsilon: 1e-6 }),
  memoryBound('rotary 512 tokens, 12x64', 'rotary', {
    rows: 512,
    heads: 12,
    headDim: 64,
    pairs: 32,
    layout: 'half',
  }),
  memoryBound('gate 512x3072', 'gate', { rows: 512, width: 3072, activation: 'silu' }),
  memoryBound('LSTM gates 64x512', 'lstmGates', { rows: 64, hiddenSize: 512 }),
  memoryBound('GRU gates 64x512', 'gruGates', { rows: 64, hiddenSize: 512 }),
  memoryBound('add 512x768', 'add', { shape: [512, 768] }),
  memoryBound('scale 512x768', 'scale', { shape: [512, 768], factor: 0.125 }),
  memoryBound('GELU 512x3072', 'activate', { shape: [512, 3072], activation: 'gelu' }),
  memoryBound('embedding 512 of 30522x384', 'embedding', {
    rows: 30522,
    width: 384,
    table: 'f32',
    count: 512,
  }),
  memoryBound('mean pooling 16x32 tokens, 384', 'meanPool', {
    lengths: Array<number>(16).fill(32),
    width: 384,
    normalize: true,
  }),
  ...(['q8', 'q4'] as const).flatMap((dtype) => [...shapes, ...vectors].map((size) => matmul(size, dtype))),
  ...[256, 1024].map(cachedAttention),
  causalAttention(512),
  ...[128, 256, 512, 1024, 2048, 4096, 8192].map(attention),
  ...(['MiniLM', 'BERT-base shape'] as const).flatMap((model) =>
    (['f32', 'q8'] as const).flatMap((dtype) =>
      [16, 128, 512].map((tokens) => encoder(model, tokens, dtype)),
    ),
  ),
  sentenceEmbeddings(),
  ...dtypes.map(decode),
  // The two cases of a model and type are adjacent, as engines keep the last loaded model.
  ...(['stories15M', 'GPT-2 124M shape', 'Qwen2-0.5B shape'] as const).flatMap((model) =>
    dtypes.toReversed().flatMap((dtype) => [prefill(model, dtype), eachToken(model, dtype)]),
  ),
  ...(['stories15M', 'GPT-2 124M shape'] as const).flatMap((model) =>
    (['q8', 'q4'] as const).map((dtype) => greedyCalls(model, dtype)),
  ),
  ...(['stories15M', 'SmolLM2-135M shape'] as const).flatMap((model) =>
    (['F32', 'Q8_0', 'Q4_0'] as const).map((type) => streaming(model, type)),
  ),
  training('MLP 784-1024-256-10, batch 128, step', () => mlpWork(mlpSizes, 128), mlpFlops(mlpSizes, 128)),
  ...(['forward', 'backward', 'step'] as const).map((pass) =>
    training(
      `GPT 6x192, batch 16x128, ${passNames[pass]}`,
      () => gptWork(trainedGpt, 16, pass),
      gptFlops(trainedGpt, 16, pass),
    ),
  ),
  training(
    'LSTM seq2seq 256, batch 32x30, step',
    () => seq2SeqWork(256, 1000, 32, 30),
    seq2SeqFlops(256, 1000, 32, 30),
  ),
  // From the empty text, with two special tokens, to the longest.
  ...[2, 4, 8, 16, 32, 64, 128, 256, 512].map((tokens) => shardedEncoder('MiniLM', tokens)),
  shardedBatch(256),
  ...[128, 512].map((tokens) => shardedEncoder('BERT-base shape', tokens)),
  ...(['q8', 'q4'] as const).flatMap((dtype) =>
    [...inCache, ...[2, 7, 16, 32].map((m): Size => [m, 768, 768]), ...shapes].map((size) =>
      kernelProduct(size, dtype),
    ),
  ),
  ...(Object.keys(tokenizers) as TokenizerName[]).map(tokenization),
  // The cases of a type are adjacent, as engines keep the last loaded model.
  ...dtypes.flatMap((dtype) =>
    (['prompt', 'tokens', 'transcript'] as const).map((part) => speech(part, dtype)),
  ),
];
