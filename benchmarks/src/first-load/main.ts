// Prints the time to the first embedding of all-MiniLM-L6-v2 from a server that delays every answer, and the requests by the number of answers that each
// waited for: in Node from the call of loadEncoder, in a fresh page of Chromium from the navigation.
// `node benchmarks/src/first-load/main.ts`; options: `--browser`, `--delay` (milliseconds, 300), `--runs` (3).
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadEncoder } from '@headwise/core';
import { launchBrowser } from '@headwise/test-browser';
import { build } from 'vite';
import { DelayedServer, miniLMFiles } from './delayed-server.ts';

const { values } = parseArgs({
  options: {
    browser: { type: 'boolean', default: false },
    delay: { type: 'string', default: '300' },
    runs: { type: 'string', default: '3' },
  },
});
const delay = Number(values.delay);
const runs = Number(values.runs);
if (!(delay >= 0 && runs >= 1)) {
  throw new Error(
    `first-load: --delay must be at least 0 and --runs at least 1, got ${values.delay} and ${values.runs}`,
  );
}

/** The page's files, as an app's build has them. */
async function pageFiles(): Promise<Map<string, Uint8Array>> {
  const outDir = await mkdtemp(join(tmpdir(), 'first-load-'));
  try {
    const root = fileURLToPath(new URL('./page/', import.meta.url));
    await build({ root, configFile: false, logLevel: 'warn', build: { outDir, target: 'esnext' } });
    const names = await readdir(outDir, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(
      await Promise.all(
        files.map(async (file) => [file.slice(outDir.length + 1), await readFile(file)] as const),
      ),
    );
  } finally {
    await rm(outDir, { recursive: true });
  }
}

const model = await miniLMFiles();
const files = values.browser
  ? new Map([...(await pageFiles()), ...[...model].map(([name, file]) => [`model/${name}`, file] as const)])
  : model;
const server = new DelayedServer(files, delay);
const url = await server.listen();

async function inNode(): Promise<number> {
  const start = performance.now();
  const encoder = await loadEncoder(url, { cache: false });
  await encoder.embed('I drank coffee.');
  const time = performance.now() - start;
  await encoder.dispose();
  return time;
}

const browser = values.browser ? await launchBrowser() : undefined;

/** In a new profile: nothing is cached. */
async function inPage(): Promise<number> {
  const context = await browser!.newContext();
  const page = await context.newPage();
  try {
    await page.goto(url);
    return await page.evaluate(() => globalThis.headwiseFirst);
  } finally {
    await context.close();
  }
}

const times: number[] = [];
for (let run = 0; run < runs; run++) {
  server.restart();
  times.push(await (browser ? inPage() : inNode()));
}
await browser?.close();
server.close();

const rounds = Math.max(...server.requests.map(({ round }) => round));
console.log(
  `first embedding, ${delay} ms an answer: ${Math.min(...times).toFixed(0)} ms (${times.map((time) => time.toFixed(0)).join(', ')}), ` +
    `${server.requests.length} requests in ${rounds} rounds`,
);
for (let round = 1; round <= rounds; round++) {
  const names = server.requests
    .filter((one) => one.round === round)
    .map(({ name, method }) => `${method} ${name}`);
  console.log(`  ${round}: ${names.join(', ')}`);
}
