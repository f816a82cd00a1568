import { availableParallelism } from 'node:os';
import { type EncoderModel, loadModel } from '@headwise/core';
import { loadModel as loadParallelModel } from '@headwise/worker';
import type { Timing } from './report.ts';

/** What the demo asks of a model to time it, whichever package it comes from. */
type Embedder = Pick<EncoderModel, 'embed' | 'dispose'>;

interface Candidate {
  backend: string;
  threads: number;
  load(directory: string): Promise<Embedder>;
}

// The reference takes a second for a longer sentence, the kernel milliseconds: so a budget of time, not of runs.
const BUDGET_MS = 400;
const FEWEST_RUNS = 3;

function candidates(relaxed: boolean): Candidate[] {
  const workers = Math.max(2, Math.min(4, availableParallelism()));
  const single = (backend: 'reference' | 'wasm-simd' | 'wasm-relaxed-simd'): Candidate => ({
    backend,
    threads: 1,
    load: (directory) => loadModel(directory, { backend }),
  });
  const fastest = relaxed ? 'wasm-relaxed-simd' : 'wasm-simd';
  return [
    single('reference'),
    single('wasm-simd'),
    ...(relaxed ? [single('wasm-relaxed-simd')] : []),
    {
      backend: fastest,
      threads: workers,
      load: (directory) => loadParallelModel(directory, { workers, backend: fastest }),
    },
  ];
}

async function runs(model: Embedder, text: string): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + BUDGET_MS;
  while (times.length < FEWEST_RUNS || performance.now() < end) {
    const start = performance.now();
    await model.embed(text);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);

/**
 * Times one forward of a sentence on every backend of this machine, one after the other.
 *
 * @param relaxed whether this machine has the relaxed SIMD build
 */
export async function measure(
  directory: string,
  text: string,
  tokens: number,
  relaxed: boolean,
): Promise<Timing[]> {
  const timings: Timing[] = [];
  // The reference comes first; every other backend is compared with it.
  const embeddings: Float32Array[] = [];
  for (const { backend, threads, load } of candidates(relaxed)) {
    const model = await load(directory);
    try {
      // The first run warms the engine's compilers up, and shows how far the backend is from the reference.
      const embedding = await model.embed(text);
      embeddings.push(embedding);
      const times = await runs(model, text);
      timings.push({
        backend,
        threads,
        tokens,
        medianMs: times[times.length >> 1] ?? Number.NaN,
        bestMs: times[0] ?? Number.NaN,
        runs: times.length,
        maxError: largestDifference(embedding, embeddings[0] ?? embedding),
      });
    } finally {
      await model.dispose();
    }
  }
  return timings;
}
