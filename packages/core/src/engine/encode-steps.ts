import type { Encoder, TokenBatch } from '../models/encoder.ts';
import { observe, type Run } from '../nn/run.ts';
import type { Steps } from '../nn/steps.ts';

/** A whole encoding, from tokens to normalised sentence embeddings `[batch, hiddenSize]`. */
export function* encodeSteps(encoder: Encoder, run: Run, batch: TokenBatch): Steps<Float32Array> {
  const { backend, offsets } = run;
  const hidden = yield* encoder.forward(run, batch);
  const pooled = yield* observe(run, 'pooled', backend.meanPool(hidden, offsets));
  return backend.read(backend.l2Normalize(pooled));
}
