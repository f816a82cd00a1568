import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { POLICY } from '../../plugins/policy.ts';

/** Serves the built playground under its content security policy; with `path`, there alone. */
export async function serveSite(path = '/'): Promise<StaticServer> {
  const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
  if (!existsSync(dist))
    throw new Error(`${dist} does not exist: build the playground first (npm run build)`);
  const headers = { 'content-security-policy': POLICY };
  if (path === '/') return serveDirectory(dist, { headers, ranges: true });
  return serveDirectory(fileURLToPath(new URL('nothing/', import.meta.url)), {
    headers,
    ranges: true,
    mounts: { [path]: dist },
  });
}
