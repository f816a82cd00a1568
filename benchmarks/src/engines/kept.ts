/** One thing that takes long to make, such as a loaded model, kept for as long as the same one is asked for. */
export class Kept<T> {
  readonly #dispose: (value: T) => void | Promise<void>;
  #held: { readonly key: string; readonly value: T } | undefined;

  /** @param dispose frees what is kept no longer */
  constructor(dispose: (value: T) => void | Promise<void>) {
    this.#dispose = dispose;
  }

  /** What was made for `key` the last time, or, after the other is freed, what `make` makes. */
  async get(key: string, make: () => T | Promise<T>): Promise<T> {
    if (this.#held?.key === key) return this.#held.value;
    await this.drop();
    const value = await make();
    this.#held = { key, value };
    return value;
  }

  /** Frees what is kept, if there is anything. */
  async drop(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held) await this.#dispose(held.value);
  }
}
