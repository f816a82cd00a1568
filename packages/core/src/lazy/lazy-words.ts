import type { Backend, LinearWeights, Tensor, WeightType } from '../backend/backend.ts';
import type { LazyTable } from '../nn/run/shard.ts';
import { toFloat32 } from '../weights/convert.ts';
import { bitsOf, type TensorDType } from '../weights/dtypes.ts';
import type { DividedSource } from './divided-file.ts';

interface LazyWordsOptions {
  readonly backend: Backend;
  /** The type in which the table is kept. */
  readonly dtype: WeightType;
  /** The type of its values in the file. */
  readonly stored: TensorDType;
  /** `[size, width]`. */
  readonly size: number;
  readonly width: number;
  /** Where the table begins in the file. */
  readonly start: number;
  readonly source: DividedSource;
  /** Loads the whole table. */
  readonly load: () => Promise<Tensor | LinearWeights>;
}

/** Bytes between two rows up to which they are requested as one. */
const GAP = 16_384;

/** Requests of one pass. A pass that needs more waits for the table. */
const MAX_REQUESTS = 64;

/**
 * A table of word embeddings that is on its way. {@link prepare} requests the rows of a pass by themselves. Every type keeps a row by its own values alone, so
 * that a table of some rows gives the same bits as the whole.
 */
export class LazyWords implements LazyTable {
  readonly #options: LazyWordsOptions;
  /** `[width]`, by id. */
  readonly #rows = new Map<number, Float32Array>();
  #table: Tensor | LinearWeights | undefined;
  #completion: Promise<void> | undefined;
  /** The rows of the pass, and the place of each id among them. */
  #part: Tensor | LinearWeights | undefined;
  readonly #places = new Map<number, number>();

  constructor(options: LazyWordsOptions) {
    this.#options = options;
  }

  /** Whether the whole table is there. */
  get isComplete(): boolean {
    return this.#table !== undefined;
  }

  /** Resolves when the whole table is there. */
  complete(): Promise<void> {
    this.#completion ??= this.#loadTable();
    return this.#completion;
  }

  async #loadTable(): Promise<void> {
    const { source, load } = this.#options;
    await source.complete;
    this.#table = await load();
    this.release();
  }

  /** Makes the rows of `ids` ready for {@link partial}. */
  async prepare(ids: Int32Array): Promise<void> {
    const { size, width, dtype, backend } = this.#options;
    const wanted = [...new Set(ids)].sort((a, b) => a - b);
    // Ids that the table does not have are refused as always.
    const isValid = wanted.every((id) => id >= 0 && id < size);
    const runs = this.#runsOf(wanted.filter((id) => !this.#rows.has(id)));
    const canRequest = isValid && runs.length <= MAX_REQUESTS;
    const answers = canRequest && (await Promise.all(runs.map((run) => this.#request(run))));
    if (!answers || answers.includes(false)) await this.complete();
    if (this.#table) return;
    const values = new Float32Array(wanted.length * width);
    this.#releasePart();
    for (const [place, id] of wanted.entries()) {
      values.set(this.#rows.get(id)!, place * width);
      this.#places.set(id, place);
    }
    this.#part =
      dtype === 'q4'
        ? backend.linearWeights(values, undefined, width, dtype)
        : backend.embeddingTable(values, width, dtype);
  }

  partial({ backend }: { readonly backend: Backend }, ids: Int32Array): Tensor {
    const { size } = this.#options;
    if (this.#table) return backend.embedding(this.#table, ids, { first: 0, of: size });
    const places = ids.map((id) => this.#places.get(id)!);
    return backend.embedding(this.#part!, places, { first: 0, of: this.#places.size });
  }

  /** Frees the rows; not the table, which belongs to the model. */
  release(): void {
    this.#releasePart();
    this.#rows.clear();
  }

  #releasePart(): void {
    if (this.#part) this.#options.backend.release(this.#part);
    this.#part = undefined;
    this.#places.clear();
  }

  /** Sorted ids as runs of rows that are requested together. */
  #runsOf(ids: readonly number[]): { from: number; to: number }[] {
    const gap = Math.floor(GAP / this.#rowBytes);
    const runs: { from: number; to: number }[] = [];
    for (const id of ids) {
      const last = runs.at(-1);
      if (last && id - last.to <= gap) last.to = id + 1;
      else runs.push({ from: id, to: id + 1 });
    }
    return runs;
  }

  get #rowBytes(): number {
    return (bitsOf(this.#options.stored) / 8) * this.#options.width;
  }

  /** Requests rows; false if the server does not answer such requests any more. */
  async #request({ from, to }: { from: number; to: number }): Promise<boolean> {
    const { source, start, stored, width } = this.#options;
    const bytes = await source.request(start + from * this.#rowBytes, start + to * this.#rowBytes);
    if (!bytes) return false;
    const values = toFloat32({ dtype: stored, shape: [to - from, width], bytes });
    for (let id = from; id < to; id++) {
      this.#rows.set(id, values.subarray((id - from) * width, (id - from + 1) * width));
    }
    return true;
  }
}
