/** Hands values from one who makes them to one who takes them, at their own paces. */
export class Channel<T> {
  readonly #values: T[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  push(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  /** No more values come. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** The values as they come, until the channel is closed. */
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
