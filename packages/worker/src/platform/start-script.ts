import { WorkerError } from '../errors.ts';

/**
 * Starts a worker whose script is at `url`, or this package's. `start` gets the message for a script that could not be loaded.
 *
 * @throws WorkerError if the platform refuses
 */
export function startScript<Endpoint>(
  url: string | URL | undefined,
  start: (notLoaded: string) => Endpoint,
): Endpoint {
  const notLoaded = scriptNotLoaded(url);
  try {
    return start(notLoaded);
  } catch (cause) {
    const { code, message } = cause as Error & { code?: unknown };
    const why =
      code === 'ERR_ACCESS_DENIED'
        ? "Node's --permission does not allow workers: add --allow-worker"
        : notLoaded;
    throw new WorkerError('died', `${why} (${message})`, { cause });
  }
}

/** Why a worker's script could not be loaded, and what to add. */
function scriptNotLoaded(url: string | URL | undefined): string {
  return url === undefined
    ? "its script could not be loaded: a bundler has to write it beside the app, and esbuild, Rollup, Rolldown and Bun do not; import { workerUrl } from '@headwise/worker/inline' " +
        "and pass the option { workerUrl } to embed it; for the development server of Vite before 8 add optimizeDeps: { exclude: ['@headwise/worker'] } to its " +
        'configuration (docs/environments.md has other ways)'
    : `its script could not be loaded from ${String(url).slice(0, 200)} (workerUrl)`;
}
