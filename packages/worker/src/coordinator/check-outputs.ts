import type { EncodeOutput, OutputRequest, TokenBatch } from '@headwise/core';

/** Whether a worker's answer can be what it was asked for. Without requests it is the engine's default, one embedding per sequence. */
export function areOutputs(
  answer: unknown,
  batch: TokenBatch,
  requests: readonly OutputRequest[] = [{ kind: 'embedding', mode: 'mean', normalize: true }],
): answer is readonly EncodeOutput[] {
  if (!Array.isArray(answer) || answer.length !== requests.length) return false;
  return answer.every((output: Partial<EncodeOutput> | null, i) => {
    if (!Array.isArray(output?.shape) || !(output.data instanceof Float32Array)) return false;
    const [rows, features] = output.shape as readonly unknown[];
    if (typeof rows !== 'number' || typeof features !== 'number') return false;
    const whole = requests[i]?.kind !== 'embedding' || rows === batch.offsets.length - 1;
    return whole && features > 0 && output.data.length === rows * features;
  });
}
