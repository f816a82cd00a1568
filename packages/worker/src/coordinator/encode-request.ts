import type { EncodeOptions, EncodeOutput, EncodeResult, TokenBatch } from '@headwise/core';
import { areOutputs } from './check-outputs.ts';
import type { ShardRequest } from './shard-call.ts';

/** Asks shards for an encoding. `width` is the widest vector that they add up. */
export function encodeRequest(
  batch: TokenBatch,
  width: number,
  { outputs, hooks, record, signal }: EncodeOptions,
): ShardRequest<readonly EncodeOutput[], EncodeResult> {
  return {
    hooks,
    record,
    signal,
    sumLength: batch.ids.length * width,
    send: (api, head) => api.encode({ ...head, batch, outputs }),
    // The first shard alone has outputs.
    isAnswer: (answer, shard): answer is readonly EncodeOutput[] =>
      shard === 0 ? areOutputs(answer, batch, outputs) : Array.isArray(answer),
    combine: ([first], recorded) => ({ outputs: first!, recorded }),
  };
}
