import { type EncoderModel, loadEncoder, type ModelSource } from '@headwise/core';
import {
  loadEncoder as loadParallel,
  type ParallelEncoderOptions,
  type Transport,
  WorkerError,
} from '@headwise/worker';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { expectClose, maxDifference, TOLERANCE } from './helpers/compare.ts';
import { killAtRandom, noThreads, threads } from './helpers/threads.ts';
import { randomNumbers, tinyBert } from './helpers/tiny-bert.ts';

const files = tinyBert();
const TEXT = 'attention is all';
const WORKERS = 3;
const TRANSPORTS: readonly Transport[] = ['messages', 'shared'];

let single: EncoderModel;
let expected: Float32Array;

beforeAll(async () => {
  single = await loadEncoder(files);
  expected = await single.embed(TEXT);
});

/** The model's files, with a callback for each read of the weights. */
function watchedFiles(onRead: (count: number) => void): Map<string, string | Uint8Array | Blob> {
  let count = 0;
  class WatchedBlob extends Blob {
    override slice(start?: number, end?: number): Blob {
      onRead(++count);
      return super.slice(start, end);
    }
  }
  const weights = files.get('model.safetensors') as Uint8Array<ArrayBuffer>;
  return new Map<string, string | Uint8Array | Blob>(files).set(
    'model.safetensors',
    new WatchedBlob([weights]),
  );
}

