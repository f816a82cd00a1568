import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { anchorOf, headings, links, shellLines } from './lib/markdown.ts';
import { pages } from './lib/pages.ts';

const { scripts } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** What is wrong with a link from a page; undefined if nothing is. */
function problem(from: string, target: string): string | undefined {
  if (/^https?:/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(inRoot(path))) return `${target}: there is no ${path}`;
  if (anchor === undefined) return undefined;
  const anchors = headings(readFileSync(inRoot(path), 'utf8')).map(anchorOf);
  return anchors.includes(anchor) ? undefined : `${target}: ${path} has no such heading`;
}

/** What is wrong with a line of shell; undefined if nothing is. */
function unknownCommand(line: string): string | undefined {
  const [, script] = /^npm (?:run )?([\w:-]+)/.exec(line) ?? [];
  const builtIn = ['install', 'create', 'exec', 'ci'];
  if (script !== undefined && !builtIn.includes(script) && !(script in scripts)) return line;
  const [, file] = /^node (\S+\.m?[jt]s)/.exec(line) ?? [];
  return file !== undefined && !existsSync(inRoot(file)) ? line : undefined;
}

describe.each(pages)('in $path', ({ path, text }) => {
  test('every relative link leads somewhere', () => {
    expect(
      links(text)
        .map((target) => problem(path, target))
        .filter(Boolean),
    ).toEqual([]);
  });

  test('every command exists', () => {
    expect(shellLines(text).map(unknownCommand).filter(Boolean)).toEqual([]);
  });
});

test('every test that the list of features names exists', () => {
  const { text } = pages.find(({ path }) => path === 'FEATURES.md')!;
  const named = [...text.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path]) => join('packages', 'core', path!));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((path) => !existsSync(inRoot(path)))).toEqual([]);
});
