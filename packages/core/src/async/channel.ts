/** An unbounded buffer between a producer and one asynchronous consumer. (Not all browsers can iterate over a `ReadableStream`.) */
export class Channel<T> {
  readonly #values: T[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  push(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  /** Ends {@link values} after the values pushed so far. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Yields the values in order until the channel is closed. */
  async *values(): AsyncGenerator<T, void, void> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift()!;
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
