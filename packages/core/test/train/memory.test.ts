import { describe, expect, it } from 'vitest';
import { WasmBackend } from '../../src/backend/wasm/wasm.ts';
import { createBackend } from '../../src/index.ts';
import { causalLanguageModelling, createModel, Trainer } from '../../src/train/index.ts';

const config = { model_type: 'gpt2', vocab_size: 32, n_positions: 16, n_embd: 16, n_layer: 2, n_head: 2 };

describe('memory of training', () => {
  for (const name of ['wasm-simd', 'wasm-relaxed-simd'] as const) {
    it(`${name} uses no more memory after 1,000 steps than after the first pass over the examples`, async () => {
      const backend = await createBackend(name);
      if (!(backend instanceof WasmBackend)) throw new Error(`${name} is not a wasm backend`);
      const trainable = await createModel(config, { backend, seed: 1 });
      if (trainable.kind !== 'causalLM') throw new Error(`the model is of the kind ${trainable.kind}`);
      const lengths = [4, 16, 9, 2, 13, 7, 11, 5];
      const trainExamples = lengths.map((length, i) => ({
        ids: Array.from({ length }, (_, k) => (7 * i + 3 * k) % config.vocab_size),
      }));
      const sizes: { total: number; allocated: number }[] = [];
      const trainer = new Trainer({
        trainable,
        objective: causalLanguageModelling(),
        trainExamples,
        batchSize: 4,
        // Batches are the same in each epoch, so that each epoch needs the same memory.
        shuffle: false,
        maxSteps: 1000,
        onStep: () => {
          sizes.push({ total: backend.memoryBytes, allocated: backend.kernel.memory.allocatedBytes });
        },
      });
      await trainer.train();
      expect(sizes).toHaveLength(1000);
      const [, , third] = sizes;
      for (const size of sizes.slice(2)) expect(size).toEqual(third);
      // What `using` calls.
      trainer[Symbol.dispose]();
      trainable.model.dispose();
      trainable[Symbol.dispose]();
      expect(backend.weightBytes).toBe(0);
    });
  }
});
