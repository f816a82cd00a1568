import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { launchBrowser } from '@headwise/test-browser';
import ts from 'typescript';

/** Opens a page and keeps it open until the returned function is called. */
type Open = (url: string) => Promise<() => Promise<void>>;

const firefoxes = [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr', '/usr/bin/firefox'];
const firefox = firefoxes.find((path) => path !== undefined && existsSync(path));

/** The browsers to test: Chromium, and Firefox if it is installed or FIREFOX_PATH is set. */
export const browsers: Readonly<Record<string, Open>> = {
  Chromium: async (url) => {
    const browser = await launchBrowser();
    await (await browser.newPage()).goto(url);
    return () => browser.close();
  },
  ...(firefox && { Firefox: (url) => openFirefox(firefox, url) }),
};

async function openFirefox(program: string, url: string): Promise<() => Promise<void>> {
  const profile = await mkdtemp(join(tmpdir(), 'headwise-firefox-'));
  const child = spawn(program, ['--headless', '--no-remote', '--profile', profile, url], {
    stdio: 'ignore',
    env: { ...process.env, HOME: profile },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  return async () => {
    child.kill();
    await ended;
    await rm(profile, { recursive: true, force: true });
  };
}

const page = `<!doctype html><meta charset="utf-8"><script type="module">
  const answer = (value) => fetch('/result', { method: 'POST', body: JSON.stringify(value) });
  try {
    const { digests } = await import('/program.js');
    const { instance } = await WebAssembly.instantiateStreaming(fetch('/simd.wasm'));
    const { memory } = instance.exports;
    const training = await fetch('/training-simd.wasm');
    const exports = training.ok
      ? (await WebAssembly.instantiateStreaming(training, { env: { memory } })).instance.exports
      : undefined;
    await answer({ digests: await digests(instance.exports, exports) });
  } catch (error) {
    await answer({ error: String(error) });
  }
</script>`;

/**
 * Runs a program in a browser: program.ts, or another one that also gets the exports of the training module. The page posts its result to a
 * local server, so that no driver is needed.
 */
export async function digestsIn(
  open: Open,
  wasm: Uint8Array,
  training?: { readonly program: string; readonly trainingWasm: Uint8Array },
): Promise<Record<string, string>> {
  const source = readFileSync(new URL(training?.program ?? 'program.ts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const files: Readonly<Record<string, readonly [type: string, body: string | Uint8Array]>> = {
    '/': ['text/html', page],
    '/program.js': ['text/javascript', outputText],
    '/simd.wasm': ['application/wasm', wasm],
    ...(training && { '/training-simd.wasm': ['application/wasm', training.trainingWasm] as const }),
  };
  let answered: (body: string) => void;
  const answer = new Promise<string>((resolve) => {
    answered = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') answered(await text(request));
    const file = files[request.url ?? ''];
    response.writeHead(file ? 200 : 404, { 'content-type': file?.[0] ?? 'text/plain' }).end(file?.[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  try {
    const { digests, error } = JSON.parse(await answer);
    if (error) throw new Error(error);
    return digests;
  } finally {
    await close();
    server.closeAllConnections();
    server.close();
  }
}
