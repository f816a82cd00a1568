import type { SpeechTokens } from '../speech-tokens.ts';

/**
 * The rules of Whisper's decoding (Radford et al. 2022, §4.5; `decoding.py` of https://github.com/openai/whisper): sets the logits of tokens that may
 * not come next to −∞, in place. `sampled` are the tokens of the window so far.
 *
 * With timestamps they come in pairs, do not decrease, and the first token is one; where all timestamps together are more likely than the likeliest
 * text token, one comes next.
 */
export function applyTokenRules(
  logits: Float32Array,
  sampled: readonly number[],
  tokens: SpeechTokens,
  withTimestamps: boolean,
): void {
  const { end, firstTimestamp, noTimestamps } = tokens;
  for (const id of tokens.suppressed) logits[id] = -Infinity;
  if (sampled.length === 0) for (const id of tokens.suppressedFirst) logits[id] = -Infinity;
  logits[noTimestamps] = -Infinity;
  if (!withTimestamps) {
    logits.fill(-Infinity, firstTimestamp);
    return;
  }
  const isTimestamp = (id: number | undefined) => id !== undefined && id >= firstTimestamp;
  const wasTimestamp = isTimestamp(sampled.at(-1));
  const wasPair = sampled.length < 2 || isTimestamp(sampled.at(-2));
  if (wasTimestamp && wasPair) logits.fill(-Infinity, firstTimestamp);
  else if (wasTimestamp) logits.fill(-Infinity, 0, end);
  const last = sampled.findLast(isTimestamp);
  if (last !== undefined) {
    // The end of a segment may be the beginning of the next, but no segment is empty.
    const least = wasTimestamp && !wasPair ? last : last + 1;
    logits.fill(-Infinity, firstTimestamp, least);
  }
  if (sampled.length === 0) {
    logits.fill(-Infinity, 0, firstTimestamp);
    logits.fill(-Infinity, firstTimestamp + tokens.maxFirstTimestamp + 1);
  }
  const text = maximum(logits, 0, firstTimestamp);
  if (logSumExp(logits, firstTimestamp, logits.length) > text) logits.fill(-Infinity, 0, firstTimestamp);
}

/** ln Σ e^x over the values `from` to `to`; −∞ if there are none. */
export function logSumExp(values: Float32Array, from = 0, to = values.length): number {
  const largest = maximum(values, from, to);
  if (largest === -Infinity) return largest;
  let sum = 0;
  for (let i = from; i < to; i++) sum += Math.exp(values[i]! - largest);
  return largest + Math.log(sum);
}

function maximum(values: Float32Array, from: number, to: number): number {
  let largest = -Infinity;
  for (let i = from; i < to; i++) if (values[i]! > largest) largest = values[i]!;
  return largest;
}
