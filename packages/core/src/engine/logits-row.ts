import type { Backend, SelectedValues, Tensor } from '../backend/backend.ts';

/**
 * Next-token logits of one sequence, `[vocabSize]`, where the engine has them: what a token is chosen by is computed without copying them.
 * Valid until the next call of the session that returned it. The methods are those of `Backend`.
 */
export interface LogitsRow {
  readonly size: number;
  at(id: number): number;
  argmax(): number;
  topK(k: number): SelectedValues;
  valuesAtLeast(threshold: number): SelectedValues;
  sumExp(shift: number, factor?: number): number;
  searchExp(shift: number, factor: number, target: number): number;
  /** Copies the logits into `into`, `[vocabSize]`, and returns it. */
  read(into: Float32Array): Float32Array;
  /** Replaces the logits. */
  write(scores: Float32Array): void;
}

const ONE = new Float32Array(1);

/** A row in a backend's memory. */
export class BackendRow implements LogitsRow {
  readonly size: number;
  readonly #backend: Backend;
  readonly #row: Tensor;

  /** `row` is `[1, vocabSize]`. */
  constructor(backend: Backend, row: Tensor) {
    this.size = row.shape[1]!;
    this.#backend = backend;
    this.#row = row;
  }

  at(id: number): number {
    return this.#backend.read(this.#backend.columns(this.#row, id, id + 1), ONE)[0]!;
  }

  argmax(): number {
    return this.#backend.argmax(this.#row);
  }

  topK(k: number): SelectedValues {
    return this.#backend.topK(this.#row, k);
  }

  valuesAtLeast(threshold: number): SelectedValues {
    return this.#backend.valuesAtLeast(this.#row, threshold);
  }

  sumExp(shift: number, factor?: number): number {
    return this.#backend.sumExp(this.#row, shift, factor);
  }

  searchExp(shift: number, factor: number, target: number): number {
    return this.#backend.searchExp(this.#row, shift, factor, target);
  }

  read(into: Float32Array): Float32Array {
    return this.#backend.read(this.#row, into);
  }

  write(scores: Float32Array): void {
    this.#backend.write(this.#row, scores);
  }
}
