import type { FloatBuffer, Floats } from '../memory/float-buffer.ts';
import type { Parameter, ParameterSet } from './parameters.ts';

/** `length` weights from index `to` on are the parameter values at `from`, `from + step`, … of all values. */
export interface WeightRun {
  readonly to: number;
  readonly from: number;
  readonly step: number;
  readonly length: number;
}

/**
 * The runs of a list of codes: code c > 0 is parameter value c − 1, and 0 a constant zero. Undefined if there are other codes, or only zeros:
 * the weights are not those of parameters.
 */
export function runsOf(codes: Uint32Array, count: number): readonly WeightRun[] | undefined {
  const runs: WeightRun[] = [];
  for (let i = 0; i < codes.length; ) {
    const code = codes[i]!;
    if (code > count) return undefined;
    if (code === 0) {
      i++;
      continue;
    }
    const step = i + 1 < codes.length && codes[i + 1] !== 0 ? codes[i + 1]! - code : 1;
    let length = 1;
    while (i + length < codes.length && codes[i + length] === code + step * length) length++;
    runs.push({ to: i, from: code - 1, step, length });
    i += length;
  }
  return runs.length > 0 ? runs : undefined;
}

/** Where the values of a packed weight come from: which parameter values, in which order. The others are zeros. */
export class WeightSource {
  readonly size: number;
  /** The present values, of the parameters themselves where these are in the same order, else those of the last {@link gather}. */
  readonly values: FloatBuffer;
  /** The gradients of the parameters where these are in the same order and precision: to be added to instead of {@link addGradient}. */
  readonly gradient: FloatBuffer | undefined;
  readonly #parameters: ParameterSet;
  readonly #runs: readonly WeightRun[];
  readonly #used: readonly Parameter[];
  readonly #isView: boolean;

  constructor(parameters: ParameterSet, runs: readonly WeightRun[], size: number) {
    this.size = size;
    this.#parameters = parameters;
    this.#runs = runs;
    const used = new Set<Parameter>();
    for (const { from, step, length } of runs) {
      const last = from + step * (length - 1);
      for (const parameter of parameters.within(Math.min(from, last), Math.max(from, last) + 1)) {
        used.add(parameter);
      }
    }
    this.#used = [...used];
    const { memory } = parameters.support;
    const [first] = runs;
    this.#isView = first !== undefined && first.length === size && first.step === 1;
    if (first && this.#isView) {
      this.values = parameters.valueBuffer.part(first.from, size);
      if (memory.gradientPrecision === 'f32')
        this.gradient = parameters.gradientBuffer.part(first.from, size);
    } else {
      this.values = memory.allocate(size);
      this.gather();
    }
  }

  /** Whether a parameter that it has values of is trainable. */
  isTrainable(): boolean {
    return this.#used.some(({ trainable }) => trainable);
  }

  /** Copies the present values of the parameters, to be called after they have changed. */
  gather(): void {
    if (this.#isView) return;
    const { values } = this.#parameters;
    const { data } = this.values;
    for (const { to, from, step, length } of this.#runs) {
      if (step === 1) data.set(values.subarray(from, from + length), to);
      else for (let i = 0; i < length; i++) data[to + i] = values[from + i * step]!;
    }
  }

  /** Adds the gradient of the packed weight to those of the parameters. */
  addGradient(gradient: Floats): void {
    const { gradients } = this.#parameters;
    for (const { to, from, step, length } of this.#runs) {
      for (let i = 0; i < length; i++) gradients[from + i * step]! += gradient[to + i]!;
    }
  }

  /** Frees the copies. */
  dispose(): void {
    if (!this.#isView) this.#parameters.support.memory.release(this.values);
  }
}
