import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { decoderOptions } from '../../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../../generate/scheduler/prefill.ts';
import type { CachedSession } from '../../generate/scheduler/session-cache.ts';
import type { Random } from '../../platform/random.ts';
import type { SpeechTokens } from '../speech-tokens.ts';
import { type BeamSettings, WindowBeams } from './beam-search.ts';
import { applyTokenRules, logSumExp } from './token-rules.ts';

/** What {@link decodeWindow} needs besides the session. */
export interface WindowRequest {
  /** The start token is among them. */
  readonly prompt: readonly number[];
  readonly tokens: SpeechTokens;
  readonly withTimestamps: boolean;
  readonly temperature: number;
  /** At temperature 0: undefined for the likeliest token each time. */
  readonly beams: BeamSettings | undefined;
  readonly maxTokens: number;
  readonly random: Random;
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

/** Writes down the window whose frames are the source of the session's first slot. Beams need a slot each. */
export async function decodeWindow(cached: CachedSession, request: WindowRequest): Promise<DecodedWindow> {
  const { session, yielder } = cached;
  const { prompt, tokens, temperature, beams, call } = request;
  const first = Int32Array.from(prompt);
  const start = prompt.lastIndexOf(tokens.start);
  await yielder.yieldToEventLoop(call.signal);
  const { logits: given } = await session.decode(chunkBatch(first, 0), {
    ...decoderOptions(call),
    rows: Int32Array.of(start, first.length - 1),
  });
  const width = given.shape[1]!;
  const atStart = given.data.subarray(0, width);
  const noSpeechProbability = Math.exp(atStart[tokens.noSpeech]! - logSumExp(atStart));
  const logits = given.data.subarray(width);
  const { ids, sum } =
    temperature === 0 && beams
      ? await searchBeams(cached, request, beams, logits)
      : await chooseTokens(cached, request, logits);
  return { ids, averageLogProbability: sum / (ids.length + 1), noSpeechProbability };
}

/** A text with the sum of its log probabilities. */
interface ScoredText {
  readonly ids: readonly number[];
  readonly sum: number;
}

/** One token after another: the likeliest, or sampled. */
async function chooseTokens(
  { session, yielder }: CachedSession,
  { prompt, tokens, withTimestamps, temperature, maxTokens, random, call }: WindowRequest,
  logits: Float32Array,
): Promise<ScoredText> {
  const options = decoderOptions(call);
  const ids: number[] = [];
  for (let sum = 0; ; ) {
    applyTokenRules(logits, ids, tokens, withTimestamps);
    const id = temperature === 0 ? argmax(logits) : sample(logits, temperature, random);
    sum += logits[id]! - logSumExp(logits);
    if (id === tokens.end) return { ids, sum };
    ids.push(id);
    if (ids.length === maxTokens) return { ids, sum };
    await yielder.yieldToEventLoop(call.signal);
    const position = prompt.length + ids.length - 1;
    logits = (await session.decode(chunkBatch(Int32Array.of(id), position), options)).logits.data;
  }
}

async function searchBeams(
  { session, yielder }: CachedSession,
  { prompt, tokens, withTimestamps, maxTokens, call }: WindowRequest,
  settings: BeamSettings,
  logits: Float32Array,
): Promise<ScoredText> {
  const options = decoderOptions(call);
  const search = new WindowBeams(settings, tokens.end, maxTokens);
  let rows = [logits];
  for (let length = prompt.length; ; length++) {
    for (const [slot, ids] of search.beams.entries()) {
      applyTokenRules(rows[slot]!, ids, tokens, withTimestamps);
    }
    const step = search.advance(rows, length);
    if (!step) return search.best;
    await yielder.yieldToEventLoop(call.signal);
    const { ids, copies } = step;
    const slots = Int32Array.from(ids.keys());
    const batch = {
      ids,
      offsets: Int32Array.from({ length: ids.length + 1 }, (_, i) => i),
      slots,
      starts: slots.map(() => length),
    };
    const { data, shape } = (await session.decode(batch, { ...options, copies })).logits;
    rows = Array.from(ids, (_, i) => data.subarray(i * shape[1]!, (i + 1) * shape[1]!));
  }
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
