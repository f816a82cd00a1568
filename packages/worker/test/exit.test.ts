import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const execute = promisify(execFile);
const tinyBert = new URL('./helpers/tiny-bert.ts', import.meta.url).href;

/** Runs a script in a process of its own, which has to end by itself. */
async function output(script: string): Promise<string> {
  const imports = `
    import { loadModel } from '@headwise/worker';
    import { tinyBert } from '${tinyBert}';`;
  const args = ['--input-type=module', '--no-warnings', '-e', imports + script];
  const directory = new URL('..', import.meta.url);
  const { stdout } = await execute(process.execPath, args, { cwd: directory, timeout: 20_000 });
  return stdout.trim();
}

describe('a process ends by itself', () => {
  test('with a model that nobody disposed of', async () => {
    const script = `
      const model = await loadModel(tinyBert(), { workers: 2 });
      console.log((await model.embed(['a', 'b'])).length);`;
    expect(await output(script)).toBe('2');
  });

  test('with one that was never used', async () => {
    expect(await output("await loadModel(tinyBert(), { workers: 2 }); console.log('loaded');")).toBe(
      'loaded',
    );
  });

  test('but not before the calls that it awaits', async () => {
    const script = `
      const model = await loadModel(tinyBert(), { workers: 2 });
      model.embed('a').then(({ length }) => console.log(length));`;
    expect(await output(script)).toBe('20');
  });

  test('after disposing', async () => {
    const script = `
      const model = await loadModel(tinyBert(), { workers: 2 });
      await model.dispose();
      await model.embed('a').catch(({ code }) => console.log(code));`;
    expect(await output(script)).toBe('ERR_DISPOSED');
  });
});
