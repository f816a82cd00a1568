import type { Outcome } from './outcome.ts';

/** The ports that the first message to a worker carries. */
export interface StartPorts {
  /** Calls from the main thread to the worker. */
  readonly control: MessagePort;
  /** Calls from the worker to the main thread. */
  readonly coordinator: MessagePort;
}

/** What every worker answers. */
export interface StartApi {
  /** Answers at once: the worker has started. */
  ping(): Promise<Outcome<null>>;
}
