import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

  test('documents every value that it exports', () => {
    const pages = readdirSync(inRoot('docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs', name));
    const text = [...pages, 'packages/core/README.md']
      .map((path) => readFileSync(inRoot(path), 'utf8'))
      .join('\n');
    const words = new Set(text.match(/[\w$]+/g));
    expect(values.filter((name) => !words.has(name))).toEqual([]);
  });

  test('shares no name of a value with its other entries but the ones that both document', () => {
    const nn = entries.find(({ name }) => name === '@headwise/core/nn')!;
    const both = nn.exports
      .filter(({ name, isValue }) => isValue && values.includes(name))
      .map(({ name }) => name);
    expect(both).toEqual(['createBackend']);
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
