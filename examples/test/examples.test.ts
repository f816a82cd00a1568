import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const preload = new URL('../lib/installed-weights.ts', import.meta.url).href;
const files = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name));

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const trimEnds = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());

/** The comment lines after `// Prints:` at the end of an example. */
function expectedOutput(source: string): string[] {
  const [, comment = ''] = source.split('\n// Prints:\n');
  return trimEnds(comment.replace(/^\/\/ ?/gm, ''));
}

describe.each(files)('%s', (file) => {
  it('prints what its last comment says', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', preload, file], {
      cwd: folder,
    });
    expect(trimEnds(stdout)).toEqual(expectedOutput(read(file)));
    expect(stderr).toBe('');
  });

  it('begins with a comment and has at most 40 lines', () => {
    const source = read(file);
    expect(source).toMatch(/^\/\/ \S/);
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });
});

describe('README.md', () => {
  it('lists every example once, in order', () => {
    const linked = [...read('README.md').matchAll(/^\| \[`([^`]+)`\]\(([^)]+)\) \|/gm)];
    expect(linked.map(([, , target]) => target)).toEqual(files);
    expect(linked.map(([, name]) => `${name}.ts`)).toEqual(files);
  });
});
