import { createBackend, loadEncoder, openModel } from '@headwise/core';
import type { Transport } from '@headwise/worker';
import { describe, expect, test } from 'vitest';
import { coordinatorOf } from '../src/coordinator/shards.ts';
import { WorkerPool } from '../src/coordinator/worker-pool.ts';
import { localShard } from './helpers/local-shard.ts';
import { MINILM, MINILM_WEIGHTS } from './helpers/minilm.ts';
import { runScript } from './helpers/script.ts';

/** A young generation that does not grow with use, or it would look as if memory was lost. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];
const collecting = new URL('./helpers/collecting.ts', import.meta.url).href;

describe('MiniLM’s weights', () => {
  test('take little more memory over 1 … 8 workers together than once', async () => {
    const { config, checkpoint } = await openModel(MINILM, { weightsFile: MINILM_WEIGHTS });
    const backend = await createBackend('wasm-simd');
    const encoder = await loadEncoder(config, checkpoint, backend);
    const once = backend.weightBytes;
    encoder.dispose();
    for (let count = 1; count <= 8; count++) {
      const tensors = checkpoint.names.map((name) => [name, checkpoint.info(name)] as const);
      const crew = await WorkerPool.start({
        count,
        transport: 'messages',
        load: { model: { kind: 'encoder', config }, backend: 'wasm-simd', dtype: 'f32', tensors },
        spawn: () => localShard(),
        coordinator: coordinatorOf(checkpoint, { call: undefined }),
      });
      const weights = crew.loaded.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
      const memory = crew.loaded.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
      await crew.end(new Error('done'));
      expect(weights / once, `weights, ${count} workers`).toBeLessThan(1.02);
      // WebAssembly memory never shrinks: this is also the most that loading took of it.
      expect(memory / once, `memory, ${count} workers`).toBeLessThan(1.15 + 0.02 * count);
    }
  });
});

describe.each<Transport>(['messages', 'shared'])('ten thousand calls (%s)', (transport) => {
  test('leave memory and handles as they were', { timeout: 240_000 }, async () => {
    const script = `
      import { collect, spawnCollecting } from '${collecting}';
      const model = await loadModel(tinyBert(), { workers: 2, transport: '${transport}', spawn: spawnCollecting });
      const calls = async (count) => {
        for (let i = 0; i < count; i += 10) {
          await Promise.all(Array.from({ length: 9 }, (_, j) => model.embed('abc '.repeat(1 + ((i + j) % 9)))));
          if (i % 100 === 0) await model.trace('abc');
          else await model.embed('z', { signal: new AbortController().signal });
        }
        const heaps = await collect();
        return { ...heaps, rss: process.memoryUsage.rss(), handles: process.getActiveResourcesInfo().length };
      };
      // What one collection leaves the next one may find: the least of several looks is what is really held.
      const level = async () => {
        const looks = [];
        for (let i = 0; i < 3; i++) looks.push(await calls(100));
        return Object.fromEntries(Object.keys(looks[0]).map((key) => [key, Math.min(...looks.map((look) => look[key]))]));
      };
      // At first, code is compiled and heaps find their sizes.
      await calls(5000);
      const before = await level();
      await calls(10_000);
      const after = await level();
      console.log(JSON.stringify({ before, after }));
      await model.dispose();`;
    const { before, after } = JSON.parse(await runScript(script, FLAGS, 240_000));
    const megabytes = (bytes: number) => bytes / 2 ** 20;
    expect(megabytes(after.main - before.main)).toBeLessThan(1);
    expect(megabytes(after.workers - before.workers)).toBeLessThan(1);
    expect(megabytes(after.rss - before.rss)).toBeLessThan(24);
    expect(after.handles).toBeLessThanOrEqual(before.handles);
  });
});

test('sessions of decoders give back their room, also when calls fail', { timeout: 120_000 }, async () => {
  const generators = new URL('./helpers/tiny-generators.ts', import.meta.url).href;
  const script = `
    const { loadCausalLM } = await import('@headwise/worker');
    const { decoderFiles } = await import('${generators}');
    const model = await loadCausalLM(decoderFiles('llama'), { workers: 2 });
    // Each call has a session of its own, of 288 KiB.
    const prompts = Array.from({ length: 32 }, (_, i) => 'abcdefgh'.slice(0, 1 + (i % 8)));
    const calls = async (count) => {
      for (let i = 0; i < count; i++) {
        const signal = i % 5 === 0 ? AbortSignal.timeout(3) : undefined;
        await model.generate(prompts, { maxNewTokens: 3, batchSize: 32, signal }).catch(() => {});
      }
      gc();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return process.memoryUsage().rss;
    };
    const least = async (turns) => {
      let bytes = Infinity;
      for (let i = 0; i < turns; i++) bytes = Math.min(bytes, await calls(60));
      return bytes;
    };
    await calls(300);
    const before = await least(3);
    const after = await least(5);
    console.log(after - before);`;
  const growth = Number(await runScript(script, FLAGS, 120_000));
  // 300 calls that kept theirs would have taken 84 MiB.
  expect(growth / 2 ** 20).toBeLessThan(24);
});
