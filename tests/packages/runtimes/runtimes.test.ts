import { statSync } from 'node:fs';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
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

let project: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: StaticServer;

beforeAll(async () => {
  project = await temporaryDirectory();
  await writeFile(join(project.path, 'package.json'), JSON.stringify({ name: 'app', type: 'module' }));
  for (const app of ['embed.js', 'workers.js', 'faults.js'])
    await copyFile(join(apps, app), join(project.path, app));
  await installTarballs(project.path);
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
    const input = JSON.stringify({ source, texts, options: { weightsFile, ...options } });
    return JSON.parse(await command(project.path, path, [...args, app, input], env)) as T;
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
