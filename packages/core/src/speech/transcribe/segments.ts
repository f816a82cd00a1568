import type { SpeechTokens } from '../speech-tokens.ts';

/** Seconds of a timestamp. */
export const TIMESTAMP_SECONDS = 0.02;

/** A segment's tokens without timestamps, with its times in the window in seconds. */
export interface WindowSegment {
  readonly ids: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** The segments of a window, and how far the next window is, in seconds. */
export interface WindowSegments {
  readonly segments: readonly WindowSegment[];
  readonly advance: number;
}

/**
 * Divides a window's tokens at its timestamps, as `transcribe.py` of https://github.com/openai/whisper does. A pair of timestamps divides two segments;
 * what comes after the last pair has no end in this window, and the next window begins there. A window that ends with one timestamp, or has no
 * pair, is used up.
 *
 * @param duration of the window, in seconds
 */
export function divideWindow(ids: readonly number[], tokens: SpeechTokens, duration: number): WindowSegments {
  const { firstTimestamp } = tokens;
  const isTimestamp = (at: number) => (ids[at] ?? 0) >= firstTimestamp;
  const secondsAt = (at: number) => (ids[at]! - firstTimestamp) * TIMESTAMP_SECONDS;
  const text = (from: number, to: number) => ids.slice(from, to).filter((id) => id < firstTimestamp);
  const endsSingly = isTimestamp(ids.length - 1) && !isTimestamp(ids.length - 2);
  const cuts: number[] = [];
  for (let i = 1; i < ids.length; i++) if (isTimestamp(i) && isTimestamp(i - 1)) cuts.push(i);
  if (cuts.length === 0) {
    const last = ids.findLastIndex((_, at) => isTimestamp(at));
    const end = last >= 0 && ids[last] !== firstTimestamp ? secondsAt(last) : duration;
    return { segments: [{ ids: text(0, ids.length), start: 0, end }], advance: duration };
  }
  if (endsSingly) cuts.push(ids.length);
  const segments = cuts.map((to, i) => {
    const from = cuts[i - 1] ?? 0;
    return { ids: text(from, to), start: secondsAt(from), end: secondsAt(to - 1) };
  });
  const advance = endsSingly ? duration : secondsAt(cuts.at(-1)! - 1);
  // A pair at the very beginning would lead to the same window again.
  return { segments, advance: advance > 0 ? advance : duration };
}
