import { Random } from '@headwise/operation-cases';
import type { Dtype } from '../row.ts';
import { bertConfigs, type EncoderModelName, randomBertWeights } from './bert.ts';
import { type DecoderModelName, decoderConfigs, randomDecoderWeights } from './decoders.ts';
import sentences from './sentences.json' with { type: 'json' };
import { batchLengths, storiesOf, textOf } from './text.ts';
import {
  type BatchWork,
  type DecodeWork,
  type EncoderWork,
  type GenerateWork,
  type GreedyWork,
  type OperationWork,
  operationWork,
  type StreamWork,
} from './work.ts';

/** Self-attention, causal or without a mask; with fewer queries than keys, the keys are a range of a cache. */
export function attentionWork(
  heads: number,
  tokens: number,
  headDim: number,
  queryTokens = tokens,
  causal = false,
): OperationWork<'attention'> {
  const shape = { heads, keyValueHeads: heads, headDim, valueDim: headDim, queries: [queryTokens], causal };
  const cached = { keys: [tokens], ranges: 'contiguous' } as const;
  return operationWork('attention', queryTokens < tokens ? { ...shape, ...cached } : shape, tokens);
}

/** Linear layers of GPT-2 124M: of each block the query, key and value projection, the output projection and the feed-forward; the head. */
export function decodeWork(dtype: Dtype): DecodeWork {
  const inputs = new Map([768, 3072].map((width) => [width, new Random(width).values(width)]));
  const layer = ([inFeatures, outFeatures]: readonly [number, number], seed: number) => {
    const work = operationWork('linear', { rows: 1, inFeatures, outFeatures, dtype }, seed);
    return { ...work, values: { ...work.values, x: inputs.get(inFeatures)! } };
  };
  const block = [
    [768, 2304],
    [768, 768],
    [768, 3072],
    [3072, 768],
  ] as const;
  const sizes = [...Array.from({ length: 12 }, () => block).flat(), [768, 50257] as const];
  return { kind: 'decode', dtype, layers: sizes.map(layer) };
}

// 440 MB that take seconds to draw, shared by the cases of a model.
const randomWeights = new Map<EncoderModelName, ReadonlyMap<string, Float32Array>>();

export function encoderWork(model: EncoderModelName, tokens: number, dtype: Dtype): EncoderWork {
  const config = bertConfigs[model];
  if (model !== 'MiniLM' && !randomWeights.has(model)) randomWeights.set(model, randomBertWeights(config, 4));
  return { kind: 'encoder', dtype, model, config, ...textOf(tokens), weights: randomWeights.get(model) };
}

/** Texts of mixed lengths through MiniLM in one call. */
export function batchWork(texts: number): BatchWork {
  const encoder = encoderWork('MiniLM', 2, 'f32');
  return { kind: 'batch', encoder, texts: batchLengths(texts).map((tokens) => textOf(tokens).text) };
}

/** 1,000 real sentences through MiniLM in one call. */
export function sentencesWork(): BatchWork {
  return { kind: 'batch', encoder: encoderWork('MiniLM', 2, 'f32'), texts: sentences.sentences };
}

/** Length of the prompt, and of the text after it, in tokens. */
export const promptTokens = 256;
export const newTokens = 128;

// Up to half a gigabyte: only the last model's weights are kept.
const randomDecoder = new Map<DecoderModelName, ReadonlyMap<string, Float32Array>>();

/** Configuration and weights of a decoder. */
function decoder<Name extends DecoderModelName>(model: Name) {
  const config = decoderConfigs[model];
  if (model !== 'stories15M' && !randomDecoder.has(model)) {
    randomDecoder.clear();
    randomDecoder.set(model, randomDecoderWeights(config, 5));
  }
  return { model, config, weights: randomDecoder.get(model) } as const;
}

/** A text of the length of the prompt and the new tokens: a story for stories15M, random tokens for random weights. */
function fixedText(model: DecoderModelName): Int32Array {
  const length = promptTokens + newTokens;
  if (model === 'stories15M') return storiesOf(length);
  return new Random(6).integers(length, 0, decoderConfigs[model].vocab_size - 1);
}

/** The prompt in one forward pass into an empty cache. */
export function prefillWork(model: DecoderModelName, dtype: Dtype): GenerateWork {
  const tokens = fixedText(model).subarray(0, promptTokens);
  const past = new Int32Array(0);
  return { kind: 'generate', dtype, ...decoder(model), past, tokens, atOnce: promptTokens };
}

/**
 * The middle `count` of the new tokens, one forward pass each. The cost grows linearly with the position, so that their mean equals the mean
 * of all new tokens.
 */
export function newTokensWork(model: DecoderModelName, dtype: Dtype, count: number): GenerateWork {
  const text = fixedText(model);
  const from = promptTokens + (newTokens - count) / 2;
  const ids = { past: text.subarray(0, from), tokens: text.subarray(from, from + count) };
  return { kind: 'generate', dtype, ...decoder(model), ...ids, atOnce: 1 };
}

/** Greedy tokens after 16 random words. */
export function greedyWork(model: DecoderModelName, dtype: Dtype, newTokens: number): GreedyWork {
  const ids = new Random(7).integers(16, 0, decoderConfigs[model].vocab_size - 1);
  const prompt = Array.from(ids, (id) => `w${id}`).join(' ');
  return { kind: 'greedy', dtype, ...decoder(model), prompt, newTokens };
}

/** Greedy tokens of a GGUF file through `stream`, after a short prompt. */
export function streamWork(
  model: 'stories15M' | 'SmolLM2-135M shape',
  type: StreamWork['type'],
  newTokens: number,
): StreamWork {
  const dtype = ({ F32: 'f32', Q8_0: 'q8', Q4_0: 'q4' } as const)[type];
  const prompt = 'Once upon a time, there was a little girl named Lily.';
  // Random weights have no clear next token: only the first is alike in all engines.
  const checkedCharacters = model === 'stories15M' ? 40 : 1;
  const { config, weights } = decoder(model);
  if (config.model_type === 'gpt2') throw new TypeError(`${model} is not a Llama`);
  return { kind: 'stream', dtype, type, model, config, weights, prompt, newTokens, checkedCharacters };
}
