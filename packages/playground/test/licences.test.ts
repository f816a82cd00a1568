import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test.each([
  ['noto-sans-kr', 'SIL Open Font License'],
  ['all-minilm-l6-v2', 'Apache License'],
  ['stories15m', 'MIT License'],
  ['whisper-tiny', 'MIT License'],
  ['comlink', 'Apache License'],
  ['marked', 'Permission is hereby granted'],
  ['svelte', 'Permission is hereby granted'],
  ['uplot', 'The MIT License'],
])('the build contains the licence of %s', async (name, excerpt) => {
  const text = await readFile(new URL(`../dist/licenses/${name}.txt`, import.meta.url), 'utf8');
  expect(text).toContain(excerpt);
});
