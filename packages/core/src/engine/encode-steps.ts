import type { Tensor } from '../backend/backend.ts';
import type { Encoder } from '../models/encoders/encoder.ts';
import { DEFAULT_POOLING, type PoolingMode } from '../models/encoders/pooling.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import { type ForwardContext, observe } from '../nn/run/forward-context.ts';
import type { Steps } from '../nn/run/steps.ts';
import type { EncodeOutput, OutputRequest } from './output.ts';

/** What an engine computes if it is asked for nothing else. */
export const DEFAULT_OUTPUTS: readonly OutputRequest[] = [{ kind: 'embedding', ...DEFAULT_POOLING }];

/**
 * A whole encoding, from tokens to what was asked for. When a model is spread over shards, all have the last hidden state, and the
 * first one alone goes on from there: the others give no outputs.
 */
export function* encodeSteps(
  encoder: Encoder,
  ctx: ForwardContext,
  batch: TokenBatch,
  outputs: readonly OutputRequest[] = DEFAULT_OUTPUTS,
): Steps<EncodeOutput[]> {
  const hidden = yield* encoder.forward(ctx, batch);
  if (ctx.shard.index !== 0) return [];
  const results: EncodeOutput[] = [];
  for (const output of outputs) {
    const value = yield* outputSteps(encoder, ctx, hidden, output);
    results.push({ shape: value.shape, data: ctx.backend.read(value) });
  }
  return results;
}

function* outputSteps(
  encoder: Encoder,
  ctx: ForwardContext,
  hidden: Tensor,
  output: OutputRequest,
): Steps<Tensor> {
  switch (output.kind) {
    case 'hidden':
      return hidden;
    case 'embedding': {
      const pooled = yield* observe(ctx, 'pooled', pool(ctx, hidden, output.mode), 'local');
      return output.normalize ? ctx.backend.l2Normalize(pooled) : pooled;
    }
    default:
      return yield* encoder.taskHead(ctx, output.kind, hidden, output.rows);
  }
}

/** One vector for each sequence: `[tokens, features]` → `[batch, features]`. */
function pool({ backend, offsets }: ForwardContext, hidden: Tensor, mode: PoolingMode): Tensor {
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
function maxPool({ backend, offsets }: Pick<ForwardContext, 'backend' | 'offsets'>, hidden: Tensor): Tensor {
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
