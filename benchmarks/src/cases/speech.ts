import type { Dtype } from '../row.ts';

/**
 * What is computed of a sound of 30 seconds by Whisper-tiny:
 *
 * - `prompt`: the encoder, the keys and values of the cross-attention, and the prompt; the output is the logits after it
 * - `tokens`: the tokens after it one by one, with both caches filled; the output is the logits after the last
 * - `transcript`: all, from the samples to greedy tokens, which are the output
 * - `none`: nothing, without loading the model
 */
export type SpeechPart = 'prompt' | 'tokens' | 'transcript' | 'none';

/** A part of the recognition of a recording of 30 seconds. */
export interface SpeechWork {
  readonly kind: 'speech';
  readonly dtype: Dtype;
  readonly part: SpeechPart;
}

/** Tokens that are timed, and those before them. Their values do not change the time. */
export const speechTokens = Int32Array.from({ length: 32 }, (_, i) => 1000 + 37 * i);
export const speechPast = Int32Array.from({ length: 32 }, (_, i) => 500 + 41 * i);

/** Whisper-tiny's special tokens. */
export const whisperTokens = {
  prompt: Int32Array.of(50_258, 50_259, 50_359, 50_363),
  noTimestamps: 50_363,
  end: 50_257,
  vocabulary: 51_865,
} as const;

const [hidden, inner, layers, positions] = [384, 1536, 4, 1500] as const;

/** Floating-point operations of the matrix products of a part. */
export function speechFlops(part: SpeechPart): number | null {
  const block = 4 * hidden * hidden + 2 * hidden * inner;
  const vocabulary = hidden * whisperTokens.vocabulary;
  if (part === 'prompt') {
    const convolutions = 2 * positions * 3 * 80 * hidden + positions * 3 * hidden * hidden;
    const encoder = layers * (positions * block + 2 * positions * positions * hidden);
    const cross = layers * 2 * positions * hidden * hidden;
    return 2 * (convolutions + encoder + cross + whisperTokens.prompt.length * layers * block + vocabulary);
  }
  if (part === 'tokens') {
    const attended = speechPast.length + speechTokens.length / 2 + positions;
    const token = layers * (block + 2 * hidden * hidden + 2 * attended * hidden) + vocabulary;
    return 2 * speechTokens.length * token;
  }
  return null;
}
