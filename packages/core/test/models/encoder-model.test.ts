import { loadKernel } from '@headwise/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Activation,
  type EncoderModel,
  loadEncoder,
  replaceWith,
  scale,
  silence,
} from '../../src/index.ts';
import { WasmBackend } from '../../src/internal.ts';
import { MINILM, maxDifference } from '../helpers/minilm.ts';

const TEXT = 'The river bank was muddy.';

describe('EncoderModel', () => {
  let backend: WasmBackend;
  let model: EncoderModel;
  beforeAll(async () => {
    backend = new WasmBackend(await loadKernel());
    model = await loadEncoder(MINILM, { backend });
  });
  afterAll(() => model.dispose());

  it('returns vectors of length 1 when told to normalise them', async () => {
    const embedding = await model.embed(TEXT, { normalize: true });
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 6);
  });

  it('gives a paraphrase a higher similarity than another sentence', async () => {
    const [near, far] = [
      await model.similarity('I drank coffee.', 'I had a cup of coffee.'),
      await model.similarity('I drank coffee.', 'The stock market fell today.'),
    ];
    expect(near).toBeGreaterThan(0.7);
    expect(far).toBeLessThan(0.3);
  });

  it('returns nothing for no texts, and throws for inputs that are not strings', async () => {
    expect(await model.embed([])).toEqual([]);
    await expect(model.embed(7 as unknown as string)).rejects.toThrow(
      'embed: expected a string or an array of strings',
    );
    await expect(model.embed(['a', null as unknown as string])).rejects.toThrow('got object at index 1');
  });

  it('truncates texts longer than the context, keeping special tokens', async () => {
    const trace = await model.trace('word '.repeat(2000));
    expect(trace.ids.length).toBe(512);
    expect(trace.tokens[0]).toBe('[CLS]');
    expect(trace.tokens.at(-1)).toBe('[SEP]');
  });

  it('reports progress, and rejects with the reason of an aborted signal', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `sentence number ${i} `.repeat(8));
    const progress: number[] = [];
    await model.embed(texts, { onProgress: (done, total) => progress.push(done / total) });
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);

    const controller = new AbortController();
    const seen: number[] = [];
    const call = model.embed(texts, {
      signal: controller.signal,
      onProgress: (done) => {
        seen.push(done);
        controller.abort();
      },
    });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen.length).toBe(1);
    expect((await model.embed('works still')).length).toBe(384);
  });

  it('records any activation by name, with its shape', async () => {
    const tokens = (await model.trace(TEXT)).ids.length;
    const { activations } = await model.trace(TEXT, {
      record: [
        'embeddings',
        'blocks.0.residual.before',
        'blocks.5.residual.*',
        'blocks.2.attention.scores',
        'blocks.2.attention.heads.3.weights',
        'blocks.2.attention.heads.3.queries',
        'blocks.2.attention.context',
        'blocks.2.attention.output',
        'blocks.2.feedForward.hidden',
        'blocks.2.feedForward.output',
        'output',
        'pooled',
      ],
    });
    const shapes = Object.fromEntries([...activations].map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      embeddings: [tokens, 384],
      'blocks.0.residual.before': [tokens, 384],
      'blocks.2.attention.scores': [1, 12, tokens, tokens],
      'blocks.2.attention.heads.3.weights': [1, 1, tokens, tokens],
      'blocks.2.attention.heads.3.queries': [tokens, 32],
      'blocks.2.attention.context': [tokens, 384],
      'blocks.2.attention.output': [tokens, 384],
      'blocks.2.feedForward.hidden': [tokens, 1536],
      'blocks.2.feedForward.output': [tokens, 384],
      'blocks.5.residual.before': [tokens, 384],
      'blocks.5.residual.middle': [tokens, 384],
      'blocks.5.residual.after': [tokens, 384],
      output: [tokens, 384],
      pooled: [1, 384],
    });
    for (const { data, shape } of activations.values()) {
      expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      expect(data.every(Number.isFinite)).toBe(true);
    }
  });

  it('gives equal results with and without recordings', async () => {
    const plain = await model.embed(TEXT);
    const { embedding } = await model.trace(TEXT, {
      record: ['blocks.*.attention.output', 'blocks.*.feedForward.output'],
    });
    expect(maxDifference(plain, embedding)).toBeLessThan(1e-6);
  });

  it('ablates a head by an edit or a function, as zeroing its context does', async () => {
    const name = 'blocks.1.attention.heads.7.context';
    const plain = await model.embed(TEXT);
    const edited = await model.embed(TEXT, { hooks: { [name]: silence() } });
    const byHand = await model.embed(TEXT, {
      hooks: { [name]: ({ data }: Activation) => new Float32Array(data.length) },
    });
    const scaled = await model.embed(TEXT, { hooks: { [name]: scale(0) } });
    expect(maxDifference(plain, edited)).toBeGreaterThan(1e-4);
    expect(maxDifference(edited, byHand)).toBe(0);
    expect(maxDifference(edited, scaled)).toBe(0);
  });

  it('leaves only the bias of the output projection when all heads are ablated', async () => {
    const hooks = { 'blocks.0.attention.heads.*.context': silence() };
    const { activations } = await model.trace(TEXT, { hooks, record: ['blocks.0.attention.output'] });
    const output = activations.get('blocks.0.attention.output')!;
    const bias = output.data.subarray(0, 384);
    for (let row = 1; row < output.shape[0]!; row++) {
      expect(maxDifference(output.data.subarray(row * 384, (row + 1) * 384), bias)).toBe(0);
    }
  });

  it('replaces attention weights, of one head or of all, and computes the context from them', async () => {
    const { ids } = await model.trace(TEXT);
    const n = ids.length;
    const uniform = (size: number) => new Float32Array(size).fill(1 / n);
    const record = ['blocks.3.attention.context', 'blocks.3.attention.values'];
    const one = await model.trace(TEXT, {
      hooks: { 'blocks.3.attention.heads.4.weights': replaceWith(uniform(n * n)) },
      record,
    });
    const all = await model.trace(TEXT, {
      hooks: { 'blocks.3.attention.weights': replaceWith(uniform(12 * n * n)) },
      record,
    });
    const values = one.activations.get('blocks.3.attention.values')!.data;
    const mean = Float32Array.from({ length: 384 }, (_, column) => {
      let sum = 0;
      for (let row = 0; row < n; row++) sum += values[row * 384 + column]! / n;
      return sum;
    });
    const head = (trace: typeof one, row: number) =>
      trace.activations
        .get('blocks.3.attention.context')!
        .data.subarray(row * 384 + 4 * 32, row * 384 + 5 * 32);
    for (let row = 0; row < n; row++) {
      expect(maxDifference(head(one, row), mean.subarray(4 * 32, 5 * 32))).toBeLessThan(1e-5);
      expect(maxDifference(head(all, row), mean.subarray(4 * 32, 5 * 32))).toBeLessThan(1e-5);
    }
    expect(one.attention.map(3, 4)[0]).toBeCloseTo(1 / n, 6);
  });

  it('patches an activation from one run into another', async () => {
    const other = 'The river bank was sunny.';
    const source = await model.trace(other, { record: ['blocks.5.residual.after'] });
    const patched = await model.embed(TEXT, {
      hooks: {
        'blocks.5.residual.after': replaceWith(source.activations.get('blocks.5.residual.after')!.data),
      },
    });
    expect(maxDifference(patched, source.embedding)).toBeLessThan(1e-6);
  });

  it('throws for hooks on unknown activations or with results of the wrong size, and stays usable', async () => {
    await expect(model.embed(TEXT, { hooks: { 'blocks.9.attention.weights': silence() } })).rejects.toThrow(
      'this model has no activation named "blocks.9.attention.weights"',
    );
    await expect(model.embed(TEXT, { hooks: { output: replaceWith(new Float32Array(3)) } })).rejects.toThrow(
      /hook output: \[\d+, 384\] has \d+ values, the replacement 3/,
    );
    await expect(model.embed(TEXT, { hooks: { output: () => new Float32Array(3) } })).rejects.toThrow(
      'hook output: must return',
    );
    const boom = new Error('boom');
    await expect(
      model.embed(TEXT, {
        hooks: {
          output: () => {
            throw boom;
          },
        },
      }),
    ).rejects.toBe(boom);
    expect((await model.embed(TEXT)).length).toBe(384);
  });

  it('does not grow memory over hundreds of forward passes', async () => {
    await model.embed('word '.repeat(100));
    const before = backend.memoryBytes;
    for (let i = 0; i < 300; i++) await model.embed('a b c');
    expect(backend.memoryBytes).toBe(before);
  });
});

it('releases all memory on dispose, and rejects later calls', async () => {
  const backend = new WasmBackend(await loadKernel());
  const first = await loadEncoder(MINILM, { backend });
  const used = backend.memoryBytes;
  expect(backend.weightBytes).toBeGreaterThan(90e6);
  await first.dispose();
  await first.dispose();
  expect(backend.weightBytes).toBe(0);
  await expect(first.embed('x')).rejects.toMatchObject({ code: 'ERR_DISPOSED' });
  const second = await loadEncoder(MINILM, { backend });
  expect((await second.embed('x')).length).toBe(384);
  expect(backend.memoryBytes).toBeLessThanOrEqual(used + (4 << 20));
  await second.dispose();
});
