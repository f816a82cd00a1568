export interface LatestHandlers<Input, Output> {
  readonly run: (input: Input) => Promise<Output>;
  readonly done: (output: Output, input: Input) => void;
  readonly failed: (error: unknown, input: Input) => void;
  /** Called with `true` before the first of several runs, and with `false` after the last. */
  readonly busy?: (busy: boolean) => void;
}

/**
 * Returns a function that runs its inputs one at a time. An input that arrives during a run replaces the one that is waiting, so that fast
 * typing does not build up a queue.
 */
export function latestOnly<Input, Output>(handlers: LatestHandlers<Input, Output>): (input: Input) => void {
  let running = false;
  let waiting: { input: Input } | undefined;

  async function runUntilIdle(first: Input): Promise<void> {
    running = true;
    handlers.busy?.(true);
    let input = first;
    for (;;) {
      try {
        handlers.done(await handlers.run(input), input);
      } catch (error) {
        handlers.failed(error, input);
      }
      if (waiting === undefined) break;
      input = waiting.input;
      waiting = undefined;
    }
    running = false;
    handlers.busy?.(false);
  }

  return (input) => {
    if (running) waiting = { input };
    else void runUntilIdle(input);
  };
}
