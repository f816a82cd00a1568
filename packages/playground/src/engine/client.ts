import { HeadwiseError } from '@headwise/core';
import { type Remote, releaseProxy, transfer, wrap } from 'comlink';
import { sendErrorDetails } from './error-details.ts';
import type { JobHost, JobMessage, JobRequest, PageMessage } from './host.ts';
import type { ModelEvent, Priority } from './job.ts';
import type { JobKind, JobParams, JobProgress, JobResult } from './jobs/index.ts';
import type { ModelId } from './registry.ts';

sendErrorDetails();

/** The engine's worker failed or was stopped before the call completed. */
export class EngineStoppedError extends HeadwiseError {
  constructor(message: string) {
    super('ERR_ENGINE_STOPPED', message);
    this.name = 'EngineStoppedError';
  }
}

/** The methods of a Worker that the client uses. */
export type EngineWorker = Pick<
  Worker,
  'postMessage' | 'addEventListener' | 'removeEventListener' | 'terminate'
>;

/** Starts the engine's worker, with the URL of the folder of all models. */
export function startWorker(models: string): Worker {
  if (typeof Worker !== 'function')
    throw new HeadwiseError('ERR_UNSUPPORTED_BUILD', 'engine: this browser has no workers (Worker)');
  return new Worker(new URL('./host.worker.ts', import.meta.url), { type: 'module', name: models });
}

export interface RunOptions<Progress> {
  /** Default `now`. */
  readonly priority?: Priority;
  /** A newer job of the same slot aborts the older. */
  readonly slot?: string;
  readonly signal?: AbortSignal;
  /** Not called after the job has ended or was aborted. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What a client tells without being asked. */
export interface EngineEvents {
  readonly onModel?: (id: ModelId, event: ModelEvent) => void;
  /** The worker failed, or was stopped. */
  readonly onStop?: (reason: HeadwiseError) => void;
}

/** Whether an error says that a job was aborted: the caller itself no longer wanted it. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/**
 * Runs jobs in a worker. comlink never settles calls to a terminated worker, so this class tracks the jobs in flight and
 * rejects them when the worker fails or is stopped.
 */
export class EngineClient {
  readonly #worker: EngineWorker;
  readonly #remote: Remote<JobHost>;
  readonly #inFlight = new Set<(reason: unknown) => void>();
  readonly #slots = new Map<string, AbortController>();
  readonly #events: EngineEvents;
  #stopped: HeadwiseError | undefined;

  constructor(worker: EngineWorker, events: EngineEvents = {}) {
    this.#worker = worker;
    this.#events = events;
    this.#remote = wrap<JobHost>(worker as Worker);
    worker.addEventListener('error', (event) => {
      const reason = (event as ErrorEvent).message;
      this.#stop(
        new EngineStoppedError(reason ? `The engine stopped: ${reason}` : 'The engine could not start.'),
      );
    });
    worker.addEventListener('messageerror', () => {
      this.#stop(new EngineStoppedError('A message of the engine could not be deserialized.'));
    });
  }

  /**
   * Runs a job. Rejects with the job's error, with `EngineStoppedError` if the worker ends before, and with a `DOMException` named `AbortError` at
   * once when the signal or a newer job of the slot aborts it.
   */
  async run<Kind extends JobKind>(
    kind: Kind,
    params: JobParams<Kind>,
    options: RunOptions<JobProgress<Kind>> = {},
  ): Promise<JobResult<Kind>> {
    const { priority = 'now', slot, signal, onProgress } = options;
    if (this.#stopped) throw this.#stopped;
    signal?.throwIfAborted();
    const controller = new AbortController();
    if (slot !== undefined) {
      this.#slots.get(slot)?.abort();
      this.#slots.set(slot, controller);
    }
    const abort = (): void => controller.abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const send = { kind, params, priority };
      return (await this.#send(send, controller.signal, onProgress as never)) as JobResult<Kind>;
    } finally {
      signal?.removeEventListener('abort', abort);
      if (slot !== undefined && this.#slots.get(slot) === controller) this.#slots.delete(slot);
    }
  }

  /** Terminates the worker and rejects jobs in flight. Later calls have no effect. */
  dispose(): void {
    this.#stop(new EngineStoppedError('The engine was stopped.'));
  }

  async #send(
    request: JobRequest,
    signal: AbortSignal,
    onProgress: ((progress: unknown) => void) | undefined,
  ): Promise<unknown> {
    const { port1, port2 } = new MessageChannel();
    const messages = new Promise<void>((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<JobMessage>) => {
        if (data.type === 'model') this.#events.onModel?.(data.id, data.event);
        else if (data.type === 'end') resolve();
        else if (isRunning) onProgress?.(data.value);
      };
    });
    let isRunning = true;
    let reject: (reason: unknown) => void = () => undefined;
    const ended = new Promise<never>((_, rejectEnded) => {
      reject = rejectEnded;
    });
    signal.addEventListener('abort', () => {
      port1.postMessage({ type: 'abort' } satisfies PageMessage);
      reject(signal.reason);
    });
    this.#inFlight.add(reject);
    const result = this.#remote.run(request, transfer(port2, [port2]));
    // The port stays open for the messages of an aborted job, and is closed by the host.
    result.catch(() => undefined);
    try {
      const value = await Promise.race([result, ended]);
      await Promise.race([messages, ended]);
      return value;
    } finally {
      isRunning = false;
      this.#inFlight.delete(reject);
    }
  }

  #stop(reason: HeadwiseError): void {
    if (this.#stopped) return;
    this.#stopped = reason;
    for (const reject of this.#inFlight) reject(reason);
    this.#inFlight.clear();
    this.#remote[releaseProxy]();
    this.#worker.terminate();
    this.#events.onStop?.(reason);
  }
}
