import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { decoderOptions, encoderOptions, sourceBatch } from './encode-sources.ts';
import { promptTokens } from './prompt-tokens.ts';
import { commonPrefix } from './sequence.ts';
import type { CachedSession } from './session-cache.ts';

/** A given text, and for encoder–decoders its source. */
export interface TeacherForcedText {
  readonly ids: Int32Array;
  readonly source?: Int32Array;
}

/** Tokens per forward pass if the logits of all are needed, `[tokens, vocabSize]`. */
const SCORE_TOKENS = 128;

/**
 * Runs a given text (teacher forcing) and calls `onLogits` with the next-token logits after each of its tokens, in order. The array may
 * be changed but is valid only during the callback. Rejects with the signal's reason if aborted between two forward passes.
 */
export async function scoreText(
  cached: CachedSession,
  { ids, source }: TeacherForcedText,
  options: DecodeCallOptions,
  onLogits: (index: number, logits: Float32Array) => void,
): Promise<void> {
  const { session, yielder } = cached;
  cached.clear();
  await yielder.yieldToEventLoop(options.signal);
  if (source) await session.encodeSource(sourceBatch([source]), FIRST_SLOT, encoderOptions(options));
  const decodeOptions = source ? decoderOptions(options) : options;
  for (let from = 0; from < ids.length; from += SCORE_TOKENS) {
    await yielder.yieldToEventLoop(options.signal);
    const chunk = ids.slice(from, from + SCORE_TOKENS);
    const { logits } = await session.decode(chunkBatch(chunk, from), {
      ...decodeOptions,
      rows: Int32Array.from(chunk.keys()),
    });
    const width = logits.shape[1]!;
    for (const row of chunk.keys())
      onLogits(from + row, logits.data.subarray(row * width, (row + 1) * width));
  }
}

/**
 * Next-token logits after a text. Tokens of its prefix whose keys and values are cached are not computed again, except under hooks, whose
 * results are not cached either.
 */
export async function prefill(
  cached: CachedSession,
  ids: Int32Array,
  options: DecodeCallOptions,
): Promise<Float32Array> {
  const { prefixes, session, yielder } = cached;
  if (options.hooks) cached.clear();
  const before = prefixes[0]!;
  let from = commonPrefix(before.ids, ids, Math.min(before.length, ids.length - 1));
  const prefixIds = Array.from(ids);
  prefixes[0] = { ids: prefixIds, length: from };
  // Hooks see the same passes with and without a signal.
  const tokens = promptTokens(cached, options.hooks ? undefined : options.signal);
  try {
    for (;;) {
      await yielder.yieldToEventLoop(options.signal);
      const chunk = ids.slice(from, from + tokens);
      const { logits } = await session.decode(chunkBatch(chunk, from), options);
      from += chunk.length;
      prefixes[0] = { ids: prefixIds, length: from };
      if (from === ids.length) return logits.data;
    }
  } finally {
    if (options.hooks) cached.clear();
  }
}

const FIRST_SLOT = Int32Array.of(0);

/** A batch of one sequence in the first slot; `from` is the position of its first token. */
export function chunkBatch(ids: Int32Array, from: number) {
  return { ids, offsets: Int32Array.of(0, ids.length), slots: FIRST_SLOT, starts: Int32Array.of(from) };
}
