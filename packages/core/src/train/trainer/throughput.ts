/** Time and tokens of the steps of a run. */
export class Throughput {
  #ms = 0;
  #tokens = 0;
  #steps = 0;

  add(ms: number, tokens: number): void {
    this.#ms += ms;
    this.#tokens += tokens;
    this.#steps++;
  }

  get tokensPerSecond(): number {
    return (1000 * this.#tokens) / this.#ms;
  }

  /** Estimated seconds of as many more steps. */
  secondsOf(steps: number): number {
    return (steps * this.#ms) / this.#steps / 1000;
  }
}
