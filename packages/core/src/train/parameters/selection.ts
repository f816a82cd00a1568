import type { CodedTensor, ProbedWeights, Runs } from './probe.ts';
import type { WeightRun } from './weight-source.ts';

/** The tensors of a checkpoint that a model has read, by the codes of their values. */
export class CodedTensors {
  readonly all: readonly CodedTensor[];

  constructor(tensors: readonly CodedTensor[]) {
    this.all = tensors;
  }

  /** The tensor of the value with the code `index` + 1. */
  at(index: number): CodedTensor {
    let [low, high] = [0, this.all.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.all[middle]!.firstCode - 1 <= index) low = middle;
      else high = middle - 1;
    }
    return this.all[low]!;
  }

  /** The tensors that a weight has values of. */
  of(weights: ProbedWeights): ReadonlySet<CodedTensor> {
    const used = new Set<CodedTensor>();
    for (const part of [...this.split(weights.runs), ...this.split(weights.bias?.runs)])
      used.add(part.tensor);
    return used;
  }

  /** Runs cut where one tensor ends and another begins. */
  split(runs: Runs): readonly (WeightRun & { readonly tensor: CodedTensor })[] {
    const parts: (WeightRun & { tensor: CodedTensor })[] = [];
    for (const { to, from, step, length } of runs ?? []) {
      for (let done = 0; done < length; ) {
        const first = from + done * step;
        const tensor = this.at(first);
        const start = tensor.firstCode - 1;
        const distance = step > 0 ? start + tensor.size - 1 - first : first - start;
        const count = step === 0 ? length - done : Math.floor(distance / Math.abs(step)) + 1;
        const part = Math.min(count, length - done);
        parts.push({ to: to + done, from: first, step, length: part, tensor });
        done += part;
      }
    }
    return parts;
  }
}

/**
 * The tensors to hold as parameters: those that `isTrained` accepts, and those that share a packed weight with one (as query, key and value do).
 * All others are constants.
 */
export function tensorsToHold(
  tensors: CodedTensors,
  probed: readonly ProbedWeights[],
  isTrained: (name: string) => boolean,
): readonly CodedTensor[] {
  const held = new Set(tensors.all.filter(({ name }) => isTrained(name)));
  for (const weights of probed) {
    const used = tensors.of(weights);
    if ([...used].some(({ name }) => isTrained(name))) for (const tensor of used) held.add(tensor);
  }
  return tensors.all.filter((tensor) => held.has(tensor));
}

/** Runs over the values of the held tensors instead of the codes of all. Undefined for weights that have values of others. */
export function runsOfHeld(
  tensors: CodedTensors,
  runs: Runs,
  offsets: ReadonlyMap<CodedTensor, number>,
): Runs {
  if (!runs) return undefined;
  const moved: WeightRun[] = [];
  for (const { to, from, step, length, tensor } of tensors.split(runs)) {
    const offset = offsets.get(tensor);
    if (offset === undefined) return undefined;
    const start = from - (tensor.firstCode - 1) + offset;
    const last = moved.at(-1);
    const continues =
      last &&
      to === last.to + last.length &&
      start === last.from + last.step * last.length &&
      (step === last.step || length === 1);
    if (continues) moved[moved.length - 1] = { ...last, length: last.length + length };
    else moved.push({ to, from: start, step, length });
  }
  return moved;
}
