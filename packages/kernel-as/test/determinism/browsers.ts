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
    const [{ digests }, { trainingDigests }] = [await import('/program.ts'), await import('/training.ts')];
    const exportsOf = async (name, imports) =>
      (await WebAssembly.instantiateStreaming(fetch(name), imports)).instance.exports;
    const first = await exportsOf('/simd.wasm');
    const imports = { env: { memory: first.memory } };
    const kernel = { ...first, ...(await exportsOf('/extended-simd.wasm', imports)) };
    const training = await exportsOf('/training-simd.wasm', imports);
    await answer({ kernel: await digests(kernel), training: await trainingDigests(training, kernel) });
  } catch (error) {
    await answer({ error: String(error) });
  }
</script>`;

/** The digests of both modules. */
export interface Digests {
  readonly kernel: Record<string, string>;
  readonly training: Record<string, string>;
}

function transpiled(name: string): readonly [type: string, body: string] {
  const source = readFileSync(new URL(name, import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return ['text/javascript', outputText];
}

/**
 * Runs program.ts and training.ts in a browser, with the wasm files by name. The page posts its result to a local server, so that no driver
 * is needed.
 */
export async function digestsIn(
  open: Open,
  wasm: Readonly<Record<'simd.wasm' | 'extended-simd.wasm' | 'training-simd.wasm', Uint8Array>>,
): Promise<Digests> {
  const files: Readonly<Record<string, readonly [type: string, body: string | Uint8Array]>> = {
    '/': ['text/html', page],
    ...Object.fromEntries(
      ['arguments.ts', 'program.ts', 'gradients.ts', 'training.ts'].map((name) => [
        `/${name}`,
        transpiled(name),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(wasm).map(([name, bytes]) => [`/${name}`, ['application/wasm', bytes] as const]),
    ),
  };
  let answered: (body: string) => void;
  const answer = new Promise<string>((resolve) => {
    answered = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') answered(await text(request));
    const [type, body] = files[request.url ?? ''] ?? ['text/plain', ''];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  try {
    const { error, ...digests } = JSON.parse(await answer);
    if (error) throw new Error(error);
    return digests;
  } finally {
    await close();
    server.closeAllConnections();
    server.close();
  }
}
