import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { models } from '@headwise/models';
import { expect, test } from 'vitest';
import { installedFiles } from '../plugins/model-files.ts';
import { MODEL_IDS, modelEntry } from '../src/engine/registry.ts';

const PUBLIC = fileURLToPath(new URL('../public/models/', import.meta.url));

test('the registry has all models of @headwise/models', () => {
  const known = models.map(({ name, kind, license }) => ({ name, kind, license }));
  const registered = MODEL_IDS.filter((id) => !['minilm', 'stories15m', 'whisper-tiny'].includes(id)).map(
    (id) => {
      const { name, kind, license } = modelEntry(id);
      expect(name).toBe(id);
      return { name, kind, license };
    },
  );
  expect(registered).toEqual(known);
});

// The files of `trained` are in memory.
test.each(MODEL_IDS.map((id) => ({ id })))(
  'the registry has the files of $id with their size',
  async ({ id }) => {
    const { files, bytes, weightsFile } = modelEntry(id);
    const paths = new Map(installedFiles(id));
    const sizes = await Promise.all(
      files.map(async (name) => (await stat(paths.get(name) ?? join(PUBLIC, id, name))).size),
    );
    expect(bytes).toBe(sizes.reduce((sum, size) => sum + size));
    expect(files).toContain(weightsFile);
  },
);

test('the registry names all files of a small model, and its languages as its card does', async () => {
  for (const { name } of models) {
    const folder = new URL(`../../models/models/${name}/`, import.meta.url);
    const card = await readFile(new URL('README.md', folder), 'utf8');
    const [, languages = ''] = /^language: \[?([^\]\n]+)/m.exec(card) ?? [];
    const entry = modelEntry(name as (typeof MODEL_IDS)[number]);
    expect([...entry.languages].sort()).toEqual(languages.split(', ').sort());
  }
});
