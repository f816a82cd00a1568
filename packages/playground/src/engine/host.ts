import { HeadwiseError } from '@headwise/core';
import type { JobContext, ModelEvent, Priority } from './job.ts';
import { JOBS, type JobKind } from './jobs/index.ts';
import { ModelCache, type ModelCacheOptions } from './model-cache.ts';
import type { ModelId } from './registry.ts';

/** A job as the page sends it. */
export interface JobRequest {
  readonly kind: JobKind;
  readonly params: unknown;
  readonly priority: Priority;
}

/** Messages of a job to the page, on the job's port. */
export type JobMessage =
  | { readonly type: 'progress'; readonly value: unknown }
  | { readonly type: 'model'; readonly id: ModelId; readonly event: ModelEvent }
  /** The last message. The result comes on another way, and could overtake the others. */
  | { readonly type: 'end' };

/** The only message of the page on the job's port. */
export type PageMessage = { readonly type: 'abort' };

/** What the page calls through comlink. */
export interface JobHost {
  /** Runs a job and returns its result. What comes before the result goes through the port. */
  run(request: JobRequest, port: MessagePort): Promise<unknown>;
}

/** Runs jobs on the calling thread. Those with priority start at once; background jobs give way to them wherever they breathe. */
export class Host implements JobHost {
  readonly #models: ModelCache;
  readonly #ports = new Set<MessagePort>();
  /** Jobs with priority that run, and what waits for their end. */
  #urgent = 0;
  #waiting: Array<() => void> = [];

  constructor(options: Omit<ModelCacheOptions, 'onEvent'>) {
    this.#models = new ModelCache({
      ...options,
      onEvent: (id, event) => {
        for (const port of this.#ports) send(port, { type: 'model', id, event });
      },
    });
  }

  async run({ kind, params, priority }: JobRequest, port: MessagePort): Promise<unknown> {
    const controller = new AbortController();
    const { signal } = controller;
    // The only message that arrives is that of an abort.
    port.onmessage = () => controller.abort();
    this.#ports.add(port);
    const lease = this.#models.lease(signal);
    if (priority === 'now') this.#urgent += 1;
    try {
      if (!Object.hasOwn(JOBS, kind))
        throw new HeadwiseError('ERR_CONFIG', `engine: there is no job ${JSON.stringify(kind)}`);
      const { run } = await JOBS[kind]();
      const context: JobContext<unknown> = {
        signal,
        progress: (value) => send(port, { type: 'progress', value }),
        breathe: () => this.#breathe(priority, signal),
      };
      signal.throwIfAborted();
      // The client's types pair each kind with its parameters.
      return await run(lease.store, params as never, context as JobContext<never>);
    } finally {
      if (priority === 'now') this.#endUrgent();
      lease.release();
      this.#ports.delete(port);
      send(port, { type: 'end' });
      port.close();
    }
  }

  async #breathe(priority: Priority, signal: AbortSignal): Promise<void> {
    await nextTask();
    while (priority === 'background' && this.#urgent > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    signal.throwIfAborted();
  }

  #endUrgent(): void {
    this.#urgent -= 1;
    if (this.#urgent > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}

function send(port: MessagePort, message: JobMessage): void {
  port.postMessage(message);
}

/** Lets messages arrive. Nested timers would wait at least 4 ms. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
