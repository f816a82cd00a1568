import { decoderOptions } from '../../generate/scheduler/encode-sources.ts';
import { chunkBatch } from '../../generate/scheduler/prefill.ts';
import type { CachedSession } from '../../generate/scheduler/session-cache.ts';
import type { SpeechTokens } from '../speech-tokens.ts';
import { chooseText, type TextRequest } from './choose-text.ts';
import { applyTokenRules, logSumExp } from './token-rules.ts';

/** What {@link decodeWindow} needs besides the session. The start token is in the prompt. */
export interface WindowRequest extends Omit<TextRequest, 'end' | 'rules'> {
  readonly tokens: SpeechTokens;
  readonly withTimestamps: boolean;
}

/** The tokens of a window, without prompt and end. */
export interface DecodedWindow {
  readonly ids: readonly number[];
  /** The logarithm of each token's probability, that of the end included, over the number of tokens. */
  readonly averageLogProbability: number;
  /** The probability of the token for no speech after the start token, of models that have one. */
  readonly noSpeechProbability: number | undefined;
}

/** Writes down the window whose frames are the source of the session's first slot. Beams need a slot each. */
export async function decodeWindow(
  cached: CachedSession,
  { tokens, withTimestamps, ...request }: WindowRequest,
): Promise<DecodedWindow> {
  const { session, yielder } = cached;
  const { prompt, call } = request;
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
  const rules = (logits: Float32Array, ids: readonly number[]) =>
    applyTokenRules(logits, ids, tokens, withTimestamps);
  const { ids, sum } = await chooseText(
    cached,
    { ...request, end: tokens.end, rules },
    given.data.subarray(width),
  );
  return { ids, averageLogProbability: sum / (ids.length + 1), noSpeechProbability };
}
