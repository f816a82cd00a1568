import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from '@headwise/cli';
import { beforeAll, describe, expect, test } from 'vitest';
import { inRoot, root } from '../../../scripts/lib/paths.mjs';
import { publicPackages, workspacePackages } from '../../../scripts/lib/workspace.mjs';
import { shellLines, tables } from './lib/markdown.ts';
import { koreanReadme, pages, readme } from './lib/pages.ts';

// What the pages list is all that there is: flags, environment variables, commands, packages, examples, rooms.

const read = (...path: string[]) => readFileSync(inRoot(...path), 'utf8');
const textOf = (path: string) => pages.find((page) => page.path === path)!.text;
const everyPage = pages.map(({ text }) => text).join('\n');

describe('the command headwise', () => {
  const COMMANDS = [
    ['embed', 'chat', 'transcribe', 'serve', 'inspect', 'quantize'].map((name) => [name]),
    ['run', 'work', 'status', 'verify'].map((name) => ['fleet', name]),
  ].flat();
  const flags = new Map<string, ReadonlySet<string>>();

  beforeAll(async () => {
    for (const command of COMMANDS) {
      let help = '';
      await run([...command, '--help'], { out: (text) => (help += text), error: (text) => (help += text) });
      const [, options = ''] = help.split(/^Options:$/m);
      flags.set(command.join(' '), new Set(options.match(/(?<=^ +(-\w, )?)--[\w-]+/gm)));
    }
  });

  test('has its commands in the table of its README', () => {
    expect(
      COMMANDS.filter(([name]) => !textOf('packages/cli/README.md').includes(`\`headwise ${name} `)),
    ).toEqual([]);
  });

  test('has all flags, and no others, in the table of its README', () => {
    const [, options = ''] = textOf('packages/cli/README.md').split('## Options');
    const named = new Set([...options.matchAll(/`(--[\w-]+)`/g)].map(([, flag]) => flag!));
    named.add('--help');
    const existing = new Set([...flags.values()].flatMap((of) => [...of]));
    expect([...named].sort()).toEqual([...existing].sort());
  });

  test('has the flags that the pages call it with', () => {
    const lines = pages.flatMap(({ path, text }) =>
      shellLines(text.replaceAll('\\\n', '')).map((line) => ({ path, line })),
    );
    const calls = lines.flatMap(({ path, line }) => {
      const [, rest = ''] = /^(?:npx )?(?:@headwise\/cli|headwise) (.*)/.exec(line) ?? [];
      const command = [...flags.keys()].find((name) => rest.startsWith(name));
      const used = rest.split(/[|>]/)[0]!.match(/--[\w-]+/g) ?? [];
      return command === undefined ? [] : used.map((flag) => ({ path, command, flag }));
    });
    expect(calls.length).toBeGreaterThan(20);
    expect(calls.filter(({ command, flag }) => !flags.get(command)!.has(flag))).toEqual([]);
  });
});

describe('environment variables', () => {
  /** Those that commands set for what they start, and those of processes that benchmarks start. */
  const INTERNAL = [
    'HEADWISE_JOB',
    'HEADWISE_CASE',
    'HEADWISE_PEERS',
    'HEADWISE_MUTANT',
    'HEADWISE_REACHED',
    'HEADWISE_MUTATE_DEBUG',
  ];
  const folders = [
    ...workspacePackages().flatMap(({ directory }) =>
      ['src', 'plugins', 'scripts'].map((name) => join(relative(root, directory), name)),
    ),
    'scripts',
  ];
  const used = new Set(
    folders
      .flatMap(sourcesOf)
      .flatMap((path) => read(path).match(/\bHEADWISE_[A-Z_]+|\b[A-Z_]+_PATH\b/g) ?? []),
  );

  test('that users set are in the pages', () => {
    const own = [...used].filter((name) => name.startsWith('HEADWISE_') && !INTERNAL.includes(name));
    expect(own.length).toBeGreaterThan(2);
    expect(own.filter((name) => !everyPage.includes(name))).toEqual([]);
  });

  test('in the pages are read', () => {
    const named = new Set(everyPage.match(/\bHEADWISE_[A-Z_]+|\b[A-Z]+(?:_[A-Z]+)*_PATH\b/g));
    expect([...named].filter((name) => !used.has(name))).toEqual([]);
  });
});

