import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StaticServer } from '@headwise/test-browser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installTarballs, temporaryDirectory } from '../../test/lib/project.ts';
import { cases, largestDifference, weightsFile } from '../../test/lib/reference.ts';
import { generation, serveModels } from './models.ts';

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
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Exact versions by name. */
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly tasks?: readonly Task[];
  /** Where the app runs the tasks, if there are several. */
  readonly places?: readonly string[];
  readonly start: (app: App) => Promise<RunningApp>;
}

const apps = fileURLToPath(new URL('../apps/', import.meta.url));

/** Copies an app to an empty folder outside the repository and installs what it needs. */
export async function createApp({ app, manifest, dependencies = {} }: Omit<EnvironmentOptions, 'start'>) {
  const project = await temporaryDirectory();
  await cp(join(apps, 'shared'), project.path, { recursive: true });
  await cp(join(apps, app), project.path, { recursive: true });
  const contents = { name: 'app', private: true, type: 'module', ...manifest, dependencies };
  await writeFile(join(project.path, 'package.json'), JSON.stringify(contents));
  await installTarballs(project.path);
  return project;
}

/** Tests an app in an environment: what it embeds and generates, on its own thread and over workers, is what PyTorch does. */
export function testEnvironment(name: string, options: EnvironmentOptions): void {
  describe(name, () => {
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

    const places = options.places ?? [undefined];
    const runs = places.flatMap((place) => (options.tasks ?? ALL_TASKS).map((task) => ({ place, task })));
    for (const { place, task } of runs)
      test(place === undefined ? columns[task] : `${place}: ${columns[task]}`, async () => {
        const isEmbedding = task.startsWith('embed');
        const input = isEmbedding
          ? { texts: cases.map(({ text }) => text), weightsFile }
          : { prompt: generation.prompt, maxNewTokens: generation.ids.length };
        const output = await app.run(task, { models: models.url, ...input }, place);
        if (isEmbedding) expectEmbeddings(output as number[][]);
        else expect(output).toEqual(generation.ids);
      });
  });
}

function expectEmbeddings(embeddings: readonly (readonly number[])[]): void {
  expect(embeddings).toHaveLength(cases.length);
  for (const [i, { text, embedding }] of cases.entries())
    expect(largestDifference(embeddings[i] ?? [], embedding), text).toBeLessThan(1e-5);
}
