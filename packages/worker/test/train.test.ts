import { Worker } from 'node:worker_threads';
import { MemoryCheckpoints } from '@headwise/core/train';
import { type StartTrainingOptions, startTraining } from '@headwise/worker/train';
import { describe, expect, it } from 'vitest';
import { threads } from './helpers/threads.ts';
import type { TrainWorkerData } from './helpers/train-worker.ts';

const script = new URL('./helpers/train-worker.ts', import.meta.url);
const spawn = () => new Worker(script);
const data = (changes: Partial<TrainWorkerData> = {}): TrainWorkerData => ({
  backend: 'wasm-simd',
  steps: 12,
  gradientAccumulation: 4,
  ...changes,
});

/** The losses of a run and the bytes of its last weights. */
async function run(options: Partial<StartTrainingOptions> & { data: TrainWorkerData }) {
  const losses = new Map<number, number>();
  const training = await startTraining({
    spawn,
    ...options,
    onStep: (report) => {
      losses.set(report.step, report.loss);
      options.onStep?.(report);
    },
  });
  const result = await training.result;
  return { result, losses: [...losses], weights: Buffer.from(training.files.get('model.safetensors')!) };
}

describe('startTraining', () => {
  for (const backend of ['reference', 'wasm-simd', 'wasm-relaxed-simd'] as const) {
    it(`has the same bits for one, two and four workers on ${backend}`, async () => {
      const [one, two, four] = await Promise.all(
        [1, 2, 4].map((workers) => run({ workers, data: data({ backend }) })),
      );
      expect(one!.result).toMatchObject({ step: 12, reason: 'completed' });
      expect(one!.losses.at(-1)![1]).toBeLessThan(one!.losses[0]![1]);
      for (const other of [two!, four!]) {
        expect(other.losses).toEqual(one!.losses);
        expect(other.weights.equals(one!.weights)).toBe(true);
      }
    });
  }

  it('has the bits of an undisturbed run when replicas and leaders are killed', async () => {
    const undisturbed = await run({ workers: 2, data: data() });
    let kills = 0;
    const failures: number[] = [];
    const before = new Set(threads());
    const disturbed = await run({
      workers: 3,
      data: data({ delay: 5 }),
      onWorkerFailure: ({ worker }) => failures.push(worker!),
      onStep: ({ step }) => {
        if (step % 3 !== 0 || kills >= 3) return;
        const own = threads().filter((thread) => !before.has(thread));
        // A replica, then the leader, then the newest worker.
        void own.at([1, 0, -1][kills++]!)!.terminate();
      },
    });
    expect(failures.length).toBe(3);
    expect(failures).toContain(0);
    expect(disturbed.losses).toEqual(undisturbed.losses);
    expect(disturbed.weights.equals(undisturbed.weights)).toBe(true);
  });

  it('writes checkpoints, and resumes to the same bits', async () => {
    const whole = await run({ data: data() });
    const storage = new MemoryCheckpoints();
    const first = await startTraining({
      spawn,
      data: data(),
      checkpoints: { storage, every: 2 },
      onStep: ({ step }) => {
        if (step === 5) first.stop();
      },
    });
    expect(await first.result).toMatchObject({ reason: 'stopped' });
    expect(new TextDecoder().decode(first.files.get('config.json'))).toContain('12');
    const names = await storage.list();
    expect(names.length).toBe(2);
    await expect(startTraining({ spawn, data: data(), checkpoints: { storage } })).rejects.toThrow(
      'of another run; set resume to go on with that run',
    );
    const resumed = await run({
      workers: 2,
      data: data(),
      checkpoints: { storage, every: 2 },
      resume: true,
    });
    expect(resumed.weights.equals(whole.weights)).toBe(true);
  });

  it('leaves the calling thread free, and pauses', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const loaded = new SharedArrayBuffer(4);
    let steps = 0;
    const onStep = () => steps++;
    const training = await startTraining({ spawn, data: data({ delay: 3, loaded }), onStep });
    training.pause();
    const isLoaded = () => Atomics.load(new Int32Array(loaded), 0);
    await expect.poll(isLoaded, { timeout: 60_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(steps).toBe(0);
    training.continue();
    await training.result;
    expect(steps).toBe(12);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(100);
  });

  it('rejects with the error of the objective, and ends the workers', async () => {
    const before = threads().length;
    await expect(run({ workers: 2, data: data({ throwAt: 3 }) })).rejects.toThrow('the objective failed');
    expect(threads().length).toBe(before);
  });

  it('rejects with the reason of the signal, and ends the workers', async () => {
    const before = threads().length;
    const controller = new AbortController();
    const training = run({
      workers: 2,
      data: data({ delay: 5 }),
      signal: controller.signal,
      onStep: () => controller.abort(new Error('enough')),
    });
    await expect(training).rejects.toThrow('enough');
    expect(threads().length).toBe(before);
  });

  it('rejects when workers cannot be started or keep failing', async () => {
    const broken = new URL('data:text/javascript,process.exit(4)');
    const failures: string[] = [];
    const training = await startTraining({
      spawn: () => new Worker(broken),
      onWorkerFailure: ({ message }) => failures.push(message),
    });
    await expect(training.result).rejects.toMatchObject({ code: 'ERR_WORKER', reason: 'died' });
    const refused = await startTraining({
      spawn: () => {
        throw new Error('no threads left');
      },
    });
    await expect(refused.result).rejects.toThrow('worker 0 of 1 could not be started: no threads left');
    await expect(startTraining({ spawn, workers: 0 })).rejects.toThrow('workers must be an integer');
  });
});
