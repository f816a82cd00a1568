import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test.each([
  ['noto-sans-kr', 'SIL Open Font License'],
  ['all-minilm-l6-v2', 'Apache License'],
  ['tokenizers', 'Apache License'],
  ['comlink', 'Apache License'],
  ['svelte', 'Permission is hereby granted'],
])('the build comes with the licence of %s', async (name, words) => {
  const text = await readFile(new URL(`../dist/licenses/${name}.txt`, import.meta.url), 'utf8');
  expect(text).toContain(words);
});
