import { HeadwiseError } from '@headwise/core';
import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import { sendErrorDetails } from './error-details.ts';
import type { Comparison, Engine, HeadId, LoadProgress, ModelInfo, SentenceTrace } from './types.ts';

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

/** Starts the engine's worker. */
export function startWorker(): Worker {
  return new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module', name: 'headwise' });
}

/**
 * The engine in a worker. comlink never settles calls to a terminated worker, so this class tracks the calls in flight
 * and rejects them when the worker fails or is stopped.
 */
export class EngineClient implements Engine {
  readonly #worker: EngineWorker;
  readonly #remote: Remote<Engine>;
  readonly #inFlight = new Set<(reason: Error) => void>();
  #stopped: HeadwiseError | undefined;

  constructor(worker: EngineWorker) {
    this.#worker = worker;
    this.#remote = wrap<Engine>(worker as Worker);
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

  load(modelUrl: string, onProgress: (progress: LoadProgress) => void): Promise<ModelInfo> {
    return this.#call(() => this.#remote.load(modelUrl, proxy(onProgress)));
  }

  trace(text: string, silenced: readonly HeadId[]): Promise<SentenceTrace> {
    return this.#call(() => this.#remote.trace(text, silenced));
  }

  compare(a: string, b: string): Promise<Comparison> {
    return this.#call(() => this.#remote.compare(a, b));
  }

  ablateHeads(text: string, layer: number): Promise<readonly number[]> {
    return this.#call(() => this.#remote.ablateHeads(text, layer));
  }

  /** Terminates the worker and rejects calls in flight. Later calls have no effect. */
  dispose(): void {
    this.#stop(new EngineStoppedError('The engine was stopped.'));
  }

  async #call<T>(send: () => Promise<T>): Promise<T> {
    if (this.#stopped) throw this.#stopped;
    let reject: (reason: Error) => void = () => undefined;
    const stopped = new Promise<never>((_, rejectStopped) => {
      reject = rejectStopped;
    });
    this.#inFlight.add(reject);
    try {
      return await Promise.race([send(), stopped]);
    } finally {
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
  }
}
