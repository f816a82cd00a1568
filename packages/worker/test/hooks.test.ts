import {
  ConfigError,
  type EncoderModel,
  type Hooks,
  loadEncoder,
  replaceWith,
  ShapeError,
  scale,
  silence,
} from '@headwise/core';
import { loadEncoder as loadParallel } from '@headwise/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectClose, maxDifference } from './helpers/compare.ts';
import { randomNumbers, tinyBert } from './helpers/tiny-bert.ts';

const TEXT = 'attention is all';
/** Activations of every placement, and from every place at which a replacement is used. */
const REPLACED = [
  'embeddings',
  'blocks.0.residual.before',
  'blocks.0.attention.queries',
  'blocks.0.attention.keys',
  'blocks.1.attention.values',
  'blocks.0.attention.scores',
  'blocks.1.attention.weights',
  'blocks.0.attention.context',
  'blocks.0.attention.output',
  'blocks.1.attention.heads.3.queries',
  'blocks.1.attention.heads.4.weights',
  'blocks.0.attention.heads.0.context',
  'blocks.1.residual.middle',
  'blocks.0.feedForward.hidden',
  'blocks.1.feedForward.output',
  'blocks.1.residual.after',
  'output',
  'pooled',
];

const COMBINATIONS = [
  { workers: 1, transport: 'messages' },
  { workers: 2, transport: 'shared' },
  { workers: 3, transport: 'messages' },
  { workers: 3, transport: 'shared' },
  { workers: 8, transport: 'messages' },
] as const;
describe.each(COMBINATIONS)('hooks in $workers workers ($transport)', (options) => {
  let single: EncoderModel;
  let parallel: EncoderModel;
  let plain: Float32Array;

  beforeAll(async () => {
    const files = tinyBert();
    single = await loadEncoder(files);
    parallel = await loadParallel(files, options);
    plain = await single.embed(TEXT);
  });
  afterAll(() => Promise.all([single.dispose(), parallel.dispose()]));

  async function expectSame(hooks: Hooks): Promise<void> {
    const [expected, actual] = [await single.embed(TEXT, { hooks }), await parallel.embed(TEXT, { hooks })];
    expect(maxDifference(expected, plain)).toBeGreaterThan(1e-3);
    expectClose(actual, expected);
  }

  test('silence a head, or all heads of a layer, as in one thread', async () => {
    await expectSame({ 'blocks.1.attention.heads.2.context': silence() });
    await expectSame({ 'blocks.0.attention.heads.*.context': silence() });
    await expectSame({ 'blocks.*.feedForward.output': scale(0.5) });
  });

  test.each(REPLACED)('replace %s as in one thread', async (name) => {
    const { activations } = await single.trace(TEXT, { record: [name] });
    const random = randomNumbers(7);
    const data = activations.get(name)!.data.map(() => random());
    await expectSame({ [name]: replaceWith(data) });
    await expectSame({ [name]: ({ data: values }) => values.map((value, i) => value + data[i]!) });
  });

  test('are called once with each whole activation, and may return nothing', async () => {
    const calls: string[] = [];
    const observe = ({ name, shape }: { name: string; shape: readonly number[] }) => {
      calls.push(`${name} ${shape.join(' ')}`);
    };
    const embedding = await parallel.embed(TEXT, {
      hooks: {
        output: observe,
        'blocks.*.attention.weights': observe,
        'blocks.1.attention.heads.4.context': observe,
      },
    });
    expectClose(embedding, plain);
    const tokens = single.tokenizer.encode(TEXT).ids.length;
    expect(calls.sort()).toEqual([
      `blocks.0.attention.weights 1 5 ${tokens} ${tokens}`,
      `blocks.1.attention.heads.4.context ${tokens} 4`,
      `blocks.1.attention.weights 1 5 ${tokens} ${tokens}`,
      `output ${tokens} 20`,
    ]);
  });

  test('aliases of residual hook points replace and record what their own names do', async () => {
    await expectSame({ 'blocks.0.residual.pre': scale(0.5) });
    await expectSame({ 'blocks.*.residual.mid': ({ data }) => data.map((value, i) => value + (i % 3)) });
    const hooks = { 'blocks.1.residual.post': scale(0.5) };
    const byName = { 'blocks.1.residual.after': scale(0.5) };
    expectClose(await parallel.embed(TEXT, { hooks }), await single.embed(TEXT, { hooks: byName }));
    const { activations } = await parallel.record(TEXT, ['blocks.*.residual.post']);
    const own = await single.record(TEXT, ['blocks.*.residual.after']);
    expect([...activations.keys()].sort()).toEqual(['blocks.0.residual.post', 'blocks.1.residual.post']);
    for (const block of [0, 1]) {
      const expected = own.activations.get(`blocks.${block}.residual.after`)!.data;
      expectClose(activations.get(`blocks.${block}.residual.post`)!.data, expected);
    }
  });

  test('reject the call with what they throw, and the next call works', async () => {
    class OwnError extends Error {}
    const thrown = new OwnError('from a hook');
    for (const name of ['output', 'blocks.0.attention.context', 'blocks.1.attention.heads.0.weights']) {
      const hooks: Hooks = {
        [name]: () => {
          throw thrown;
        },
      };
      await expect(parallel.embed(TEXT, { hooks })).rejects.toBe(thrown);
      expectClose(await parallel.embed(TEXT), plain);
    }
  });

  test('reject with the errors of one thread when a name or a size is wrong', async () => {
    const wrongName = { hooks: { 'blocks.0.atention.weights': silence() } };
    const wrongSize = { hooks: { output: () => new Float32Array(3) } };
    for (const model of [single, parallel]) {
      await expect(model.embed(TEXT, wrongName)).rejects.toThrow(ConfigError);
      await expect(model.embed(TEXT, wrongSize)).rejects.toThrow(ShapeError);
    }
    expectClose(await parallel.embed(TEXT), plain);
  });
});
