import type { Dtype } from '../row.ts';

/** How far an output may be off, as a share of the largest absolute value of the reference. */
export type Tolerance = number;

/**
 * For single operations: rounding of 32-bit floats; int8 weights and activations; 4-bit weights. Each is several times
 * what the formats cost on these sizes, and far below what any mistake in an operation does.
 */
export const operationTolerance: Readonly<Record<Dtype, Tolerance>> = { f32: 2e-5, q8: 0.03, q4: 0.25 };

/**
 * For whole encoders, whose layers add up. The peers' f32 weights of MiniLM are not the half-precision ones that ours
 * and the reference read, which alone makes 1e-3.
 */
export const encoderTolerance: Readonly<Record<Dtype, Tolerance>> = { f32: 5e-3, q8: 0.3, q4: 0.6 };

/** For decoders' logits, after up to 24 layers. */
export const decoderTolerance: Readonly<Record<Dtype, Tolerance>> = { f32: 1e-4, q8: 0.4, q4: 0.6 };

/**
 * For workers against one thread: 1e-5 of embeddings of length 1, none of whose values reaches 1. Only the order of sums differs.
 */
export const workersTolerance: Tolerance = 1e-5;

export interface Comparison {
  /** Largest |output - expected|. */
  readonly maxError: number;
  /** What is wrong with the output; undefined when it is within the tolerance. */
  readonly failure?: string;
}

/** Compares an output with the reference's, element by element. */
export function compare(output: Float32Array, expected: Float32Array, tolerance: Tolerance): Comparison {
  if (output.length !== expected.length)
    return { maxError: 0, failure: `has ${output.length} elements, the reference ${expected.length}` };
  let maxError = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(output[i]! - expected[i]!);
    if (Number.isNaN(error)) return { maxError: 0, failure: `element ${i} is ${output[i]}` };
    if (error > maxError) maxError = error;
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  const allowed = tolerance * largest;
  if (maxError <= allowed) return { maxError };
  return { maxError, failure: `off by ${maxError.toPrecision(3)}, allowed are ${allowed.toPrecision(3)}` };
}
