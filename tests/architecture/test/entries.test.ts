import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { readEntries, snapshotOf } from './lib/entries.ts';

const entries = readEntries();
const core = entries.find(({ name }) => name === '@headwise/core')!;
const values = core.exports.filter(({ isValue }) => isValue).map(({ name }) => name);

describe('@headwise/core', () => {
  test('exports at most 90 values', () => {
    expect(values.length).toBeGreaterThan(50);
    expect(values.length).toBeLessThanOrEqual(90);
  });

  test('shares no name of a value with its other entries but the ones that both document', () => {
    const nn = entries.find(({ name }) => name === '@headwise/core/nn')!;
    const both = nn.exports
      .filter(({ name, isValue }) => isValue && values.includes(name))
      .map(({ name }) => name);
    expect(both).toEqual(['createBackend']);
  });
});

describe('docs/exports.md', () => {
  const page = readFileSync(inRoot('docs', 'exports.md'), 'utf8');
  const code = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!);
  const documented = entries.filter(({ name }) => !name.endsWith('/internal'));

  test.each(documented)('names every value that $name exports', ({ exports }) => {
    const own = exports.filter(({ isValue }) => isValue).map(({ name }) => name);
    expect(own.filter((name) => !code.includes(name))).toEqual([]);
  });

  test('names every entry', () => {
    const names = entries.map(({ name }) => name).filter((name) => !name.startsWith('@headwise/kernel/'));
    expect(names.filter((name) => !code.includes(name) && name !== '@headwise/server/internal')).toEqual([]);
  });

  test('and the API reference, in which main entries beside others need a name, have one for each', () => {
    const mains = entries.filter(
      ({ name }) =>
        name.split('/').length === 2 && entries.some((other) => other.name.startsWith(`${name}/`)),
    );
    expect(mains.length).toBeGreaterThan(3);
    const nameless = mains.filter(({ file }) => {
      const source = join(dirname(dirname(file)), 'src', 'index.ts');
      return !readFileSync(source, 'utf8').includes(' * @module index\n');
    });
    expect(nameless.map(({ name }) => name)).toEqual([]);
  });

  test('names in the first columns of its tables nothing but exports, codes and entries', () => {
    const exported = new Set(entries.flatMap(({ exports }) => exports.map(({ name }) => name)));
    const cells = [...page.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell]) => cell!);
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
    expect(named.length).toBeGreaterThan(150);
    expect(named.filter((name) => !exported.has(name) && !/^(ERR_|@headwise\/)/.test(name))).toEqual([]);
  });
});

test('no entry exports the name of a global type of the DOM', () => {
  const globals = [
    'Request',
    'Response',
    'Range',
    'Event',
    'Text',
    'Node',
    'Element',
    'Document',
    'Selection',
    'File',
    'Cache',
  ];
  for (const { name, exports } of entries)
    expect(
      exports.filter((own) => globals.includes(own.name)),
      name,
    ).toEqual([]);
});

// A change of what users see has to be made on purpose: `npx vitest run -u` in this folder writes the lists anew.
test.each(entries)(
  'the exports of $name and their signatures are those of the committed list',
  async (entry) => {
    const list = entry.exports.map(({ declaration }) => declaration).join('\n\n');
    await expect(`${list}\n`).toMatchFileSnapshot(snapshotOf(entry));
  },
);
