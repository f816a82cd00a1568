import { holdLivenessLock } from './liveness-lock.ts';

// What a worker's script needs of the platform. It runs in browsers and in runtimes with Node's API alike, so that it can be one file, and
// does not import the modules that start workers: a script that refers to itself has no end for bundlers.

/** A module of Node; undefined in browsers. */
function nodeModule<Module>(name: string): Module | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): Module | undefined } };
  return process?.getBuiltinModule?.(name);
}

/** In a worker: calls `listener` with the first message. */
export function onStart(listener: (message: unknown) => void): void {
  interface ParentPort {
    once(event: 'message', listener: (message: unknown) => void): void;
  }
  const threads = nodeModule<{ parentPort: ParentPort | null }>('node:worker_threads');
  if (threads?.parentPort) {
    threads.parentPort.once('message', listener);
    return;
  }
  const receive = ({ origin, data }: MessageEvent<unknown>) => {
    // Messages to a worker have no origin. Where the script runs in a window, only its own origin is accepted.
    if (origin !== '' && origin !== globalThis.location.origin) return;
    globalThis.removeEventListener('message', receive as EventListener);
    holdLivenessLock((data as { livenessLock?: unknown } | null)?.livenessLock);
    listener(data);
  };
  globalThis.addEventListener('message', receive as EventListener);
}

/** Starts `port`, and calls `listener` with each message that it receives. */
export function onMessage(port: MessagePort, listener: (message: unknown) => void): void {
  const { on } = port as { on?(event: 'message', listener: (message: unknown) => void): void };
  // Node loads its HTTP client to make the first event of a thread, which takes a third of a worker's start. Browsers have events alone. Deno's `on`
  // visits every element of the arrays in a message, which took ten times as long as all the rest of loading a model.
  if (typeof on === 'function' && !('Deno' in globalThis)) {
    on.call(port, 'message', listener);
    return;
  }
  port.addEventListener('message', ({ origin, data }) => {
    // Messages through a port have no origin.
    if (!origin) listener(data);
  });
  port.start();
}

/** Number of threads that can run in parallel. */
export function concurrency(): number {
  const system = nodeModule<{ availableParallelism(): number }>('node:os');
  return system?.availableParallelism() ?? (globalThis.navigator?.hardwareConcurrency || 1);
}
