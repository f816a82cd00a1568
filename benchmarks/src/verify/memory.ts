import { availableBackends, createBackend, loadModel, WasmBackend } from '@headwise/core';
import sentences from '../cases/sentences.json' with { type: 'json' };
import { nodePlatform } from '../node/platform.ts';

// What 5,000 embeddings of real sentences leave behind, after 1,000 that made room: on MiniLM, nothing. Takes minutes, so it is no part
// of the tests: `npm run verify:memory` in this folder.

const MiB = 2 ** 20;
/** JavaScript's heap breathes: what a leak of one small object for each embedding would exceed. */
const ALLOWED_HEAP = 2 * MiB;
const texts = sentences.sentences;
const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error('needs node --expose-gc');

const show = (bytes: number) => `${(bytes / MiB).toFixed(1)} MiB`;

for (const name of availableBackends()) {
  const backend = await createBackend(name);
  // The reference would take hours, and has no memory of its own.
  if (!(backend instanceof WasmBackend)) continue;
  const model = await loadModel(await nodePlatform.minilm(), { backend });
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
