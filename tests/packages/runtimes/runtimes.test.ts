import { readFileSync, statSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StaticServer, serveDirectory } from '@headwise/test-browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installTarballs, temporaryDirectory } from '../test/lib/project.ts';
import { cases, largestDifference, modelDirectory, weightsFile } from '../test/lib/reference.ts';
import { runCommand } from '../test/lib/run-command.ts';
import { runtimes } from './runtimes.ts';

const apps = fileURLToPath(new URL('./apps/', import.meta.url));
const texts = cases.map(({ text }) => text);
const transports = ['messages', 'shared'] as const;

/** Output of embed.js and workers.js. */
interface Output {
  readonly backend: string;
  readonly embeddings: readonly (readonly number[])[];
  readonly attention: readonly number[];
}

interface Faults {
  readonly faults: readonly { step: string; typed: boolean; reason: string; delay: number; same: boolean }[];
}

/** A small Llama checkpoint, and the tokens that PyTorch generates with it. */
const llama = new URL('../../../packages/core/test/fixtures/decoders/llama/', import.meta.url);
const reference: { prompt: number[]; ids: number[] } = JSON.parse(
  readFileSync(new URL('reference.json', llama), 'utf8'),
).greedy;
/** A tokenizer of the checkpoint's vocabulary size. The test passes ids, so the tokens are arbitrary. */
const tokenizer = {
  model: {
    type: 'WordPiece',
    vocab: Object.fromEntries(Array.from({ length: 61 }, (_, id) => [`t${id}`, id])),
    unk_token: 't0',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
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
  /** Runs an app on MiniLM and parses its output. */
  async function runMiniLM<T>(app: string, source: string, options: object, env = process.env): Promise<T> {
    return runApp<T>(app, { source, texts, options: { weightsFile, ...options } }, env);
  }

  /** Runs an app with `input` as its argument and parses its output. */
  async function runApp<T>(app: string, input: object, env = process.env): Promise<T> {
    return JSON.parse(await runCommand(project.path, path, [...args, app, JSON.stringify(input)], env)) as T;
  }

  test.each(['wasm-simd', 'auto'])('embeds on the calling thread (%s)', async (backend) => {
    const output = await runMiniLM<Output & { rejected: object }>('embed.js', modelDirectory, { backend });
    expectEmbeddings(output);
    expect(output.backend).toMatch(/^wasm-/);
    expect(output.attention.slice(0, 2)).toEqual([6, 12]);
    expect(output.rejected).toEqual({ name: 'LoadError', reason: 'not-found' });
  });

  test('caches the files of a fetched model', async () => {
    const cache = join(project.path, `cache-${name}`);
    const env = { ...process.env, HEADWISE_CACHE: cache };
    for (let run = 0; run < 2; run++) {
      expectEmbeddings(await runMiniLM<Output>('embed.js', server.url, {}, env));
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
      'embed, trace, call hooks and let the process exit (%i workers)',
      async (workers) => {
        const output = await runMiniLM<Output & { hookShapes: number[][]; changed: boolean; thrown: string }>(
          'workers.js',
          modelDirectory,
          { workers, transport },
        );
        expectEmbeddings(output);
        expect(output.backend).toMatch(new RegExp(`× ${workers} worker`));
        expect(output.attention.slice(0, 2)).toEqual([6, 12]);
        expect(output.hookShapes).toEqual([[output.attention[2], 32]]);
        expect(output.changed).toBe(true);
        expect(output.thrown).toBe('ShapeError');
      },
    );

    test('generate the same tokens as PyTorch', async () => {
      const { prompt, ids } = reference;
      const options = { workers: 3, transport };
      const input = { source: join(project.path, 'llama'), prompt, maxNewTokens: ids.length, options };
      expect(await runApp<number[][]>('generate.js', input)).toEqual(Array(4).fill(ids));
    });

    test('are replaced after they are terminated', async () => {
      const output = await runMiniLM<Faults>('faults.js', modelDirectory, { workers: 2, transport });
      const delays = output.faults.map(({ delay }) => delay).sort((a, b) => a - b);
      console.log(
        `calls reject after the worker's termination in ${delays.map((ms) => ms.toFixed(0)).join(', ')} ms`,
      );
      for (const fault of output.faults)
        expect(fault).toMatchObject({ typed: true, reason: 'died', same: true });
      // The shortest: the others include pauses of a busy machine.
      expect(delays[0]).toBeLessThan(200);
      expect(output).toMatchObject({ idle: { replaced: 1, same: true }, aborted: 'AbortError' });
      expect(output).toMatchObject({ disposed: expect.stringMatching(/^ERR_(DISPOSED|WORKER)$/) });
    });
  });
});
