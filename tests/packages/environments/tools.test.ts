import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../test/lib/run-command.ts';
import { createApp, testEnvironment } from './lib/environment.ts';

testEnvironment('Jest (CommonJS)', {
  version: '30.5.2',
  app: 'jest',
  manifest: { type: 'commonjs' },
  dependencies: { jest: '30.5.2' },
  start: async ({ path }) => ({
    async run(task, input) {
      const env = { ...process.env, INPUT: JSON.stringify({ task, ...input }) };
      await runCommand(path, 'pnpm', ['exec', 'jest'], env);
      return JSON.parse(await readFile(join(path, 'result.json'), 'utf8'));
    },
  }),
});

test('Jest with jsdom is told the line to add', async () => {
  const dependencies = { jest: '30.5.2', 'jest-environment-jsdom': '30.5.2' };
  const { path, remove } = await createApp({ app: 'jest', manifest: { type: 'commonjs' }, dependencies });
  const env = { ...process.env, INPUT: JSON.stringify({ task: 'embed' }) };
  await expect(runCommand(path, 'pnpm', ['exec', 'jest', '--env=jsdom'], env)).rejects.toThrow(
    "begin the test's file with /** @jest-environment node */",
  );
  await remove();
});

for (const environment of ['node', 'jsdom'])
  testEnvironment(environment === 'node' ? 'Vitest' : 'Vitest with jsdom', {
    version: '5.1.2',
    app: 'vitest',
    dependencies: { vitest: '5.1.2', vite: '8.3.8', ...(environment === 'jsdom' && { jsdom: '31.0.1' }) },
    start: async ({ path }) => ({
      async run(task, input) {
        const env = { ...process.env, INPUT: JSON.stringify({ task, ...input }) };
        await runCommand(path, 'pnpm', ['exec', 'vitest', 'run', `--environment=${environment}`], env);
        return JSON.parse(await readFile(join(path, 'result.json'), 'utf8'));
      },
    }),
  });

// Without skipLibCheck, so that the declarations are checked, too.
describe.each(['5.4.5', '6.0.3'])('TypeScript %s', (version) => {
  let project: Awaited<ReturnType<typeof createApp>>;

  beforeAll(async () => {
    project = await createApp({ app: 'types', dependencies: { typescript: version } });
  });

  afterAll(() => project?.remove());

  test.each([
    ['without lib: dom', 'es2023'],
    ['with lib: dom', 'es2023,dom,dom.iterable,dom.asynciterable'],
  ])('has types %s', async (_, lib) => {
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext', '--lib', lib];
    await runCommand(project.path, 'pnpm', ['exec', 'tsc', ...options, 'main.ts']);
  });

  test.each(['node16', 'nodenext'])('has types of CommonJS (%s)', async (module) => {
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', module];
    await runCommand(project.path, 'pnpm', ['exec', 'tsc', ...options, 'main.cts']);
  });

  test('has types for bundlers (moduleResolution: bundler)', async () => {
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'esnext'];
    await runCommand(project.path, 'pnpm', [
      'exec',
      'tsc',
      ...options,
      '--moduleResolution',
      'bundler',
      'main.ts',
    ]);
  });
});
