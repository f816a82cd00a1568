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
    const why = forbidden(cause as Error) ?? notLoaded;
    throw new WorkerError('died', `${why} (${(cause as Error).message})`, { cause });
  }
}

/** What to add where the environment forbids workers; undefined if it does not. */
function forbidden({ code, message }: Error & { code?: unknown }): string | undefined {
  if (String(code).endsWith('ACCESS_DENIED'))
    return "Node's --permission allows no workers: add --allow-worker";
  return /trusted ?(?:script|type)/i.test(message)
    ? "the page's policy demands Trusted Types: add one that is named default, whose createScriptURL returns the URLs of the app's own scripts (docs/environments.md)"
    : undefined;
}

/** Why a worker's script could not be loaded, and what to add. */
function scriptNotLoaded(url: string | URL | undefined): string {
  return url === undefined
    ? "its script could not be loaded: a bundler has to write it beside the app, and esbuild, Rollup, Rolldown and Bun do not; import { workerUrl } from '@headwise/worker/inline' " +
        "and pass the option { workerUrl } to embed it; for the development server of Vite before 8 add optimizeDeps: { exclude: ['@headwise/worker'] } to its " +
        'configuration (docs/environments.md has other ways)'
    : `its script could not be loaded from ${String(url).slice(0, 200)} (workerUrl)`;
}
