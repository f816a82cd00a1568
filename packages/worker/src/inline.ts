// `@headwise/worker/inline`: the worker's script as part of the app, for bundlers that do not write files of their own for workers.
import { platform } from '#platform';
import { script } from './generated/worker-script.ts';

/**
 * The option `workerUrl` of loaders that needs no file beside the app. In browsers it is a `blob:` URL, which a content security policy must
 * allow with `worker-src blob:`.
 */
export const workerUrl: string = /* @__PURE__ */ platform.scriptUrl(script);
