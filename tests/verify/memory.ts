import { nodePlatform } from '@headwise/benchmarks';
import sentences from '@headwise/benchmarks/sentences.json' with { type: 'json' };
import { availableBackends, createBackend, loadEncoder } from '@headwise/core';
import { WasmBackend } from '@headwise/core/internal';

// Memory does not grow over 5,000 embeddings of real sentences with MiniLM, after 1,000 that size the buffers. Takes minutes:
// `npm run verify -- memory`.

const MiB = 2 ** 20;
/** Tolerance for the fluctuation of JavaScript's heap. A leak of one small object per embedding exceeds it. */
const ALLOWED_HEAP = 2 * MiB;
const texts = sentences.sentences;
const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error('needs node --expose-gc');

const show = (bytes: number) => `${(bytes / MiB).toFixed(1)} MiB`;

for (const name of availableBackends()) {
  const backend = await createBackend(name);
  // The reference backend would take hours, and allocates no memory of its own.
  if (!(backend instanceof WasmBackend)) continue;
  const model = await loadEncoder(await nodePlatform.minilm(), { backend });
  const measure = () => {
    collect();
    return { heap: process.memoryUsage().heapUsed, wasm: backend.memoryBytes };
  };
  await model.embed(texts);
  const before = measure();
  for (let done = texts.length; done <= 5 * texts.length; done += texts.length) {
    await model.embed(texts);
    const after = measure();
    console.log(`${name}, ${done} more: WebAssembly ${show(after.wasm)}, heap ${show(after.heap)}`);
    if (after.wasm > before.wasm || after.heap > before.heap + ALLOWED_HEAP) process.exitCode = 1;
  }
  await model.dispose();
}
console.log(process.exitCode === 1 ? 'memory grew' : 'memory is flat');
