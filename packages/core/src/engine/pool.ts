import { HeadwiseError } from '../errors.ts';
import type { PoolingMode } from '../models/encoders/pooling.ts';
import type { EncodeOutput, OutputRequest } from './encoder-engine.ts';

/** Divides each row `[features]` by its Euclidean norm, in place; as PyTorch's `normalize`, by at least 1e-12. */
export function normalizeRows(values: Float32Array, features: number): void {
  for (let start = 0; start < values.length; start += features) {
    const vector = values.subarray(start, start + features);
    let squares = 0;
    for (const value of vector) squares += value * value;
    const norm = Math.max(Math.sqrt(squares), 1e-12);
    for (let f = 0; f < features; f++) vector[f]! /= norm;
  }
}

/** Pooling modes as a list. */
export function modesOf(mode: PoolingMode | readonly PoolingMode[]): readonly PoolingMode[] {
  return typeof mode === 'string' ? [mode] : mode;
}

/**
 * The output, if its values are finite, or maxima over no tokens, which are −∞. One pass over values that took a forward pass to compute.
 *
 * Throws `HeadwiseError` (`ERR_NUMERIC`) otherwise, with the name of the output and the index of the first value.
 */
export function checkFinite(request: OutputRequest, output: EncodeOutput): EncodeOutput {
  const { kind } = request;
  const { data } = output;
  // x − x is 0 for finite values, NaN for all others; so is the sum.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! - data[i]!;
  if (sum === 0) return output;
  const isVector = kind === 'hidden' || kind === 'embedding';
  const modes = 'mode' in request ? modesOf(request.mode) : [];
  const features = modes.includes('max') ? (output.shape[1] ?? 0) / modes.length : 0;
  const isEmptyMaximum = (index: number) => {
    const start = index - (index % features);
    return features > 0 && data.subarray(start, start + features).every((value) => value === -Infinity);
  };
  const wrong = data.findIndex((value, index) => !Number.isFinite(value) && !isEmptyMaximum(index));
  if (wrong < 0) return output;
  throw new HeadwiseError(
    'ERR_NUMERIC',
    `encode: ${isVector ? `the ${kind} vectors` : 'logits'} must be finite, got ${data[wrong]} at index ${wrong}; weights that are NaN or infinite, or a hook, are the usual cause`,
  );
}
