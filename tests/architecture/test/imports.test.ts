import { describe, expect, test } from 'vitest';
import { rooms } from '../../../architecture.mjs';
import { cruise } from '../../../scripts/lib/cruise.mjs';
import { importRules } from '../../../scripts/lib/import-rules.mjs';
import { inRoot } from '../../../scripts/lib/paths.mjs';

describe('the check of imports in npm run lint', () => {
  test('fails on an import from a higher room and names the files and the rule', async () => {
    const { code, output } = await cruise({
      cwd: inRoot('tests', 'architecture', 'test', 'fixture'),
      paths: ['src'],
    });
    expect(code).not.toBe(0);
    expect(output).toContain('src/ground imports upwards: src/ground/floor.ts → src/upper/roof.ts');
  });

  test('fails on a circle, also of type imports', async () => {
    const { output } = await cruise({
      cwd: inRoot('tests', 'architecture', 'test', 'fixture'),
      paths: ['src'],
    });
    expect(output).toMatch(/no-circular: src\/(ground\/floor|upper\/roof)\.ts/);
  });
});

describe('importRules', () => {
  const floors = [['low', 'tree/branch'], ['tree'], ['top', 'top/attic']] as const;
  const rules = importRules([], { src: floors });
  const allows = (from: string, to: string) =>
    !rules.some(({ from: source, to: target }) => {
      const matches = (patterns: readonly string[], path: string) =>
        patterns.some((pattern) => new RegExp(pattern).test(path));
      return (
        matches([source.path], from) &&
        !matches(source.pathNot, from) &&
        matches(target.path, to) &&
        !matches(target.pathNot, to)
      );
    });

  test.each([
    ['src/tree/a.ts', 'src/low/b.ts', true],
    ['src/tree/a.ts', 'src/tree/branch/b.ts', true],
    ['src/tree/branch/a.ts', 'src/tree/b.ts', false],
    ['src/low/a.ts', 'src/tree/b.ts', false],
    ['src/low/a.ts', 'src/tree/branch/b.ts', false],
    ['src/low/a.ts', 'src/low/b.ts', true],
    ['src/top/a.ts', 'src/top/attic/b.ts', false],
    ['src/top/attic/a.ts', 'src/top/b.ts', false],
    ['src/top/a.ts', 'src/tree/branch/b.ts', true],
  ])('an import from %s of %s is allowed: %s', (from, to, allowed) => {
    expect(allows(from, to)).toBe(allowed);
  });

  test('every folder of core that holds code belongs to a room', async () => {
    const { readdirSync } = await import('node:fs');
    const base = 'packages/core/src';
    const named = rooms[base].flat();
    const folders = readdirSync(inRoot(base), { withFileTypes: true }).map(({ name }) => name);
    const homeless = folders.filter(
      (name) => !named.some((room: string) => room === name || room.startsWith(`${name}/`)),
    );
    expect(homeless).toEqual([]);
  });
});
