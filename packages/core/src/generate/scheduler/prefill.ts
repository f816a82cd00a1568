import type { DecodeCallOptions } from '../../engine/decoder-engine.ts';
import { decoderOptions, encoderOptions, sourceBatch } from './encode-sources.ts';
import { commonPrefix } from './sequence.ts';
import type { CachedSession } from './session-cache.ts';

/** A text that is given, to be read in the first slot of a session. */
export interface TextToRead {
  readonly ids: Int32Array;
  /** Encoder–decoders: what the encoder reads before it. */
  readonly source?: Int32Array;
}

/** So many tokens are read at once where the logits of all are looked at: they take much room. */
const PART = 128;
/** And so many where only those of the last token are. */
const LONG_PART = 512;

/**
 * Reads a text (teacher forcing) and shows the logits of what follows each of its tokens, in their order. They may be changed, and are
 * not to be kept. Rejects with the signal's reason, between two parts, once it is aborted.
 */
export async function scoreText(
  held: CachedSession,
  { ids, source }: TextToRead,
  options: DecodeCallOptions,
  see: (index: number, logits: Float32Array) => void,
): Promise<void> {
  held.forget();
  await held.yielder.yieldToEventLoop(options.signal);
  if (source) await held.session.encodeSource(sourceBatch([source]), SLOT, encoderOptions(options));
  const own = source ? decoderOptions(options) : options;
  for (let from = 0; from < ids.length; from += PART) {
    await held.yielder.yieldToEventLoop(options.signal);
    const part = ids.slice(from, from + PART);
    const { logits } = await held.session.decode(partBatch(part, from), {
      ...own,
      rows: Int32Array.from(part.keys()),
    });
    const width = logits.shape[1]!;
    for (const row of part.keys()) see(from + row, logits.data.subarray(row * width, (row + 1) * width));
  }
}

/**
 * The logits of what follows a text. What the slot already holds of its beginning is not read again, unless hooks want to see it, after
 * which nothing that was computed under them is kept.
 */
export async function prefill(
  held: CachedSession,
  ids: Int32Array,
  options: DecodeCallOptions,
): Promise<Float32Array> {
  if (options.hooks) held.forget();
  const before = held.prefixes[0]!;
  let from = commonPrefix(before.ids, ids, Math.min(before.length, ids.length - 1));
  held.prefixes[0] = { ids: Array.from(ids), length: from };
  try {
    for (;;) {
      await held.yielder.yieldToEventLoop(options.signal);
      const part = ids.slice(from, from + LONG_PART);
      const { logits } = await held.session.decode(partBatch(part, from), options);
      from += part.length;
      held.prefixes[0] = { ids: held.prefixes[0].ids, length: from };
      if (from === ids.length) return logits.data;
    }
  } finally {
    if (options.hooks) held.forget();
  }
}

const SLOT = Int32Array.of(0);

/** A batch of one sequence in the first slot. */
export function partBatch(ids: Int32Array, from: number) {
  return { ids, offsets: Int32Array.of(0, ids.length), slots: SLOT, starts: Int32Array.of(from) };
}
