/** What becomes of the inputs given to `latestOnly`. */
export interface LatestHandlers<Input, Output> {
  readonly run: (input: Input) => Promise<Output>;
  readonly done: (output: Output, input: Input) => void;
  readonly failed: (error: unknown, input: Input) => void;
  readonly busy?: (busy: boolean) => void;
}

/**
 * Runs one input at a time and, of those that arrive meanwhile, only the last: typing fast never builds a queue,
 * and what is shown at the end belongs to what was typed last.
 */
export function latestOnly<Input, Output>(handlers: LatestHandlers<Input, Output>): (input: Input) => void {
  let running = false;
  let waiting: { input: Input } | undefined;

  async function work(first: Input): Promise<void> {
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
    else void work(input);
  };
}
