import { loadModel } from '@headwise/core';
import { loadModel as loadParallel } from '@headwise/worker';
import { tinyBert } from '../helpers/tiny-bert.ts';

declare global {
  interface Window {
    /** How far a run over so many workers is from one in the page's own thread: of embeddings, and of attention. */
    compare(workers: number): Promise<{ embeddings: number; attention: number; backend: string }>;
  }
}

const TEXTS = ['attention', '', 'is all you need'];

function maxDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

window.compare = async (workers) => {
  const files = tinyBert();
  const [single, parallel] = [await loadModel(files), await loadParallel(files, { workers })];
  const [expected, actual] = [await single.embed(TEXTS), await parallel.embed(TEXTS)];
  const [one, other] = [await single.trace(TEXTS[2]!), await parallel.trace(TEXTS[2]!)];
  const { backend } = parallel;
  await parallel.dispose();
  return {
    embeddings: Math.max(...expected.map((embedding, i) => maxDifference(actual[i]!, embedding))),
    attention: maxDifference(other.attention.data, one.attention.data),
    backend,
  };
};
