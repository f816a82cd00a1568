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
import type { GenerationSettings } from '../settings.ts';

/** Logits processors of the settings, in Hugging Face's order, without those of the sampling distribution: `sampleRow` applies these. `limit` is the maximum number of new tokens. */
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
  // Sampling does not depend on a constant that is added to all scores.
  if (s.renormalizeLogits && !s.doSample) list.push(renormalize());
  return list;
}
