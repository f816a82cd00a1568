import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectedOutputOf, modulesOf } from '../../docs/test/lib/examples.ts';
import { installTarballs, temporaryDirectory } from '../test/lib/project.ts';
import { runCommand } from '../test/lib/run-command.ts';

// The path of a newcomer: an empty folder, the packages and the library that they are for, and the code of the README.

const root = new URL('../../../', import.meta.url);
/** Answers for the hub. */
const preload = new URL('examples/lib/installed-weights.ts', root).href;
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const catalog = read('pnpm-workspace.yaml');

/** The version of the catalog. */
function versionOf(name: string): string {
  const [, version] = new RegExp(`^  "?${name}"?: (\\S+)$`, 'm').exec(catalog) ?? [];
  if (version === undefined) throw new Error(`pnpm-workspace.yaml has no version of ${name}`);
  return version;
}

describe.each([
  ['ai-sdk', ['ai', '@ai-sdk/provider']],
  ['langchain', ['@langchain/core']],
  ['server', ['openai']],
])('the README of @headwise/%s', (name, libraries) => {
  const modules = modulesOf(read(`packages/${name}/README.md`));
  let project: Awaited<ReturnType<typeof temporaryDirectory>>;

  beforeAll(async () => {
    project = await temporaryDirectory();
    const dependencies = Object.fromEntries(libraries.map((library) => [library, versionOf(library)]));
    const manifest = { name: 'app', private: true, type: 'module', dependencies };
    writeFileSync(join(project.path, 'package.json'), JSON.stringify(manifest));
    await installTarballs(project.path);
  });

  afterAll(() => project?.remove());

  test('has code', () => expect(modules.length).toBeGreaterThan(0));

  test.each(modules.map(({ source }, index) => [index + 1, source] as const))(
    'program %i runs in an empty folder and prints what its comments say',
    async (index, source) => {
      const file = `program-${index}.ts`;
      writeFileSync(join(project.path, file), source);
      const output = await runCommand(project.path, process.execPath, ['--import', preload, file]);
      expect(output.split('\n').filter((line) => line !== '')).toEqual(expectedOutputOf(source));
    },
  );
});
