import { ConfigError, FormatError, HeadwiseError, LoadError, loadModel, ShapeError } from '@headwise/core';
import { loadModel as loadParallel, type ParallelOptions } from '@headwise/worker';
import { expect, test } from 'vitest';
import { plainError, reviveError, WorkerError } from '../src/errors.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

type Files = ReturnType<typeof tinyBert>;

/** The error with which both refuse the files: the worker's has to be the same one. */
async function refusal(files: Files, options: ParallelOptions = {}): Promise<HeadwiseError> {
  const of = (loading: Promise<unknown>) =>
    loading.then(
      () => expect.fail('it was loaded'),
      (error: unknown) => error as HeadwiseError,
    );
  const { workers: _, ...rest } = options;
  const expected = await of(loadModel(files, rest));
  const actual = await of(loadParallel(files, { workers: 2, ...options }));
  expect(actual.constructor).toBe(expected.constructor);
  expect(actual.message).toBe(expected.message);
  expect({ ...actual }).toEqual({ ...expected });
  return actual;
}

const withConfig = (files: Files, change: object): Files => {
  const config = { ...JSON.parse(files.get('config.json') as string), ...change };
  return new Map(files).set('config.json', JSON.stringify(config));
};

test('a worker’s error while loading keeps its class and its details', async () => {
  expect(await refusal(withConfig(tinyBert(), { intermediate_size: 30 }))).toBeInstanceOf(ShapeError);

  expect(await refusal(withConfig(tinyBert(), { num_hidden_layers: 1 }))).toBeInstanceOf(LoadError);
});

test('a tensor that is missing is named', async () => {
  const loading = loadParallel(withConfig(tinyBert(), { num_hidden_layers: 3 }), { workers: 2 });
  const error = await loading.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(LoadError);
  expect(error).toMatchObject({
    reason: 'unknown-tensor',
    message: expect.stringContaining('"encoder.layer.2.attention.self.query.weight"'),
  });
});

test('what is wrong before any worker starts is refused as by core', async () => {
  const files = tinyBert();
  expect(await refusal(withConfig(files, { model_type: 'gru' }))).toBeInstanceOf(ConfigError);
  const cut = (files.get('model.safetensors') as Uint8Array).slice(0, -4);
  expect(await refusal(new Map(files).set('model.safetensors', cut))).toBeInstanceOf(FormatError);
  files.delete('tokenizer.json');
  expect(await refusal(files)).toMatchObject({ reason: 'not-found' });
});

test('a worker’s error while running keeps its class, and the model goes on', async () => {
  const files = tinyBert({ vocabSize: 20 });
  const [single, parallel] = [await loadModel(files), await loadParallel(files, { workers: 3 })];
  const refused = await single.embed('z').catch((error: Error) => error);
  expect(refused).toBeInstanceOf(ShapeError);
  await expect(parallel.embed('z')).rejects.toThrow(refused as ShapeError);
  await expect(parallel.embed('z')).rejects.toBeInstanceOf(ShapeError);
  expect(await parallel.embed('a')).toHaveLength(20);
  await parallel.dispose();
});

test('wrong options are refused', async () => {
  const files = tinyBert();
  for (const workers of [0, -1, 1.5, Number.NaN, 'two' as 'auto']) {
    await expect(loadParallel(files, { workers })).rejects.toThrow(ConfigError);
  }
  const backend = 'gpu' as 'auto';
  await expect(loadParallel(files, { workers: 2, backend })).rejects.toThrow(ConfigError);
});

test('every class of error survives being sent', () => {
  const errors = [
    new Error('plain'),
    new TypeError('of the platform'),
    new HeadwiseError('ERR_OWN', 'of some code'),
    new ShapeError('shape'),
    new ConfigError('config'),
    new FormatError('offsets-overlap', 'format'),
    new LoadError('http', 'load', { file: 'config.json', url: 'https://example.org', status: 500 }),
    new WorkerError('died', 'worker', { worker: 2 }),
  ];
  for (const error of errors) {
    const revived = reviveError(structuredClone(plainError(error)));
    expect(revived.name).toBe(error.name);
    expect(revived.message).toBe(error.message);
    expect(revived.stack).toBe(error.stack);
    if (!(error instanceof HeadwiseError)) continue;
    expect({ ...revived }).toEqual({ ...error });
    expect(revived.constructor).toBe(error.constructor);
  }
  expect(reviveError(plainError('a string')).message).toBe('a string');
});
