import type { Tensor } from '../backend/backend.ts';
import type { Encoder, TokenBatch } from '../models/encoder.ts';
import { observe, type Run } from '../nn/run.ts';
import type { Steps } from '../nn/steps.ts';
import { DEFAULT_POOLING, type EncodeOutput, type OutputRequest, type PoolingMode } from './output.ts';

/** What an engine computes if it is asked for nothing else. */
export const DEFAULT_OUTPUTS: readonly OutputRequest[] = [{ kind: 'embedding', ...DEFAULT_POOLING }];

/**
 * A whole encoding, from tokens to what was asked for. When a model is spread over shards, all have the last hidden state, and the
 * first one alone goes on from there: the others give no outputs.
 */
export function* encodeSteps(
  encoder: Encoder,
  run: Run,
  batch: TokenBatch,
  outputs: readonly OutputRequest[] = DEFAULT_OUTPUTS,
): Steps<EncodeOutput[]> {
  const hidden = yield* encoder.forward(run, batch);
  if (run.shard.index !== 0) return [];
  const results: EncodeOutput[] = [];
  for (const output of outputs) {
    const value = yield* outputSteps(encoder, run, hidden, output);
    results.push({ shape: value.shape, data: run.backend.read(value) });
  }
  return results;
}

function* outputSteps(encoder: Encoder, run: Run, hidden: Tensor, output: OutputRequest): Steps<Tensor> {
  switch (output.kind) {
    case 'hidden':
      return hidden;
    case 'embedding': {
      const pooled = yield* observe(run, 'pooled', pool(run, hidden, output.mode), 'here');
      return output.normalize ? run.backend.l2Normalize(pooled) : pooled;
    }
    default:
      return yield* encoder.head(run, output.kind, hidden, output.rows);
  }
}

/** One vector for each sequence: `[tokens, features]` → `[batch, features]`. */
function pool({ backend, offsets }: Run, hidden: Tensor, mode: PoolingMode): Tensor {
  switch (mode) {
    case 'mean':
      return backend.meanPool(hidden, offsets);
    case 'cls':
      return backend.embedding(hidden, offsets.slice(0, -1));
    case 'max':
      return maxPool({ backend, offsets }, hidden);
  }
}

/** The largest value of each feature over the rows of each sequence. Too rare and too little work for a kernel of its own. */
function maxPool({ backend, offsets }: Pick<Run, 'backend' | 'offsets'>, hidden: Tensor): Tensor {
  const features = hidden.shape[1] ?? 0;
  const batch = offsets.length - 1;
  const values = backend.read(hidden);
  const largest = new Float32Array(batch * features).fill(-Infinity);
  for (let s = 0; s < batch; s++) {
    for (let row = offsets[s]!; row < offsets[s + 1]!; row++) {
      for (let f = 0; f < features; f++) {
        const at = s * features + f;
        largest[at] = Math.max(largest[at]!, values[row * features + f]!);
      }
    }
  }
  return backend.tensor(largest, [batch, features]);
}
