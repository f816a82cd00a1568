import type { Offsets, Tensor } from '../../backend/backend.ts';
import type { Decoder, DecoderCache } from '../../models/decoders/decoder.ts';
import { countingRows } from '../../nn/run/forward.ts';
import { crossEntropy } from '../losses/cross-entropy.ts';
import { countCorrect } from './metrics.ts';
import type { LossContext } from './objective.ts';

/** Input tokens of a decoder, and the targets of some of them. */
interface DecoderTargets {
  readonly ids: Int32Array;
  readonly offsets: Offsets;
  /** The rows with a target. */
  readonly rows: Int32Array;
  /** The target of each of `rows`. */
  readonly labels: Int32Array;
}

/**
 * The cross entropy of a decoder's targets; in evaluation also `accuracy`. `encode` computes the source of an encoder–decoder into the cache.
 */
export function decoderLoss(
  { ids, offsets, rows, labels }: DecoderTargets,
  ctx: LossContext<Decoder>,
  labelSmoothing: number,
  encode?: (cache: DecoderCache, slots: Int32Array) => void,
): Tensor {
  const { backend, model, training } = ctx;
  const slots = countingRows(offsets.length - 1);
  // A recording keeps the cache to its end.
  const cache = model.openCache(backend, slots.length, longestOf(offsets));
  try {
    encode?.(cache, slots);
    const batch = { ids, offsets, slots, starts: new Int32Array(slots.length) };
    const logits = ctx.run(offsets, (forward) => model.forward(forward, batch, cache, rows));
    if (!training) countCorrect(ctx, logits, labels);
    return crossEntropy(backend, logits, labels, training ? { labelSmoothing } : {});
  } finally {
    cache.release();
  }
}

/** Length of the longest sequence, at least 1. */
function longestOf(offsets: Offsets): number {
  let longest = 1;
  for (let s = 1; s < offsets.length; s++) longest = Math.max(longest, offsets[s]! - offsets[s - 1]!);
  return longest;
}
