import { createHash } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installTarballs, temporaryDirectory } from '../../test/lib/project.ts';
import { cases, largestDifference, weightsFile } from '../../test/lib/reference.ts';
import { generation, serveModels } from './models.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** The cell of the table of environments that a test is (scripts/lib/environment-table.mjs). */
    environment?: {
      readonly name: string;
      readonly version: string;
      readonly column?: string;
      /** What to install where the environment is not there. */
      readonly missing?: string;
    };
  }
}

/** The tasks of apps/shared/tasks.js by what a table calls them. */
const columns = {
  embed: 'embeds',
  generate: 'generates',
  embedOverWorkers: 'embeds over workers',
  generateOverWorkers: 'generates over workers',
} as const;

export type Task = keyof typeof columns;

export const ALL_TASKS = Object.keys(columns) as Task[];
export const WITHOUT_WORKERS: readonly Task[] = ['embed', 'generate'];

/** Input of a task: see apps/shared/tasks.js. */
export type TaskInput = Readonly<Record<string, unknown>>;

/** An app that runs. */
export interface RunningApp {
  /** @param place one of {@link EnvironmentOptions.places} */
  run(task: Task, input: TaskInput, place?: string): Promise<unknown>;
  close?(): Promise<void>;
}

/** An app that has to be closed. */
export type OpenApp = Required<RunningApp>;

/** An app in an empty folder, with the packed packages and what `dependencies` names installed. */
export interface App {
  readonly path: string;
  /** Base URL of the models. */
  readonly models: string;
}

export interface EnvironmentOptions {
  /** Folder below `apps` that is copied. */
  readonly app: string;
  readonly version: string;
  /** What to install, if the environment is not there. The table then says so, and nothing is tested. */
  readonly missing?: string | undefined;
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Exact versions by name. */
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly tasks?: readonly Task[];
  /** Where the app runs the tasks, if there are several. */
  readonly places?: readonly string[];
  readonly start: (app: App) => Promise<RunningApp>;
  /** Adds tests of the running app. */
  readonly also?: (run: RunningApp['run']) => void;
}

const apps = fileURLToPath(new URL('../apps/', import.meta.url));

/** Copies an app to an empty folder outside the repository and installs what it needs. */
export async function createApp({
  app,
  manifest,
  dependencies = {},
}: Pick<EnvironmentOptions, 'app' | 'manifest' | 'dependencies'>) {
  const project = await temporaryDirectory();
  await cp(join(apps, 'shared'), project.path, { recursive: true });
  await cp(join(apps, app), project.path, { recursive: true });
  const contents = { name: 'app', private: true, type: 'module', ...manifest, dependencies };
  await writeFile(join(project.path, 'package.json'), JSON.stringify(contents));
  await installTarballs(project.path);
  return project;
}

/** Types of the weights with which the bits are compared. */
const BIT_DTYPES = ['f32', 'q8'];

/** Of the bits of the embeddings that the backend `wasm-simd` computes: on every machine, in every environment. */
const BITS_SHA256 = 'e110b4e93fd378bb67cd3193d3965e6e91e323a35e65d5062af490ae066e3031';

/**
 * Tests an app in an environment: what it embeds and generates, on its own thread and over workers, is what PyTorch does, and with the backend `wasm-simd` is the
 * same bit for bit as in every other environment.
 */
export function testEnvironment(name: string, options: EnvironmentOptions): void {
  const { version, missing, places = [undefined], tasks = ALL_TASKS } = options;
  describe.skipIf(missing)(`${name} ${version}`.trim(), () => {
    let models: StaticServer;
    let project: Awaited<ReturnType<typeof createApp>>;
    let app: RunningApp;

    beforeAll(async () => {
      models = await serveModels();
      project = await createApp(options);
      app = await options.start({ path: project.path, models: models.url });
    });

    afterAll(async () => {
      await app?.close?.();
      await models?.close();
      await project?.remove();
    });

    const embeddingInput = () => ({
      models: models.url,
      texts: cases.map(({ text }) => text),
      weightsFile,
    });

    for (const place of places) {
      const row = place === undefined ? name : `${name}, ${place}`;
      const cell = (column: string, run: () => Promise<void>) =>
        test(
          place === undefined ? column : `${place}: ${column}`,
          {
            meta: { environment: { name: row, version, column, ...(missing && { missing }) } },
          },
          run,
        );

      for (const task of tasks)
        cell(columns[task], async () => {
          if (task.startsWith('embed'))
            expectEmbeddings((await app.run(task, embeddingInput(), place)) as number[][]);
          else {
            const { prompt, ids } = generation;
            const input = { models: models.url, prompt, maxNewTokens: ids.length };
            expect(await app.run(task, input, place)).toEqual(ids);
          }
        });

      cell('same bits', async () => {
        const hash = createHash('sha256');
        for (const dtype of BIT_DTYPES) {
          const options = { backend: 'wasm-simd', dtype };
          const embeddings = await app.run('embed', { ...embeddingInput(), options }, place);
          for (const embedding of embeddings as number[][]) hash.update(Float32Array.from(embedding));
        }
        expect(hash.digest('hex')).toBe(BITS_SHA256);
      });
    }

    options.also?.((task, input, place) => app.run(task, { models: models.url, ...input }, place));
  });
}

function expectEmbeddings(embeddings: readonly (readonly number[])[]): void {
  expect(embeddings).toHaveLength(cases.length);
  for (const [i, { text, embedding }] of cases.entries())
    expect(largestDifference(embeddings[i] ?? [], embedding), text).toBeLessThan(1e-5);
}
