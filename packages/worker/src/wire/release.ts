import { type Remote, releaseProxy } from 'comlink';

/**
 * Releases a proxy whose port is closed. comlink's registry holds the endpoint of every proxy, with all that its listeners refer to, until the
 * proxy is released or collected; it is never collected where the listeners refer to it.
 */
export function release<Api>(proxy: Remote<Api>): void {
  (proxy as { [releaseProxy](): void })[releaseProxy]();
}
