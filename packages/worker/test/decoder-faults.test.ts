import { type CausalLM, loadCausalLM, loadSeq2SeqLM } from '@headwise/core';
import {
  loadCausalLM as loadParallel,
  loadSeq2SeqLM as loadParallelSeq2Seq,
  type Transport,
  WorkerError,
} from '@headwise/worker';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { killAtRandom, noThreads, threads } from './helpers/threads.ts';
import { randomNumbers } from './helpers/tiny-bert.ts';
import { decoderFiles, seq2seqFiles } from './helpers/tiny-generators.ts';

const files = decoderFiles('llama');
const PROMPT = 'the river bank';
const OPTIONS = { maxNewTokens: 10 };
const WORKERS = 3;
const TRANSPORTS: readonly Transport[] = ['messages', 'shared'];

let single: CausalLM;
let expected: readonly number[];

beforeAll(async () => {
  single = await loadCausalLM(files);
  expected = (await single.generate(PROMPT, OPTIONS)).ids as unknown as number[];
});

async function kill(index: number): Promise<void> {
  await threads()[index]!.terminate();
}

describe.each(TRANSPORTS)('a decoder when a worker is killed (%s)', (transport) => {
  const models: CausalLM[] = [];
  afterEach(async () => {
    for (const model of models.splice(0)) await model.dispose();
    await noThreads();
  });

  async function load(): Promise<CausalLM> {
    const model = await loadParallel(files, { workers: WORKERS, transport });
    models.push(model);
    return model;
  }

  async function expectRecovered(model: CausalLM): Promise<void> {
    expect((await model.generate(PROMPT, OPTIONS)).ids).toEqual(expected);
    await vi.waitFor(() => expect(threads()).toHaveLength(WORKERS), 5000);
  }

  test('rejects the call within 100 ms in any half of any block, and generates the same tokens next', async () => {
    const model = await load();
    const delays: number[] = [];
    const steps = ['embeddings', 'output', 'logits'];
    for (const block of [0, 1])
      for (const step of ['attention.keys', 'attention.output', 'feedForward.hidden', 'residual.after'])
        steps.push(`blocks.${block}.${step}`);
    for (const [i, step] of steps.entries()) {
      let calls = 0;
      let killed = 0;
      const hooks = {
        [step]: () => {
          // While the prompt is processed, then during the first new token, and so on.
          if (calls++ !== i % 4) return;
          killed = performance.now();
          void kill(i % WORKERS);
        },
      };
      const error = await model.generate(PROMPT, { ...OPTIONS, hooks }).catch((reason: unknown) => reason);
      delays.push(performance.now() - killed);
      expect(error, step).toBeInstanceOf(WorkerError);
      expect(error, step).toMatchObject({ code: 'ERR_WORKER' });
      expect((await model.generate(PROMPT, OPTIONS)).ids, step).toEqual(expected);
    }
    // The median, since a busy machine may pause at any time.
    expect(delays.sort((a, b) => a - b)[delays.length >> 1]).toBeLessThan(100);
    await expectRecovered(model);
  });

  test('rejects at most the running generation between two tokens', async () => {
    const model = await load();
    for (const at of [0, 3, 8]) {
      let tokens = 0;
      const victim = threads()[at % WORKERS]!;
      const onToken = () => {
        if (tokens++ === at) void victim.terminate();
      };
      const outcome = await model
        .generate(PROMPT, { ...OPTIONS, onToken })
        .catch((reason: unknown) => reason);
      // The last tokens may be generated before the end of the worker is detected.
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WorkerError);
      await vi.waitFor(() => expect(threads()).not.toContain(victim), 5000);
      await expectRecovered(model);
    }
  });

  test('recomputes lost keys and values when it was idle, and continues a conversation', async () => {
    const model = await load();
    const { text } = await model.generate(PROMPT, OPTIONS);
    for (let turn = 0; turn < WORKERS; turn++) {
      await kill(turn);
      const next = PROMPT + text.slice(0, 3 + turn);
      const [actual, expected] = [await model.generate(next, OPTIONS), await single.generate(next, OPTIONS)];
      expect(actual.ids).toEqual(expected.ids);
      expect(actual.text).toBe(expected.text);
    }
    await expectRecovered(model);
  });

  test('rejects the whole call when several texts or beams are generated', async () => {
    const model = await load();
    const prompts = [PROMPT, 'a', 'Once upon a time'];
    for (const options of [OPTIONS, { ...OPTIONS, numBeams: 3 }]) {
      const right = await single.generate(prompts, options);
      let tokens = 0;
      const hooks = { output: () => void (tokens++ === 4 && kill(1)) };
      await expect(model.generate(prompts, { ...options, hooks })).rejects.toBeInstanceOf(WorkerError);
      const again = await model.generate(prompts, options);
      expect(again.map(({ ids }) => ids)).toEqual(right.map(({ ids }) => ids));
    }
  });

  test('disposes as usual, and rejects what runs', async () => {
    const model = await load();
    const running = model.generate(PROMPT, OPTIONS).catch((error: { code: string }) => error.code);
    void kill(0);
    await Promise.all([model.dispose(), model.dispose()]);
    expect(['ERR_DISPOSED', 'ERR_WORKER']).toContain(await running);
    expect(threads()).toHaveLength(0);
    await expect(model.generate(PROMPT)).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  });

  test('settles every call, with correct results, when workers are killed fifty times under load', {
    timeout: 180_000,
  }, async () => {
    const model = await load();
    const random = randomNumbers(5);
    const prompts = [PROMPT, `${PROMPT} was`, 'Once upon a time, there'];
    const right = (await single.generate(prompts, OPTIONS)).map(({ ids }) => ids.join(' '));
    const counts = { made: 0, right: 0, wrong: 0, failed: 0 };
    const unexpected: string[] = [];
    let killing = true;
    const call = async () => {
      while (killing) {
        counts.made++;
        const which = Math.floor(random() * prompts.length);
        const outcome = await model.generate(prompts[which]!, OPTIONS).catch((error: unknown) => error);
        if (outcome instanceof WorkerError) counts.failed++;
        else if (outcome instanceof Error) unexpected.push(`${outcome.stack}`);
        else counts[(outcome as { ids: number[] }).ids.join(' ') === right[which] ? 'right' : 'wrong']++;
      }
    };
    const callers = Array.from({ length: 3 }, call);
    await killAtRandom(50, random);
    killing = false;
    await Promise.all(callers);
    expect(unexpected).toEqual([]);
    expect(counts).toMatchObject({ wrong: 0, made: counts.right + counts.failed });
    expect(counts.right).toBeGreaterThan(0);
    expect(counts.failed).toBeGreaterThan(0);
    await expectRecovered(model);
  });

  test('stops a generation before the next token on abort, and recovers', async () => {
    const model = await load();
    for (const at of [0, 2, 5]) {
      const controller = new AbortController();
      let tokens = 0;
      const onToken = () => {
        if (++tokens > at) controller.abort();
      };
      const aborted = model.generate(PROMPT, { ...OPTIONS, onToken, signal: controller.signal });
      await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
      expect(tokens).toBe(at + 1);
      await expectRecovered(model);
    }
  });
});

describe.each(TRANSPORTS)('an encoder–decoder when a worker is killed (%s)', (transport) => {
  test('recomputes sources and tokens', async () => {
    const sources = ['the river bank', 'Once upon a time'];
    const files = seq2seqFiles('bart');
    const whole = await loadSeq2SeqLM(files);
    const right = (await whole.generate(sources, OPTIONS)).map(({ ids }) => ids);
    const model = await loadParallelSeq2Seq(files, { workers: 2, transport });
    for (const step of ['encoder.blocks.0.attention.output', 'decoder.blocks.1.crossAttention.output']) {
      const hooks = { [step]: () => void kill(1) };
      await expect(model.generate(sources, { ...OPTIONS, hooks })).rejects.toBeInstanceOf(WorkerError);
      expect((await model.generate(sources, OPTIONS)).map(({ ids }) => ids)).toEqual(right);
      await kill(0);
      expect((await model.generate(sources[0]!, OPTIONS)).ids).toEqual(right[0]);
    }
    await model.dispose();
    await noThreads();
  });
});
