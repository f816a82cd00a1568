import { readFileSync } from 'node:fs';
import { loadKernel } from '@headwise/kernel';
import { describe, expect, it } from 'vitest';
import { loadEncoder } from '../../src/index.ts';
import { WasmBackend } from '../../src/internal.ts';
import { parseEncoderConfig } from '../../src/models/encoders/core-config.ts';
import { encoderFromCheckpoint } from '../../src/models/encoders/registry.ts';
import { runForward } from '../../src/nn/run/run-forward.ts';
import { evenOffsets } from '../../src/nn/torch/float-array.ts';
import { MINILM } from '../helpers/minilm.ts';
import { repeatLayers, tinyConfig, tinyFiles, trainableArchitectures } from '../helpers/tiny-encoders.ts';

const sentences = readFileSync(new URL('../fixtures/sentences.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

describe.each(trainableArchitectures)('linear memory of %s', (name) => {
  it('does not grow over 5,000 embeddings of mixed lengths, in one call or many', {
    timeout: 60_000,
  }, async () => {
    const backend = new WasmBackend(await loadKernel());
    const model = await loadEncoder(tinyFiles(name), { backend, taskHeads: [] });
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

describe('linear memory of one encoder pass', () => {
  it('does not depend on the number of blocks', async () => {
    const [batch, length] = [200, 20];
    const tokens = batch * length;
    const growthOf = async (numHiddenLayers: number) => {
      const json = { ...tinyConfig('bert'), num_hidden_layers: numHiddenLayers };
      const backend = new WasmBackend(await loadKernel());
      const checkpoint = await repeatLayers('bert', 2, numHiddenLayers);
      const encoder = await encoderFromCheckpoint(parseEncoderConfig(json, []), checkpoint, backend);
      const before = backend.memoryBytes;
      const offsets = evenOffsets(batch, length);
      const ids = new Int32Array(tokens).fill(7);
      const typeIds = new Int32Array(tokens);
      runForward(backend, offsets, undefined, (ctx) => encoder.forward(ctx, { ids, typeIds, offsets }));
      encoder.dispose();
      return backend.memoryBytes - before;
    };
    const [shallow, deep] = [await growthOf(2), await growthOf(12)];
    const { hidden_size: hiddenSize } = tinyConfig('bert') as { hidden_size: number };
    // The difference is less than one activation [tokens, hiddenSize] of float32: only allocation granularity.
    expect(Math.abs(deep - shallow)).toBeLessThan(tokens * hiddenSize * 4);
  });

  it('grows by at most 45 MB for 512 tokens of MiniLM', async () => {
    const backend = new WasmBackend(await loadKernel());
    const model = await loadEncoder(MINILM, { backend });
    // The weights, 90.3 MB of float32, and what loading them took.
    const before = backend.memoryBytes;
    await model.embed('word '.repeat(600));
    // 44.0 MB: the activations of one block. Those of all six would be 81.8 MB.
    expect(backend.memoryBytes - before).toBeLessThan(45e6);
    await model.dispose();
  });
});
