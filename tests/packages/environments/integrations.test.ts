import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectedOutputOf, modulesOf } from '../../docs/test/lib/examples.ts';
import { runCommand } from '../test/lib/run-command.ts';
import { newcomer, preload, readPage } from './lib/newcomer.ts';

// The path of a newcomer: an empty folder, what the README says to install, and the code of the README and of the pages that it links to.

describe.each([
  ['kernel', 'kernel-as', []],
  ['core', 'core', ['speech']],
  ['models', 'models', ['migration']],
  ['worker', 'worker', ['generation']],
  ['ai-sdk', 'ai-sdk', []],
  ['langchain', 'langchain', []],
  ['server', 'server', ['service']],
  ['fleet', 'fleet', ['fleet']],
])('@headwise/%s', (_, folder, others) => {
  const readme = `packages/${folder}/README.md`;
  const pages = [readme, ...others.map((name) => `docs/${name}.md`)].filter(
    (page) => modulesOf(readPage(page)).length > 0,
  );
  let project: Awaited<ReturnType<typeof newcomer>>;

  beforeAll(async () => {
    project = await newcomer(readPage(readme));
  });

  afterAll(() => project?.remove());

  test.each(pages)('runs the code of %s', async (page) => {
    for (const { source, line } of modulesOf(readPage(page))) {
      const file = `line-${line}.ts`;
      writeFileSync(join(project.path, file), source);
      const output = await runCommand(project.path, process.execPath, ['--import', preload, file]);
      const lines = output.split('\n').filter((one) => one !== '');
      expect(lines, file).toEqual(expectedOutputOf(source));
    }
  });
});
