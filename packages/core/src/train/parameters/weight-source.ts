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

/** `count` runs of equal step and length, one after another, whose parameter values begin one after another: a transposed matrix. */
interface RunGroup extends WeightRun {
  count: number;
}

/** Runs that are copied together, so that parameter values are read in the order of memory. */
const GROUP_BLOCK = 32;

function groupRuns(runs: readonly WeightRun[]): readonly RunGroup[] {
  const groups: RunGroup[] = [];
  for (const run of runs) {
    const last = groups.at(-1);
    const continues =
      last &&
      run.step === last.step &&
      run.length === last.length &&
      run.from === last.from + last.count &&
      run.to === last.to + last.count * last.length;
    if (continues) last.count++;
    else groups.push({ ...run, count: 1 });
  }
  return groups;
}

/** Calls `copy` for parts of a group: `length` weights from `weight` on, `stride` apart, whose parameter values follow one another from `value` on. */
function forEachPart(
  { to, from, step, length, count }: RunGroup,
  copy: (weight: number, stride: number, value: number, length: number) => void,
): void {
  if (step === 1) {
    for (let i = 0; i < count; i++) copy(to + i * length, 1, from + i, length);
    return;
  }
  for (let first = 0; first < count; first += GROUP_BLOCK) {
    const size = Math.min(GROUP_BLOCK, count - first);
    for (let j = 0; j < length; j++) copy(to + first * length + j, length, from + first + j * step, size);
  }
}

/** Where the values of a packed weight come from: which parameter values, in which order. The others are zeros. */
export class WeightSource {
  readonly size: number;
  /** The present values, of the parameters themselves where these are in the same order, else those of the last {@link gather}. */
  readonly values: FloatBuffer;
  /** The gradients of the parameters where these are in the same order and precision: to be added to instead of {@link addGradient}. */
  readonly gradient: FloatBuffer | undefined;
  readonly #parameters: ParameterSet;
  readonly #groups: readonly RunGroup[];
  readonly #used: readonly Parameter[];
  readonly #isView: boolean;

  constructor(parameters: ParameterSet, runs: readonly WeightRun[], size: number) {
    this.size = size;
    this.#parameters = parameters;
    this.#groups = groupRuns(runs);
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

  /** The padding row, if the weight is one embedding table that has one. */
  get paddingIdx(): number | undefined {
    const [only, ...others] = this.#used;
    return others.length === 0 && only?.size === this.size ? only.paddingIdx : undefined;
  }

  /** Copies the present values of the parameters, to be called after they have changed. */
  gather(): void {
    if (this.#isView) return;
    const { values } = this.#parameters;
    const { data } = this.values;
    for (const group of this.#groups) {
      forEachPart(group, (weight, stride, value, length) => {
        for (let i = 0; i < length; i++) data[weight + i * stride] = values[value + i]!;
      });
    }
  }

  /** Adds the gradient of the packed weight to those of the parameters. */
  addGradient(gradient: Floats): void {
    const { gradients } = this.#parameters;
    for (const group of this.#groups) {
      forEachPart(group, (weight, stride, value, length) => {
        for (let i = 0; i < length; i++) gradients[value + i]! += gradient[weight + i * stride]!;
      });
    }
  }

  /** Frees the copies. */
  dispose(): void {
    if (!this.#isView) this.#parameters.support.memory.release(this.values);
  }
}
