import type { SelectedValues } from '../../backend/backend.ts';
import type { LogitsRow } from '../../engine/logits-row.ts';
import { searchExp, sumExp } from './exponentials.ts';
import { topKIndices } from './probability.ts';

/** Logits in an array, for engines that have them in no backend of this thread. All results have the bits of the kernel's. */
export class ArrayRow implements LogitsRow {
  readonly #logits: Float32Array;

  constructor(logits: Float32Array) {
    this.#logits = logits;
  }

  get size(): number {
    return this.#logits.length;
  }

  at(id: number): number {
    return this.#logits[id]!;
  }

  argmax(): number {
    const x = this.#logits;
    let best = 0;
    // NaN counts as the largest.
    for (let i = 1; i < x.length; i++)
      if (x[i]! > x[best]! || (Number.isNaN(x[i]) && !Number.isNaN(x[best]))) best = i;
    return best;
  }

  topK(k: number): SelectedValues {
    return this.#select(topKIndices(this.#logits, k));
  }

  valuesAtLeast(threshold: number): SelectedValues {
    const indices: number[] = [];
    for (let i = 0; i < this.#logits.length; i++) if (this.#logits[i]! >= threshold) indices.push(i);
    return this.#select(indices);
  }

  sumExp(shift: number, factor?: number): number {
    return sumExp(this.#logits, shift, factor);
  }

  searchExp(shift: number, factor: number, target: number): number {
    return searchExp(this.#logits, shift, factor, target);
  }

  read(into: Float32Array): Float32Array {
    into.set(this.#logits);
    return into;
  }

  write(scores: Float32Array): void {
    this.#logits.set(scores);
  }

  #select(indices: readonly number[]): SelectedValues {
    return {
      indices: Int32Array.from(indices),
      values: Float32Array.from(indices, (i) => this.#logits[i]!),
    };
  }
}
