import type { Tensor } from '../../backend/backend.ts';
import { ConfigError } from '../../errors.ts';
import type { RecordingBackend } from '../tape/recording-backend.ts';
import { dropoutThreshold } from './mask.ts';

/**
 * Dropout (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html), as PyTorch's `dropout` in training: each value is zero with
 * probability `rate`, else multiplied by 1 / (1 − rate). The mask is a function of `key` and the value's index, so that the backward pass
 * computes it again, and equal keys give equal bits.
 *
 * @param x any shape
 * @param rate 0 ≤ rate < 1. Throws `ConfigError` otherwise
 * @param key 32-bit integer; see `LossContext.dropout` for one that follows from the run
 */
export function dropout(backend: RecordingBackend, x: Tensor, rate: number, key: number): Tensor {
  checkRate('dropout', rate);
  if (rate === 0) return x;
  return backend.applyDropout(x, { key, threshold: dropoutThreshold(rate), factor: 1 / (1 - rate) });
}

/** Throws `ConfigError` unless 0 ≤ rate < 1. */
export function checkRate(what: string, rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new ConfigError(`${what}: the rate must be at least 0 and below 1, got ${rate}`);
}
