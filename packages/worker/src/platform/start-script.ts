/** Why a worker's script could not be loaded, and what to add. */
export function scriptNotLoaded(url: string | URL | undefined): string {
  return url === undefined
    ? "its script could not be loaded: a bundler has to write it beside the app, and esbuild and Rollup do not; import { workerUrl } from '@headwise/worker/inline' " +
        'and pass the option { workerUrl } to embed it (docs/environments.md has other ways)'
    : `its script could not be loaded from ${String(url).slice(0, 200)} (workerUrl)`;
}