describe.each(TRANSPORTS)('a model when a worker is killed (%s)', (transport) => {
  const options: ParallelEncoderOptions = { workers: WORKERS, transport };
  const models: EncoderModel[] = [];
  afterEach(async () => {
    for (const model of models.splice(0)) await model.dispose();
    await noThreads();
  });

  async function load(source: ModelSource = files): Promise<EncoderModel> {
    const model = await loadParallel(source, options);
    models.push(model);
    return model;
  }

  /** The next call gives the correct result, and all workers run again. */
  async function expectRecovered(model: EncoderModel): Promise<void> {
    expectClose(await model.embed(TEXT), expected);
    await vi.waitFor(() => expect(threads()).toHaveLength(WORKERS), 5000);
  }

  test('rejects loading when the worker is killed before it starts or while it loads', async () => {
    const killAll = () => {
      for (const worker of threads()) void worker.terminate();
    };
    process.once('worker', (worker) => worker.terminate());
    await expect(load()).rejects.toBeInstanceOf(WorkerError);
    await noThreads();
    // The first reads are those of the header, before workers are started.
    for (const moment of [4, 5, 10, 40, 60]) {
      const watched = watchedFiles((count) => count === moment && killAll());
      await expect(load(watched)).rejects.toBeInstanceOf(WorkerError);
      await noThreads();
    }
  });

  test('rejects the call within 100 ms in any half of any block', async () => {
    const model = await load();
    const steps = ['embeddings', 'output'];
    for (const block of [0, 1])
      for (const step of ['residual.before', 'attention.queries', 'attention.output', 'residual.middle'])
        steps.push(`blocks.${block}.${step}`, `blocks.${block}.feedForward.hidden`);
    const delays: number[] = [];
    for (const [i, step] of steps.entries()) {
      let killed = 0;
      const hooks = {
        [step]: () => {
          killed = performance.now();
          void threads()[i % WORKERS]!.terminate();
        },
      };
      const error = await model.embed(TEXT, { hooks }).catch((error: unknown) => error);
      expect(error, step).toBeInstanceOf(WorkerError);
      expect(error).toMatchObject({ code: 'ERR_WORKER', reason: 'died' });
      delays.push(performance.now() - killed);
      expectClose(await model.embed(TEXT), expected, step);
    }
    // The median, since a busy machine may pause at any time.
    expect(delays.sort((a, b) => a - b)[delays.length >> 1]).toBeLessThan(100);
    await expectRecovered(model);
  });

  test('rejects a trace', async () => {
    const model = await load();
    const hooks = { 'blocks.1.attention.heads.*.weights': () => void threads()[1]!.terminate() };
    await expect(model.trace(TEXT, { hooks, record: ['output'] })).rejects.toBeInstanceOf(WorkerError);
    const [trace, other] = [await model.trace(TEXT), await single.trace(TEXT)];
    expectClose(trace.attention.data, other.attention.data);
    await expectRecovered(model);
  });

  test('replaces the worker when it is idle', async () => {
    const model = await load();
    for (const victims of [WORKERS, 1]) {
      for (const worker of threads().slice(0, victims)) await worker.terminate();
      await vi.waitFor(() => expect(threads()).toHaveLength(WORKERS), 5000);
      // After calls, the other workers have shared memory that a replacement has not received.
      await expectRecovered(model);
    }
  });

  test('replaces a replacement that is killed while it loads', async () => {
    const moments = new Set<number>();
    let reads = 0;
    const watched = watchedFiles((count) => {
      reads = count;
      if (moments.has(count)) void threads().at(-1)!.terminate();
    });
    const model = await load(watched);
    moments.add(reads + 1).add(reads + 5);
    await threads()[0]!.terminate();
    await expectRecovered(model);
  });

  test('rejects waiting calls when every replacement is killed, and recovers', async () => {
    const model = await load();
    const kill = (worker: { terminate(): Promise<number> }) => void worker.terminate();
    process.on('worker', kill);
    await threads()[0]!.terminate();
    const outcomes = await Promise.allSettled([model.embed(TEXT), model.trace(TEXT)]);
    process.off('worker', kill);
    for (const outcome of outcomes) {
      expect(outcome.status).toBe('rejected');
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(WorkerError);
    }
    await expectRecovered(model);
  });

  test('disposes as usual', async () => {
    const model = await load();
    const call = model.embed(TEXT).catch((error: { code: string }) => error.code);
    void threads()[0]!.terminate();
    const disposed = model.dispose();
    void threads()[1]?.terminate();
    await disposed;
    expect(['ERR_DISPOSED', 'ERR_WORKER']).toContain(await call);
    expect(threads()).toHaveLength(0);
    await expect(model.embed(TEXT)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  test('runs the waiting calls after the replacement', async () => {
    const model = await load();
    const hooks = { output: () => void threads()[2]!.terminate() };
    const running = model.embed(TEXT, { hooks });
    const waiting = [model.embed(TEXT), model.embed(TEXT)];
    await expect(running).rejects.toBeInstanceOf(WorkerError);
    for (const embedding of await Promise.all(waiting)) expectClose(embedding, expected);
    await expectRecovered(model);
  });

  test('settles every call, with correct results, when workers are killed two hundred times under load', {
    timeout: 180_000,
  }, async () => {
    const KILLS = 200;
    const model = await load();
    const random = randomNumbers(11);
    const texts = ['a', 'attention is all', 'abcdefgh '.repeat(6)];
    const right = await single.embed(texts);
    const counts = { made: 0, right: 0, wrong: 0, failed: 0 };
    // With all details: such an error may be hard to reproduce.
    const unexpected: unknown[] = [];
    let killing = true;
    const call = async () => {
      while (killing) {
        counts.made++;
        const which = Math.floor(random() * texts.length);
        const outcome = await (random() < 0.3
          ? model.trace(texts[which]!).then(({ embedding }) => embedding)
          : model.embed(texts[which]!)
        ).catch((error: unknown) => error);
        if (outcome instanceof Float32Array) {
          counts[maxDifference(outcome, right[which]!) <= TOLERANCE ? 'right' : 'wrong']++;
        } else if (outcome instanceof WorkerError) {
          counts.failed++;
        } else {
          const { name, code, message, stack, cause } = outcome as Error & { code?: unknown };
          unexpected.push({ name, code, message, stack, cause });
        }
      }
    };
    const callers = Array.from({ length: 4 }, call);
    await killAtRandom(KILLS, random);
    killing = false;
    await Promise.all(callers);
    expect(unexpected).toEqual([]);
    expect(counts).toMatchObject({ wrong: 0, made: counts.right + counts.failed });
    expect(counts.right).toBeGreaterThan(0);
    expect(counts.failed).toBeGreaterThan(0);
    await expectRecovered(model);
  });
});
