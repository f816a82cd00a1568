import {
  badWords,
  forceToken,
  type LogitsProcessor,
  logitBias,
  minLength,
  noRepeatNgram,
  renormalize,
  repetitionPenalty,
  suppressTokens,
} from '../logits/processors.ts';
import { minP, temperature, topK, topP } from '../logits/warpers.ts';
import type { GenerationSettings } from '../settings.ts';

/** Logits processors of the settings, in Hugging Face's order. `limit` is the maximum number of new tokens. */
export function createProcessors(settings: GenerationSettings, limit: number): LogitsProcessor[] {
  const s = settings;
  const list: LogitsProcessor[] = [];
  if (s.logitBias.size > 0) list.push(logitBias(s.logitBias));
  if (s.repetitionPenalty !== 1) list.push(repetitionPenalty(s.repetitionPenalty));
  if (s.noRepeatNgramSize > 0) list.push(noRepeatNgram(s.noRepeatNgramSize));
  if (s.badWordsIds.length > 0) list.push(badWords(s.badWordsIds));
  if (s.minLength > 0 || s.minNewTokens > 0)
    list.push(minLength(s.stopTokens, { length: s.minLength, newTokens: s.minNewTokens }));
  if (s.forcedBosTokenId !== undefined) list.push(forceToken(s.forcedBosTokenId, 0));
  if (s.forcedEosTokenIds.length > 0) list.push(forceToken(s.forcedEosTokenIds, limit - 1));
  if (s.suppressTokens.length > 0) list.push(suppressTokens(s.suppressTokens));
  if (s.beginSuppressTokens.length > 0) list.push(suppressTokens(s.beginSuppressTokens, 'first'));
  list.push(...s.logitsProcessors);
  if (s.doSample) list.push(...createWarpers(s));
  if (s.renormalizeLogits) list.push(renormalize());
  return list;
}

/** Processors of the sampling distribution. */
function createWarpers(s: GenerationSettings): LogitsProcessor[] {
  const list: LogitsProcessor[] = [];
  if (s.temperature !== 1) list.push(temperature(s.temperature));
  if (s.topK > 0) list.push(topK(s.topK));
  if (s.topP < 1) list.push(topP(s.topP));
  if (s.minP > 0) list.push(minP(s.minP));
  return list;
}
