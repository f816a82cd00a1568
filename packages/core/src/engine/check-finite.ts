import { HeadwiseError } from '../errors.ts';
import type { EncodeOutput, OutputRequest } from './encoder-engine.ts';
import { modesOf } from './pool.ts';

/**
 * The output, if its values are finite. Logits may be −∞, as a bias of that value makes them, and so may maxima over no tokens. One pass over values that took a forward pass to compute.
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
  // The maximum of no tokens is −∞.
  const allowsMinus = !isVector || ('mode' in request && modesOf(request.mode).includes('max'));
  const wrong = data.findIndex((value) => (allowsMinus ? !(value < Infinity) : !Number.isFinite(value)));
  if (wrong < 0) return output;
  throw new HeadwiseError(
    'ERR_NUMERIC',
    `encode: ${isVector ? `the ${kind} vectors` : 'logits'} must be finite, got ${data[wrong]} at index ${wrong}; weights that are NaN or infinite, or a hook, are the usual cause`,
  );
}