/** Sources in a folder, without tests and what is built. */
function sourcesOf(folder: string): string[] {
  const entries = (() => {
    try {
      return readdirSync(inRoot(folder), { recursive: true, encoding: 'utf8' });
    } catch {
      return [];
    }
  })();
  return entries
    .filter(
      (path) =>
        /\.(ts|mjs|js|svelte)$/.test(path) &&
        !/\.test\.ts$|(^|[\\/])(node_modules|dist|generated)[\\/]/.test(path),
    )
    .map((path) => join(folder, path));
}

describe('CONTRIBUTING.md', () => {
  const text = textOf('CONTRIBUTING.md');

  test('has every command of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
    const missing = Object.keys(scripts).filter(
      (name) => !new RegExp(`\`npm (run )?${name}[\` ]`).test(text),
    );
    expect(missing).toEqual([]);
  });

  test('has every verification, as has their README', () => {
    const [, list = ''] =
      /const verifications = new Map\(\[([\s\S]*?)\n\]\);/.exec(read('scripts/lib/commands.mjs')) ?? [];
    const names = [...list.matchAll(/^ {2}\['([\w-]+)'/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(10);
    expect(
      names.filter((name) => !text.includes(`\`${name}\``) && !text.includes(`verify -- ${name}\``)),
    ).toEqual([]);
    expect(names.filter((name) => !read('tests/verify/README.md').includes(`verify -- ${name} `))).toEqual(
      [],
    );
  });

  test('has every package of the workspace in its layout', () => {
    const missing = workspacePackages()
      .map(({ directory }) => relative(root, directory).replaceAll('\\', '/'))
      .filter((path) => !new RegExp(`^${path} `, 'm').test(text));
    expect(missing).toEqual([]);
  });
});

test.each([
  'README.md',
  'README.ko.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'docs/exports.md',
  'docs/architecture.md',
])('%s names every public package', (path) => {
  const names = publicPackages().map(({ manifest }) => manifest.name as string);
  expect(names.filter((name) => !textOf(path).includes(`\`${name}\``))).toEqual([]);
});

test('the examples are all in their README, and counted in those of the repository', () => {
  const examples = readdirSync(inRoot('examples')).filter((name) => /^\d\d-.*\.ts$/.test(name));
  const [rows = []] = tables(textOf('examples/README.md')).map(([, ...body]) =>
    body.map(([cell = '']) => cell),
  );
  expect(rows.map((cell) => /\((.*)\)/.exec(cell)?.[1])).toEqual(examples);
  expect(readme.text).toContain(`[${examples.length} examples]`);
  expect(koreanReadme.text).toContain(`[예제 ${examples.length}개]`);
});

describe.each([
  ['en', readme.text, textOf('docs/getting-started.md')],
  ['ko', koreanReadme.text, textOf('docs/getting-started.ko.md')],
])('the rooms of the playground (%s)', (language, overview, start) => {
  const [, list = ''] =
    /rooms: \{([^}]*)\}/.exec(read(`packages/playground/src/app/i18n/${language}.ts`)) ?? [];
  const rooms = [...list.matchAll(/: '(.+)'/g)].map(([, name]) => name!);

  test('are in README and in the first steps', () => {
    expect(
      [...overview.matchAll(/\*\*([^*]+)\*\*(?=[은는]? )/g)]
        .map(([, name]) => name)
        .filter((name) => rooms.includes(name!)),
    ).toEqual(rooms);
    const table = tables(start).at(-1)!.slice(1);
    expect(table.map(([name]) => name)).toEqual(rooms);
  });

  test('are counted, as are the chapters of the first one', () => {
    expect(overview).toContain(language === 'en' ? 'seven rooms' : '방이 일곱 개');
    expect(rooms).toHaveLength(7);
    const chapters = readdirSync(inRoot('packages/playground/src/rooms/learn/chapters'));
    for (const text of [overview, start])
      expect(text).toMatch(new RegExp(`\\b${chapters.length}( chapters|개 장)`));
  });
});
