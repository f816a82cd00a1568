import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('lib/files-entered.ts', import.meta.url));

test('one embed enters at most 35 files, at most 8 of them in nn/, where a block is', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const files = JSON.parse(stdout) as string[];
  expect(files).toContain('core/dist/tasks/encoder/encoder-model.js');
  // 13 of them are the tokenizer's: its components are files of core, each with one subject.
  expect(files.length, files.join('\n')).toBeLessThanOrEqual(35);
  // An operation behind the interface of backend/ counts as the backend's, not the block's.
  const layers = files.filter((path) => path.startsWith('core/dist/nn/'));
  expect(layers.length, layers.join('\n')).toBeLessThanOrEqual(8);
});
