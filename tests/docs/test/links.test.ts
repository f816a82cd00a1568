import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { anchorOf, headings, inlineCode, links, shellLines } from './lib/markdown.ts';
import { pages } from './lib/pages.ts';

const { scripts } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Directories that paths in the documentation are relative to. */
const SOURCE_ROOTS = ['', 'packages/core/src', 'packages/core', 'packages/worker/src', 'packages/kernel-as'];

/** Why a link of a page is broken; undefined for a link that works or leaves the repository. */
function linkProblem(page: string, target: string): string | undefined {
  if (/^https?:/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? page : join(dirname(page), file);
  if (!existsSync(inRoot(path))) return `${target}: ${path} does not exist`;
  if (anchor === undefined) return undefined;
  const anchors = headings(readFileSync(inRoot(path), 'utf8')).map(anchorOf);
  return anchors.includes(anchor) ? undefined : `${target}: ${path} has no such heading`;
}

/** The line itself if it runs an npm script or a file that does not exist, else undefined. */
function unknownCommand(line: string): string | undefined {
  const [, script] = /^npm (?:run )?([\w:-]+)/.exec(line) ?? [];
  const builtIn = ['install', 'create', 'exec', 'ci'];
  if (script !== undefined && !builtIn.includes(script) && !(script in scripts)) return line;
  const [, file] = /^node (\S+\.m?[jt]s)/.exec(line) ?? [];
  return file !== undefined && !existsSync(inRoot(file)) ? line : undefined;
}

describe.each(pages)('$path', ({ path, text }) => {
  test('every relative link has a target', () => {
    expect(
      links(text)
        .map((target) => linkProblem(path, target))
        .filter(Boolean),
    ).toEqual([]);
  });

  test('every npm script and node script exists', () => {
    expect(shellLines(text).map(unknownCommand).filter(Boolean)).toEqual([]);
  });

  test('every source file named in backticks exists', () => {
    const roots = [...SOURCE_ROOTS, dirname(path)];
    const named = inlineCode(text).filter((code) => /^[\w.-]+(\/[\w.-]+)+\.(ts|mjs)$/.test(code));
    expect(named.filter((file) => !roots.some((root) => existsSync(inRoot(root, file))))).toEqual([]);
  });
});
