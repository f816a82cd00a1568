import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { build } from 'vite';

/** A strict policy: only the page's own files, and WebAssembly. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

/** Bundles the test page with Vite's default configuration, and serves it. */
export async function serveTestPage(headers: Readonly<Record<string, string>> = {}): Promise<StaticServer> {
  const directory = await mkdtemp(join(tmpdir(), 'headwise-worker-'));
  await build({
    root: fileURLToPath(new URL('../pages/', import.meta.url)),
    configFile: false,
    logLevel: 'warn',
    build: { outDir: directory, emptyOutDir: true },
  });
  const server = await serveDirectory(directory, {
    headers: { 'content-security-policy': POLICY, ...headers },
  });
  return {
    url: server.url,
    async close() {
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}
