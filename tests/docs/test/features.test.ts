import { describe, expect, test } from 'vitest';
import { entryExports } from './lib/entry-exports.ts';
import { tableRows } from './lib/markdown.ts';
import { pages } from './lib/pages.ts';

const exported = entryExports([
  'ai-sdk',
  'core',
  'fleet',
  'langchain',
  'models',
  'server',
  'worker',
  'kernel-as',
]);

/** Whether `name` is an export of an entry point, or `Type.member` of an exported type. */
function isPublic(name: string): boolean {
  const [owner = '', member] = name.split('.');
  const members = exported.get(owner);
  return member === undefined ? members !== undefined : (members?.has(member) ?? false);
}

describe('FEATURES.md', () => {
  const { text } = pages.find(({ path }) => path === 'FEATURES.md')!;
  // Columns: feature, API, tests, and the backends in most tables.
  const rows = tableRows(text).filter(([, api]) => api !== 'API');

  test('names exports and their members in the API column', () => {
    const named = rows.flatMap(([, api = '']) => [...api.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((name) => !isPublic(name))).toEqual([]);
  });

  test('names at least one test file in each row', () => {
    const untested = rows.filter(([, , tests = '']) => !/`[\w./-]+\.ts`/.test(tests));
    expect(untested.map(([feature]) => feature)).toEqual([]);
  });
});
