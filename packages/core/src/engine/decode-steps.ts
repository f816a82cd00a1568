import type { DecodeBatch, Decoder, DecoderCache } from '../models/decoders/decoder.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { ForwardContext } from '../nn/run/forward-context.ts';
import type { Steps } from '../nn/run/steps.ts';
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
  ctx: ForwardContext,
  batch: DecodeBatch,
  cache: DecoderCache,
  rows: Int32Array = lastRows(batch.offsets),
): Steps<EncodeOutput> {
  const logits = yield* decoder.forward(ctx, batch, cache, rows);
  return { shape: logits.shape, data: ctx.backend.read(logits) };
}

/** A whole reading of source texts by an encoder–decoder; `run.offsets` are the batch's. */
export function* encodeSourceSteps(
  decoder: Decoder,
  ctx: ForwardContext,
  batch: TokenBatch,
  cache: DecoderCache,
  slots: Int32Array,
): Steps<void> {
  yield* decoder.encodeSource!(ctx, batch, cache, slots);
}
