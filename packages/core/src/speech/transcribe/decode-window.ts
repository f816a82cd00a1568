import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { decoderOptions } from '../../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../../generate/scheduler/prefill.ts';
import type { CachedSession } from '../../generate/scheduler/session-cache.ts';
import type { Random } from '../../platform/random.ts';
import type { SpeechTokens } from '../speech-tokens.ts';
import { applyTokenRules, logSumExp } from './token-rules.ts';

/** What {@link decodeWindow} needs besides the session. */
export interface WindowRequest {
  /** The start token is among them. */
  readonly prompt: readonly number[];
  readonly tokens: SpeechTokens;
  readonly withTimestamps: boolean;
  /** 0: the likeliest token each time. */
  readonly temperature: number;
  readonly maxTokens: number;
  readonly random: Random;
  /** Called with all tokens so far after each. */
  readonly onIds: ((ids: readonly number[]) => void) | undefined;
  /** Whether hooks are called, and the signal. */
  readonly call: DecodeCallOptions;
}

/** The tokens of a window, without prompt and end. */
export interface DecodedWindow {
  readonly ids: readonly number[];
  /** The logarithm of each token's probability, that of the end included, over the number of tokens. */
  readonly averageLogProbability: number;
  /** The probability of the token for no speech after the start token. */
  readonly noSpeechProbability: number;
}

/** Writes down the window whose frames are the source of the session's first slot. */
export async function decodeWindow(
  { session, yielder }: CachedSession,
  { prompt, tokens, withTimestamps, temperature, maxTokens, random, onIds, call }: WindowRequest,
): Promise<DecodedWindow> {
  const options = decoderOptions(call);
  const first = Int32Array.from(prompt);
  const start = prompt.lastIndexOf(tokens.start);
  await yielder.yieldToEventLoop(call.signal);
  const { logits: given } = await session.decode(chunkBatch(first, 0), {
    ...options,
    rows: Int32Array.of(start, first.length - 1),
  });
  const width = given.shape[1]!;
  const atStart = given.data.subarray(0, width);
  const noSpeechProbability = Math.exp(atStart[tokens.noSpeech]! - logSumExp(atStart));
  let logits = given.data.subarray(width);
  const ids: number[] = [];
  let sum = 0;
  for (;;) {
    applyTokenRules(logits, ids, tokens, withTimestamps);
    const id = temperature === 0 ? argmax(logits) : sample(logits, temperature, random);
    sum += logits[id]! - logSumExp(logits);
    if (id === tokens.end) break;
    ids.push(id);
    onIds?.(ids);
    if (ids.length === maxTokens) break;
    await yielder.yieldToEventLoop(call.signal);
    const position = first.length + ids.length - 1;
    logits = (await session.decode(chunkBatch(Int32Array.of(id), position), options)).logits.data;
  }
  return { ids, averageLogProbability: sum / (ids.length + 1), noSpeechProbability };
}

function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** A token by its probability at a temperature. */
function sample(logits: Float32Array, temperature: number, random: Random): number {
  const scaled = logits.map((logit) => logit / temperature);
  const total = logSumExp(scaled);
  const target = random.next();
  let sum = 0;
  for (let i = 0; i < scaled.length; i++) {
    sum += Math.exp(scaled[i]! - total);
    if (sum > target) return i;
  }
  // The sum may be less than 1 by rounding.
  return argmax(logits);
}
