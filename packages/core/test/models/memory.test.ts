import { readFileSync } from 'node:fs';
import { loadKernel } from '@headwise/kernel';
import { describe, expect, it } from 'vitest';
import { loadModel, WasmBackend } from '../../src/index.ts';
import { tinyArchitectures, tinyFiles } from '../helpers/tiny-encoders.ts';

const sentences = readFileSync(new URL('../fixtures/sentences.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

describe.each(tinyArchitectures)('memory of %s', (name) => {
  it('stays flat over 5,000 embeddings of mixed lengths, in one call or many', {
    timeout: 60_000,
  }, async () => {
    const backend = new WasmBackend(await loadKernel());
    const model = await loadModel(tinyFiles(name), { backend, taskHeads: [] });
    const once = async () => {
      await model.embed(sentences);
      for (const sentence of sentences) await model.embed(sentence);
    };
    await once();
    const { memoryBytes, weightBytes } = backend;
    for (let done = 2 * sentences.length; done < 5000; done += 2 * sentences.length) await once();
    expect(backend.memoryBytes).toBe(memoryBytes);
    expect(backend.weightBytes).toBe(weightBytes);
    await model.dispose();
    expect(backend.weightBytes).toBe(0);
  });
});
