import type {
  EncodeOptions,
  EncodeOutput,
  EncodeResult,
  OutputRequest,
  TokenBatch,
} from '@headwise/core/internal';
import { isFloat32Array } from '../wire/is-float32-array.ts';
import type { ShardRequest } from './shard-call.ts';

/** A request to encode a batch. `width` is the largest number of features that the shards sum, for each token. */
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
    send: (api, header) => api.encode({ ...header, batch, outputs }),
    // Only the first shard returns outputs.
    isValid: (response, shard): response is readonly EncodeOutput[] =>
      shard === 0 ? areOutputs(response, batch, outputs) : Array.isArray(response),
    combine: ([first], recorded) => ({ outputs: first!, recorded }),
  };
}

/** Whether a response has the form of the requested outputs. Default request: one embedding per sequence. */
function areOutputs(
  response: unknown,
  batch: TokenBatch,
  requests: readonly OutputRequest[] = [{ kind: 'embedding', mode: 'mean', normalize: true }],
): response is readonly EncodeOutput[] {
  if (!Array.isArray(response) || response.length !== requests.length) return false;
  return response.every((output: Partial<EncodeOutput> | null, i) => {
    if (!Array.isArray(output?.shape) || !isFloat32Array(output.data)) return false;
    const [rows, features] = output.shape as readonly unknown[];
    if (typeof rows !== 'number' || typeof features !== 'number') return false;
    const rowsMatch = requests[i]?.kind !== 'embedding' || rows === batch.offsets.length - 1;
    return rowsMatch && features > 0 && output.data.length === rows * features;
  });
}
