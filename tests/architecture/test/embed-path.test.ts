import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('lib/files-entered.ts', import.meta.url));

test('one embed enters at most 21 files and at most 14 of the tokenizer, and of the 21 at most 8 in nn/, where a block is', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const files = JSON.parse(stdout) as string[];
  expect(files).toContain('core/dist/tasks/encoder/encoder-model.js');
  // The tokenizer's steps are a pipeline of one file each, as tokenizer.json names them, so they are counted apart.
  const isTokenizer = (path: string) => path.startsWith('core/dist/text/');
  const tokenizer = files.filter(isTokenizer);
  expect(tokenizer).toContain('core/dist/text/pipeline.js');
  expect(tokenizer.length, tokenizer.join('\n')).toBeLessThanOrEqual(14);
  const others = files.filter((path) => !isTokenizer(path));
  expect(others.length, others.join('\n')).toBeLessThanOrEqual(21);
  // An operation behind the interface of backend/ counts as the backend's, not the block's.
  const layers = files.filter((path) => path.startsWith('core/dist/nn/'));
  expect(layers.length, layers.join('\n')).toBeLessThanOrEqual(8);
});
