import type { DecodeBatch, Decoder, DecoderCache } from '../models/decoder.ts';
import type { TokenBatch } from '../models/encoder.ts';
import type { Run } from '../nn/run.ts';
import type { Steps } from '../nn/steps.ts';
import type { EncodeOutput } from './output.ts';

/** The last token of each sequence, as rows of its batch: what a decoder is asked about unless somebody says otherwise. */
export function lastRows(offsets: Int32Array): Int32Array {
  return Int32Array.from({ length: offsets.length - 1 }, (_, s) => offsets[s + 1]! - 1);
}

/**
 * A whole call of a decoder, from new tokens to the logits of what follows those in `rows`: `[rows, vocabSize]`. When a model is spread
 * over shards, each has those of its share of the vocabulary, in the order of the shards.
 */
export function* decodeSteps(
  decoder: Decoder,
  run: Run,
  batch: DecodeBatch,
  cache: DecoderCache,
  rows: Int32Array = lastRows(batch.offsets),
): Steps<EncodeOutput> {
  const logits = yield* decoder.forward(run, batch, cache, rows);
  return { shape: logits.shape, data: run.backend.read(logits) };
}

/** A whole reading of source texts by an encoder–decoder; `run.offsets` are the batch's. */
export function* rememberSteps(
  decoder: Decoder,
  run: Run,
  batch: TokenBatch,
  cache: DecoderCache,
  slots: Int32Array,
): Steps<void> {
  yield* decoder.remember!(run, batch, cache, slots);
}
