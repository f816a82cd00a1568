/** Caches the value of the last key, such as a loaded model. */
export class SingleEntryCache<T> {
  readonly #dispose: (value: T) => void | Promise<void>;
  #entry: { readonly key: string; readonly value: T } | undefined;

  /** @param dispose releases a replaced value */
  constructor(dispose: (value: T) => void | Promise<void>) {
    this.#dispose = dispose;
  }

  /** The cached value if `key` is the last key; otherwise releases it and creates another. */
  async get(key: string, create: () => T | Promise<T>): Promise<T> {
    if (this.#entry?.key === key) return this.#entry.value;
    await this.clear();
    const value = await create();
    this.#entry = { key, value };
    return value;
  }

  /** Releases the cached value, if any. */
  async clear(): Promise<void> {
    const entry = this.#entry;
    this.#entry = undefined;
    if (entry) await this.#dispose(entry.value);
  }
}
