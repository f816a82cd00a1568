import { readFileSync, statSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../test/lib/command.ts';
import { installTarballs, temporaryDirectory } from '../test/lib/project.ts';
import { cases, largestDifference, modelDirectory, weightsFile } from '../test/lib/reference.ts';
import { runtimes } from './runtimes.ts';

const apps = fileURLToPath(new URL('./apps/', import.meta.url));
const texts = cases.map(({ text }) => text);
const transports = ['messages', 'shared'] as const;

/** What all apps print. */
interface Output {
  readonly backend: string;
  readonly embeddings: readonly (readonly number[])[];
  readonly attention: readonly number[];
}

interface Faults {
  readonly faults: readonly { step: string; typed: boolean; reason: string; delay: number; same: boolean }[];
}

/** A tiny Llama, and what PyTorch writes with it. */
const llama = new URL('../../../packages/core/test/fixtures/decoders/llama/', import.meta.url);
const reference: { prompt: number[]; ids: number[] } = JSON.parse(
  readFileSync(new URL('reference.json', llama), 'utf8'),
).greedy;
/** As many tokens as it has; which they are makes no difference where ids go in and out. */
const tokenizer = {
  model: {
    type: 'WordPiece',
    vocab: Object.fromEntries(Array.from({ length: 61 }, (_, id) => [`t${id}`, id])),
    unk_token: 't0',
    continuing_subword_prefix: '##',
  },
  pre_tokenizer: { type: 'WhitespaceSplit' },
};

let project: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: StaticServer;

beforeAll(async () => {
  project = await temporaryDirectory();
  await writeFile(join(project.path, 'package.json'), JSON.stringify({ name: 'app', type: 'module' }));
  for (const app of ['embed.js', 'workers.js', 'faults.js', 'generate.js'])
    await copyFile(join(apps, app), join(project.path, app));
  await installTarballs(project.path);
  const directory = join(project.path, 'llama');
  await mkdir(directory);
  for (const file of ['config.json', 'model.safetensors'])
    await copyFile(new URL(file, llama), join(directory, file));
  await writeFile(join(directory, 'tokenizer.json'), JSON.stringify(tokenizer));
  server = await serveDirectory(modelDirectory);
});

afterAll(async () => {
  await server?.close();
  await project?.remove();
});

function expectEmbeddings({ embeddings }: Output): void {
  expect(embeddings).toHaveLength(cases.length);
  for (const [i, { text, embedding }] of cases.entries())
    expect(largestDifference(embeddings[i] ?? [], embedding), text).toBeLessThan(1e-5);
}

describe.each(runtimes)('$name $version', ({ name, path, args }) => {
  /** Runs an app and reads what it printed. */
  async function run<T>(app: string, source: string, options: object, env = process.env): Promise<T> {
    return print<T>(app, { source, texts, options: { weightsFile, ...options } }, env);
  }

  async function print<T>(app: string, input: object, env = process.env): Promise<T> {
    return JSON.parse(await command(project.path, path, [...args, app, JSON.stringify(input)], env)) as T;
  }

  test.each(['wasm-simd', 'auto'])('embeds in its own thread (%s)', async (backend) => {
    const output = await run<Output & { rejected: object }>('embed.js', modelDirectory, { backend });
    expectEmbeddings(output);
    expect(output.backend).toMatch(/^wasm-/);
    expect(output.attention.slice(0, 2)).toEqual([6, 12]);
    expect(output.rejected).toEqual({ name: 'LoadError', reason: 'not-found' });
  });

  test('fetches a model and keeps its files in a cache', async () => {
    const cache = join(project.path, `cache-${name}`);
    const env = { ...process.env, HEADWISE_CACHE: cache };
    for (let turn = 0; turn < 2; turn++) {
      expectEmbeddings(await run<Output>('embed.js', server.url, {}, env));
      const files = await readdir(cache);
      const sizes = files
        .filter((file) => file.endsWith('.data'))
        .map((file) => statSync(join(cache, file)).size);
      expect(sizes.sort((a, b) => a - b).at(-1)).toBe(statSync(join(modelDirectory, weightsFile)).size);
      expect(files.filter((file) => !/\.(data|json)$/.test(file))).toEqual([]);
    }
  });

  describe.each(transports)('workers (%s)', (transport) => {
    test.each([1, 2, 3])(
      '%i of them embed, trace and call hooks, and do not keep the process',
      async (workers) => {
        const output = await run<Output & { seen: number[][]; changed: boolean; thrown: string }>(
          'workers.js',
          modelDirectory,
          { workers, transport },
        );
        expectEmbeddings(output);
        expect(output.backend).toMatch(new RegExp(`× ${workers} worker`));
        expect(output.attention.slice(0, 2)).toEqual([6, 12]);
        expect(output.seen).toEqual([[output.attention[2], 32]]);
        expect(output.changed).toBe(true);
        expect(output.thrown).toBe('ShapeError');
      },
    );

    test('write what PyTorch writes', async () => {
      const { prompt, ids } = reference;
      const options = { workers: 3, transport };
      const input = { source: join(project.path, 'llama'), prompt, maxNewTokens: ids.length, options };
      expect(await print<number[][]>('generate.js', input)).toEqual(Array(4).fill(ids));
    });

    test('are replaced when they die', async () => {
      const output = await run<Faults>('faults.js', modelDirectory, { workers: 2, transport });
      const delays = output.faults.map(({ delay }) => delay).sort((a, b) => a - b);
      console.log(`calls of a killed worker reject after ${delays.map((ms) => ms.toFixed(0)).join(', ')} ms`);
      for (const fault of output.faults)
        expect(fault).toMatchObject({ typed: true, reason: 'died', same: true });
      // Of all, the one in the middle: a busy machine may pause at any time.
      expect(delays[delays.length >> 1]).toBeLessThan(200);
      expect(output).toMatchObject({ idle: { replaced: 1, same: true }, aborted: 'AbortError' });
      expect(output).toMatchObject({ disposed: expect.stringMatching(/^ERR_(DISPOSED|WORKER)$/) });
    });
  });
});
