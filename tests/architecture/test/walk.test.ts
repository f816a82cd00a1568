import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packages, rooms } from '../../../architecture.mjs';
import { inRoot } from '../../../scripts/lib/paths.mjs';

const PAGE = 'docs/architecture.md';
const page = readFileSync(inRoot(PAGE), 'utf8');

/** A section of the page, without its heading. */
function section(title: string): string {
  const [, text] = page.split(new RegExp(`^## ${title}$`, 'm'));
  if (text === undefined) throw new Error(`${PAGE} has no section "${title}"`);
  return text.split(/^## /m)[0]!;
}

/** The source files that a section links to, in order, from the repository's root. */
function filesOf(title: string): string[] {
  const targets = [...section(title).matchAll(/\]\(([^)#\s]+\.ts)\)/g)].map(([, target]) => target!);
  return [...new Set(targets.map((target) => normalize(join(dirname(PAGE), target))))];
}

/** The files that a file imports, dynamic imports and imports of other packages' entries included. */
function importsOf(file: string): string[] {
  const source = readFileSync(inRoot(file), 'utf8');
  const specifiers = [...source.matchAll(/(?:from |import\(|import )'([^']+)'/g)].map(([, name]) => name!);
  return specifiers.map((name) => {
    const [, own, entry = 'index'] = /^@headwise\/(kernel|core|worker)(?:\/(\w+))?$/.exec(name) ?? [];
    if (own === undefined) return normalize(join(dirname(file), name));
    return `packages/${own === 'kernel' ? 'kernel-as' : own}/src/${entry}.ts`;
  });
}

describe.each(['One sentence', 'One generated token'])('docs/architecture.md: %s', (title) => {
  const files = filesOf(title);

  test('names source files that exist', () => {
    expect(files.length).toBeGreaterThan(8);
    expect(files.filter((file) => !existsSync(inRoot(file)))).toEqual([]);
  });

  test('names each file after one that imports it', () => {
    const strangers = files
      .slice(1)
      .filter((file, i) => !files.slice(0, i + 1).some((earlier) => importsOf(earlier).includes(file)));
    expect(strangers).toEqual([]);
  });
});

test('docs/architecture.md shows the rooms in the order of architecture.mjs', () => {
  const shown = [...section('Rooms').matchAll(/^\| (\d+) \| (.+?) \|/gm)].map(([, floor, names]) => [
    Number(floor),
    [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  ]);
  expect(shown).toEqual(
    rooms['packages/core/src'].map((floor: readonly string[], i: number) => [i + 1, [...floor]]),
  );
});

test('docs/architecture.md shows the packages in the order of architecture.mjs', () => {
  const positions = packages.flat().map((path: string) => page.indexOf(`\`${path}\``));
  expect(positions.every((position: number) => position >= 0)).toBe(true);
  expect(positions).toEqual(positions.toSorted((a: number, b: number) => a - b));
});
