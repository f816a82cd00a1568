import type { Dtype } from '../row.ts';

/** Allowed error, relative to the largest absolute value of the reference. */
export type Tolerance = number;

/**
 * For single operations: several times the rounding error of the formats at these sizes.
 */
export const operationTolerance: Readonly<Record<Dtype, Tolerance>> = { f32: 2e-5, q8: 0.03, q4: 0.25 };

/**
 * For encoders. The peers' f32 weights of MiniLM were not rounded to half precision as Headwise's were: a difference of 1e-3.
 */
export const encoderTolerance: Readonly<Record<Dtype, Tolerance>> = { f32: 5e-3, q8: 0.3, q4: 0.6 };

/** For decoders' logits, after up to 24 layers. */
export const decoderTolerance: Readonly<Record<Dtype, Tolerance>> = { f32: 1e-4, q8: 0.4, q4: 0.6 };

/** For logits of Whisper. In 32-bit floats its residual stream, up to 260, leaves differences of 1e-3. */
export const speechTolerance: Readonly<Record<Dtype, Tolerance>> = { f32: 1e-3, q8: 0.4, q4: 0.6 };

/** For workers against one thread, which differ in the order of sums. */
export const workersTolerance: Tolerance = 1e-5;

/** For losses and gradients, which are sums over thousands of rows. Of gradients that are small beside their terms, the error is larger. */
export const trainTolerance: Tolerance = 1e-3;

export interface Comparison {
  /** Largest |output - expected|. */
  readonly maxError: number;
  /** Description of the error; undefined within the tolerance. */
  readonly failure?: string;
}

/**
 * Compares an output with the reference's.
 *
 * @param segment length of the parts that are each compared relative to their largest value
 */
export function compare(
  output: Float32Array,
  expected: Float32Array,
  tolerance: Tolerance,
  segment = expected.length,
): Comparison {
  if (output.length !== expected.length)
    return { maxError: 0, failure: `expected ${expected.length} elements, got ${output.length}` };
  let maxError = 0;
  for (let start = 0; start < expected.length; start += segment) {
    let largest = 0;
    let error = 0;
    for (let i = start; i < Math.min(start + segment, expected.length); i++) {
      const difference = Math.abs(output[i]! - expected[i]!);
      if (Number.isNaN(difference)) return { maxError: 0, failure: `element ${i} is ${output[i]}` };
      error = Math.max(error, difference);
      largest = Math.max(largest, Math.abs(expected[i]!));
    }
    maxError = Math.max(maxError, error);
    const allowed = tolerance * largest;
    if (error > allowed)
      return { maxError, failure: `error ${error.toPrecision(3)} exceeds ${allowed.toPrecision(3)}` };
  }
  return { maxError };
}
