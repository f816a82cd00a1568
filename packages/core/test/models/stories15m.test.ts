import { loadKernel } from '@headwise/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CausalLM, loadCausalLM } from '../../src/index.ts';
import { WasmBackend } from '../../src/internal.ts';
import { backendNames, difference } from '../helpers/fixture.ts';
import { storiesReference as reference, storiesFiles } from '../helpers/stories.ts';

const { prompt, prompt_ids, greedy_ids, greedy_text, top5_ids, top5_logits } = reference;

describe.each(backendNames)('stories15M on %s', (backend) => {
  let model: CausalLM;
  beforeAll(async () => {
    model = await loadCausalLM(await storiesFiles(), { backend });
  });
  afterAll(() => model.dispose());

  it('generates PyTorch’s tokens', { timeout: 60_000 }, async () => {
    const { ids, promptIds, text } = await model.generate(prompt, { maxNewTokens: greedy_ids.length });
    expect([...promptIds]).toEqual(prompt_ids);
    expect([...ids]).toEqual(greedy_ids);
    expect(prompt + text).toBe(greedy_text.trim());
  });

  it('agrees with PyTorch on the logits after the prompt', async () => {
    const { logits } = await model.trace(prompt);
    const best = [...logits.data.keys()].sort((a, b) => logits.data[b]! - logits.data[a]!).slice(0, 5);
    expect(best).toEqual(top5_ids);
    expect(
      difference(
        best.map((id) => logits.data[id]!),
        top5_logits,
      ),
    ).toBeLessThan(1e-4);
    expect((await model.nextTokens(prompt, { topK: 5 })).map(({ id }) => id)).toEqual(top5_ids);
  });

  it('agrees with PyTorch on the log-probabilities of its story', { timeout: 60_000 }, async () => {
    const story = Int32Array.from([...prompt_ids, ...greedy_ids]);
    const { perplexity } = await model.perplexity(story);
    expect(Math.abs(perplexity - reference.perplexity_of_greedy)).toBeLessThan(1e-4);
  });
});

describe('stories15M', () => {
  let model: CausalLM;
  let backend: WasmBackend;
  beforeAll(async () => {
    backend = new WasmBackend(await loadKernel());
    model = await loadCausalLM(await storiesFiles(), { backend });
  });
  afterAll(() => model.dispose());

  it('samples equal tokens for a seed on every backend', async () => {
    const options = { doSample: true, temperature: 0.8, topP: 0.9, seed: 20, maxNewTokens: 30 };
    const first = await model.generate('The cat', options);
    expect((await model.generate('The cat', options)).ids).toEqual(first.ids);
    // wasm-simd is bitwise reproducible on every machine.
    expect(first.text).toMatchInlineSnapshot(
      `" was very hairy. She had long, hair that was long and curly. One day, she saw a big box in the room. She"`,
    );
  });

  it('streams pieces that concatenate to the text', async () => {
    const pieces: string[] = [];
    const stream = model.stream(prompt, { maxNewTokens: 250 });
    let step = await stream.next();
    for (; !step.done; step = await stream.next()) pieces.push(step.value.text);
    expect(pieces.join('')).toBe(step.value.text);
    expect(step.value.text.startsWith(greedy_text.trim().slice(prompt.length))).toBe(true);
    expect(step.value.finishReason).toBe('stop');
  });

  it('does not grow memory after 1,000 tokens', { timeout: 60_000 }, async () => {
    const options = { maxNewTokens: 250, eosTokenId: null };
    await model.generate(prompt, options);
    const { memoryBytes, weightBytes } = backend;
    for (let round = 0; round < 4; round++) {
      const { ids } = await model.generate(prompt, options);
      expect(ids).toHaveLength(250);
    }
    expect([backend.memoryBytes, backend.weightBytes]).toEqual([memoryBytes, weightBytes]);
  });

  it('yields to the event loop while generating', async () => {
    let turns = 0;
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      turns++;
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await model.generate(prompt, { maxNewTokens: 100, eosTokenId: null });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    // A token takes a few milliseconds, more on a busy machine.
    expect(longest).toBeLessThan(500);
  });
});
