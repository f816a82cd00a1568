import { createBackend } from '@headwise/core';
import { encoderFromCheckpoint, openEncoder } from '@headwise/core/internal';
import type { Transport } from '@headwise/worker';
import { describe, expect, test } from 'vitest';
import { createCoordinatorApi } from '../src/coordinator/shards.ts';
import { WorkerPool } from '../src/coordinator/worker-pool.ts';
import { type Held, workerCycles } from './helpers/load-cycles.ts';
import { localShard } from './helpers/local-shard.ts';
import { MINILM, MINILM_WEIGHTS } from './helpers/minilm.ts';
import { runScript } from './helpers/script.ts';

/** A young generation of fixed size: its growth would look like a leak. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];
const gcWorker = new URL('./helpers/gc-worker.ts', import.meta.url).href;

describe('MiniLM’s weights', () => {
  test('take hardly more memory in 1 … 8 workers together than in one thread', async () => {
    const { config, checkpoint } = await openEncoder('test', MINILM, { weightsFile: MINILM_WEIGHTS });
    const backend = await createBackend('wasm-simd');
    const encoder = await encoderFromCheckpoint(config, checkpoint, backend);
    const once = backend.weightBytes;
    encoder.dispose();
    for (let count = 1; count <= 8; count++) {
      const tensors = checkpoint.names.map((name) => [name, checkpoint.info(name)] as const);
      const pool = await WorkerPool.start({
        count,
        transport: 'messages',
        load: {
          model: { kind: 'encoder', config },
          backend: 'wasm-simd',
          wide: false,
          dtype: 'f32',
          tensors,
        },
        spawn: () => localShard(),
        coordinator: createCoordinatorApi(checkpoint, { current: undefined }),
      });
      const weights = pool.loaded.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
      const memory = pool.loaded.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
      await pool.terminate(new Error('done'));
      expect(weights / once, `weights, ${count} workers`).toBeLessThan(1.02);
      // WebAssembly memory never shrinks: this is also the peak while loading.
      expect(memory / once, `memory, ${count} workers`).toBeLessThan(1.15 + 0.02 * count);
    }
  });
});

describe.each<Transport>(['messages', 'shared'])('ten thousand calls (%s)', (transport) => {
  test('do not increase memory or the number of handles', { timeout: 240_000 }, async () => {
    const script = `
      import { collectGarbage, spawnGcWorker } from '${gcWorker}';
      const model = await loadEncoder(tinyBert(), { workers: 2, transport: '${transport}', spawn: spawnGcWorker });
      const calls = async (count) => {
        for (let i = 0; i < count; i += 10) {
          await Promise.all(Array.from({ length: 9 }, (_, j) => model.embed('abc '.repeat(1 + ((i + j) % 9)))));
          if (i % 100 === 0) await model.trace('abc');
          else await model.embed('z', { signal: new AbortController().signal });
        }
        const heaps = await collectGarbage();
        return { ...heaps, rss: process.memoryUsage.rss(), handles: process.getActiveResourcesInfo().length };
      };
      // One collection may leave what the next one frees: the minimum of several measurements is what is in use.
      const level = async () => {
        const measurements = [];
        for (let i = 0; i < 3; i++) measurements.push(await calls(100));
        return Object.fromEntries(Object.keys(measurements[0]).map((key) => [key, Math.min(...measurements.map((bytes) => bytes[key]))]));
      };
      // At first, code is compiled and heaps grow.
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

test('decoder sessions release their memory, also when calls fail', { timeout: 120_000 }, async () => {
  const generators = new URL('./helpers/tiny-generators.ts', import.meta.url).href;
  const script = `
    const { loadCausalLM } = await import('@headwise/worker');
    const { decoderFiles } = await import('${generators}');
    const model = await loadCausalLM(decoderFiles('llama'), { workers: 2 });
    // Each call opens a session of 288 KiB.
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
  // 300 leaked sessions would take 84 MiB.
  expect(growth / 2 ** 20).toBeLessThan(24);
});

test('loading, failing and aborted loads leave nothing behind, for every loader and transport', {
  timeout: 240_000,
}, async () => {
  const helper = new URL('./helpers/load-cycles.ts', import.meta.url).href;
  const script = `
    const { cycles, workerCycles, held } = await import('${helper}');
    const growth = {};
    const measure = async (cycles, first, count) => {
      for (const [name, cycle] of Object.entries(cycles)) {
        for (let i = 0; i < first; i++) await cycle();
        const before = await held();
        for (let i = 0; i < count; i++) await cycle();
        const after = await held();
        growth[name] = Object.fromEntries(Object.keys(before).map((key) => [key, after[key] - before[key]]));
      }
    };
    // Each cycle loads three times: once to the end, once without success, once with an abort.
    await measure(cycles, 5, 67);
    await measure(workerCycles, 3, 8);
    console.log(JSON.stringify(growth));
    process.exit();`;
  const growth = JSON.parse(await runScript(script, FLAGS, 240_000));
  for (const [name, { heap, external, handles, fileDescriptors }] of Object.entries<Held>(growth)) {
    // 67 models that were left behind with their tokenizer and ports would take more than 2 MiB, 8 models about 0.3 MiB. Compiled code grows too.
    const megabytes = name in workerCycles ? 0.3 : 0.6;
    expect.soft(heap / 2 ** 20, `${name}: heap, MiB`).toBeLessThan(megabytes);
    expect.soft(external / 2 ** 20, `${name}: external memory, MiB`).toBeLessThan(megabytes);
    expect.soft(handles, `${name}: handles`).toBeLessThanOrEqual(0);
    expect.soft(fileDescriptors, `${name}: file descriptors`).toBeLessThanOrEqual(0);
  }
});
