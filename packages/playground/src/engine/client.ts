import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import type { Comparison, Engine, HeadId, LoadProgress, ModelInfo, Reading } from './types.ts';

/** Why a call to the engine ended without an answer. */
export class EngineStopped extends Error {
  override readonly name = 'EngineStopped';
}

/** The part of a Worker that the client needs. */
export type EngineWorker = Pick<
  Worker,
  'postMessage' | 'addEventListener' | 'removeEventListener' | 'terminate'
>;

/** Starts the engine's thread. */
export function startWorker(): Worker {
  return new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module', name: 'headwise' });
}

/**
 * The engine in a worker. comlink leaves calls to a dead worker pending for ever, so this keeps every call in flight
 * and rejects them all when the worker fails or is stopped.
 */
export class EngineClient implements Engine {
  readonly #worker: EngineWorker;
  readonly #remote: Remote<Engine>;
  readonly #inFlight = new Set<(reason: Error) => void>();
  #stopped: Error | undefined;

  constructor(worker: EngineWorker) {
    this.#worker = worker;
    this.#remote = wrap<Engine>(worker as Worker);
    worker.addEventListener('error', (event) => {
      const reason = (event as ErrorEvent).message;
      this.#stop(new EngineStopped(reason ? `The engine stopped: ${reason}` : 'The engine could not start.'));
    });
    worker.addEventListener('messageerror', () => {
      this.#stop(new EngineStopped('The engine sent something that could not be read.'));
    });
  }

  load(modelUrl: string, onProgress: (progress: LoadProgress) => void): Promise<ModelInfo> {
    return this.#call(() => this.#remote.load(modelUrl, proxy(onProgress)));
  }

  read(text: string, silenced: readonly HeadId[]): Promise<Reading> {
    return this.#call(() => this.#remote.read(text, silenced));
  }

  compare(a: string, b: string): Promise<Comparison> {
    return this.#call(() => this.#remote.compare(a, b));
  }

  silenceEach(text: string, layer: number): Promise<readonly number[]> {
    return this.#call(() => this.#remote.silenceEach(text, layer));
  }

  /** Ends the worker; calls in flight are rejected. Twice is once. */
  dispose(): void {
    this.#stop(new EngineStopped('The engine was stopped.'));
  }

  async #call<T>(send: () => Promise<T>): Promise<T> {
    if (this.#stopped) throw this.#stopped;
    let reject: (reason: Error) => void = () => undefined;
    const death = new Promise<never>((_, rejectDeath) => {
      reject = rejectDeath;
    });
    this.#inFlight.add(reject);
    try {
      return await Promise.race([send(), death]);
    } finally {
      this.#inFlight.delete(reject);
    }
  }

  #stop(reason: Error): void {
    if (this.#stopped) return;
    this.#stopped = reason;
    for (const reject of this.#inFlight) reject(reason);
    this.#inFlight.clear();
    this.#remote[releaseProxy]();
    this.#worker.terminate();
  }
}
