import { expect } from 'vitest';
import type { Backend, Tensor } from '../../src/backend/backend.ts';
import { createBackend } from '../../src/index.ts';
import type { GradientRules } from '../../src/train/gradients/rules.ts';
import { GradientView } from '../../src/train/gradients/view.ts';
import type { LossRules } from '../../src/train/losses/rules.ts';
import type { FloatBuffer } from '../../src/train/memory/float-buffer.ts';
import type { TrainingSupport } from '../../src/train/support.ts';
import { SavedValue } from '../../src/train/tape/saved.ts';
import { trainingSupport } from '../../src/train/training-support.ts';
import { randomValues } from './gradients.ts';

/** Makes the arguments of a gradient rule, with the same values for every backend. */
export class RuleArguments {
  readonly backend: Backend;
  readonly #support: TrainingSupport;
  #seed = 0;

  constructor(backend: Backend, support: TrainingSupport) {
    this.backend = backend;
    this.#support = support;
  }

  get rules(): GradientRules {
    return this.#support.gradients;
  }

  get losses(): LossRules {
    return this.#support.losses;
  }

  /** Pseudorandom values in ±scale, others at each call. */
  values(size: number, scale = 1): Float32Array {
    return randomValues(size, ++this.#seed).map((value) => value * scale);
  }

  /** A saved tensor `[rows, width]`. With `gap`, a view whose rows are that many values apart from each other. */
  saved(rows: number, width: number, options: { gap?: number; scale?: number } = {}): SavedValue {
    const { gap = 0, scale = 1 } = options;
    const whole = this.backend.tensor(this.values(rows * (width + gap), scale), [rows, width + gap]);
    return new SavedValue(this.backend, gap > 0 ? this.backend.columns(whole, gap, gap + width) : whole);
  }

  /** A saved tensor of given values. */
  savedOf(values: Float32Array, shape: readonly number[]): SavedValue {
    return this.savedTensor((backend) => backend.tensor(values, shape));
  }

  /** A saved tensor that the backend computes. */
  savedTensor(compute: (backend: Backend) => Tensor): SavedValue {
    return new SavedValue(this.backend, compute(this.backend));
  }

  /** A saved tensor `[width]`. */
  savedVector(width: number): SavedValue {
    return new SavedValue(this.backend, this.backend.tensor(this.values(width), [width]));
  }

  /** Gradients, of which some are left out on both sides of each row. */
  view(rows: number, width: number, gap = 0): GradientView {
    const stride = width + 2 * gap;
    const buffer = this.#support.memory.allocateGradient(rows * stride);
    buffer.data.set(this.values(rows * stride));
    return new GradientView(buffer, gap, stride, rows, width);
  }

  /** Parameter values. */
  parameter(size: number): FloatBuffer {
    const buffer = this.#support.memory.allocate(size);
    buffer.data.set(this.values(size));
    return buffer;
  }
}

const backends = ['reference', 'wasm-simd', 'wasm-relaxed-simd'] as const;

/**
 * Calls a rule with the kernels of each build, and compares all values of the buffers that `call` returns with those of the rule in
 * TypeScript, in float64.
 *
 * @param tolerance the largest error, relative to the largest value of the buffer
 */
export async function expectSameGradients(
  call: (args: RuleArguments) => readonly GradientView[],
  tolerance = 3e-6,
): Promise<void> {
  let expected: readonly Float64Array[] | undefined;
  for (const name of backends) {
    const backend = await createBackend(name);
    const close = backend.openScope();
    const results = call(new RuleArguments(backend, await trainingSupport(backend)));
    const values = results.map(({ data }) => Float64Array.from(data));
    close();
    expected ??= values;
    for (const [i, gradient] of expected.entries()) {
      let [largest, error] = [1e-3, 0];
      for (const [j, value] of gradient.entries()) {
        largest = Math.max(largest, Math.abs(value));
        const difference = Math.abs(value - values[i]![j]!);
        error = Number.isNaN(difference) ? Number.NaN : Math.max(error, difference);
      }
      expect(error / largest, `${name}, buffer ${i}`).toBeLessThanOrEqual(tolerance);
    }
  }
}
