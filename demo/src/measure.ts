import { availableParallelism } from 'node:os';
import { type EncoderModel, loadEncoder } from '@headwise/core';
import { loadEncoder as loadParallelModel } from '@headwise/worker';
import type { Timing } from './report.ts';

/** The methods that the timing uses; models of core and of the worker package have them. */
type Embedder = Pick<EncoderModel, 'embed' | 'dispose'>;

interface Candidate {
  backend: string;
  threads: number;
  load(directory: string): Promise<Embedder>;
}

// A time budget rather than a number of runs: the reference takes a second for a long sentence, the kernel milliseconds.
const BUDGET_MS = 400;
const MIN_RUNS = 3;

function candidates(relaxed: boolean): Candidate[] {
  const workers = Math.max(2, Math.min(4, availableParallelism()));
  const single = (backend: 'reference' | 'wasm-simd' | 'wasm-relaxed-simd'): Candidate => ({
    backend,
    threads: 1,
    load: (directory) => loadEncoder(directory, { backend }),
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

/** Times in milliseconds, in ascending order. */
async function timeRuns(model: Embedder, text: string): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + BUDGET_MS;
  while (times.length < MIN_RUNS || performance.now() < end) {
    const start = performance.now();
    await model.embed(text);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

const maxAbsDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? Number.NaN))), 0);

/**
 * Times one forward pass of a sentence on every backend of this machine, one after the other.
 *
 * @param relaxed whether this machine supports the relaxed SIMD build
 */
export async function measure(
  directory: string,
  text: string,
  tokens: number,
  relaxed: boolean,
): Promise<Timing[]> {
  const timings: Timing[] = [];
  // The first candidate is the reference; the other embeddings are compared with its own.
  const embeddings: Float32Array[] = [];
  for (const { backend, threads, load } of candidates(relaxed)) {
    const model = await load(directory);
    try {
      // An untimed run: compiles the code, and gives the embedding to compare with the reference.
      const embedding = await model.embed(text);
      embeddings.push(embedding);
      const times = await timeRuns(model, text);
      timings.push({
        backend,
        threads,
        tokens,
        medianMs: times[times.length >> 1] ?? Number.NaN,
        bestMs: times[0] ?? Number.NaN,
        runs: times.length,
        maxError: maxAbsDifference(embedding, embeddings[0] ?? embedding),
      });
    } finally {
      await model.dispose();
    }
  }
  return timings;
}
