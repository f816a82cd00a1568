import { expect } from 'vitest';
import type { KernelBuild } from '../../src/index.ts';
import { loadTrainingKernel, type TrainingExports } from '../../src/training.ts';
import { floatsOf, type GuardedBuffer, GuardedMemory, rowsOf, sequence } from './guard.ts';

/** The unit roundoff of f32. */
export const U = 2 ** -24;

/** A matrix of a test: rows `stride` elements apart, with values of no row between them. */
export interface Matrix extends GuardedBuffer {
  readonly values: Float32Array;
  readonly rows: number;
  readonly width: number;
  readonly stride: number;
}

/** A matrix of reproducible values in ±scale. */
export function matrix(
  rows: number,
  width: number,
  options: { extra?: number; seed?: number; scale?: number } = {},
): Matrix {
  const { extra = 0, seed = 1, scale = 1 } = options;
  const stride = width + extra;
  const { length } = rowsOf(rows, width, stride);
  return { values: sequence(length, seed).map((value) => value * scale), rows, width, stride };
}

/** A matrix as an output: only its rows may be written to. */
export function output(of: Matrix): Matrix {
  const { inside } = rowsOf(of.rows, of.width, of.stride);
  return { ...of, writes: inside };
}

/** Value `column` of row `row`. */
export const at = ({ values, stride }: Matrix, row: number, column: number): number =>
  values[row * stride + column]!;

/** A training module on a guarded memory: see {@link GuardedMemory}. */
export class GuardedTraining {
  readonly memory: GuardedMemory;
  readonly exports: TrainingExports;

  static async create(build: KernelBuild, pages = 1): Promise<GuardedTraining> {
    const memory = await GuardedMemory.create(build, pages);
    return new GuardedTraining(memory, await loadTrainingKernel(memory.kernel));
  }

  private constructor(memory: GuardedMemory, exports: TrainingExports) {
    this.memory = memory;
    this.exports = exports;
  }

  /** {@link GuardedMemory.run} with the outputs as floats. */
  run(
    name: string,
    buffers: readonly GuardedBuffer[],
    call: (...addresses: number[]) => void,
  ): Float32Array[] {
    return this.memory.run(name, buffers, call).map(floatsOf);
  }

  /** The outputs of a call outside the guard, for large matrices. */
  call(buffers: readonly GuardedBuffer[], call: (...addresses: number[]) => void): Float32Array[] {
    const { memory } = this.memory.kernel;
    const sizes = buffers.map(({ values }) => (typeof values === 'number' ? values : values.byteLength));
    const addresses = sizes.map((size) => memory.allocate(size));
    for (const [i, { values }] of buffers.entries()) {
      if (typeof values !== 'number') memory.f32(addresses[i]!, values.length).set(values);
    }
    call(...addresses);
    const results = buffers.flatMap(({ values, writes }, i) =>
      writes && typeof values !== 'number' ? [memory.f32(addresses[i]!, values.length).slice()] : [],
    );
    for (const address of addresses) memory.free(address);
    return results;
  }
}

/**
 * Compares an output with expected values in float64.
 *
 * @param bound the largest error of a value
 */
export function expectWithin(
  name: string,
  got: Float32Array,
  of: Matrix,
  expected: (row: number, column: number) => { value: number; bound: number },
): void {
  for (let row = 0; row < of.rows; row++) {
    for (let column = 0; column < of.width; column++) {
      const actual = got[row * of.stride + column]!;
      const { value, bound } = expected(row, column);
      const isEqual = Number.isFinite(value)
        ? Math.abs(actual - value) <= bound || actual === Math.fround(value)
        : Object.is(actual, value);
      if (isEqual) continue;
      expect.fail(`${name}: got ${actual} at [${row}, ${column}], expected ${value} ± ${bound}`);
    }
  }
}
