import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { tableRows } from './lib/markdown.ts';
import { pages } from './lib/pages.ts';

describe('SECURITY.md', () => {
  const { text } = pages.find(({ path }) => path === 'SECURITY.md')!;
  const rows = tableRows(text).filter(([claim]) => claim !== 'it');
  const testsOf = (shown: string) => [...shown.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);

  test('says of each party what it can and what it cannot do', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter(([claim = '']) => !/^can(?:not)? /.test(claim))).toEqual([]);
  });

  test('names test files for everything that a party cannot do', () => {
    const unshown = rows.filter(([claim = '', shown = '']) =>
      claim.startsWith('cannot ') ? testsOf(shown).length === 0 : shown !== 'not covered',
    );
    expect(unshown).toEqual([]);
  });

  test('names test files that exist', () => {
    const paths = rows.flatMap(([, shown = '']) => testsOf(shown));
    const isTest = (path: string) => path.endsWith('.test.ts') && existsSync(inRoot(path));
    expect(paths.filter((path) => !isTest(path))).toEqual([]);
  });
});
