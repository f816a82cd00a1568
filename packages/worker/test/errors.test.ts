import {
  ConfigError,
  ContextLengthError,
  FormatError,
  HeadwiseError,
  LoadError,
  loadEncoder,
  MemoryLimitError,
  OutOfMemoryError,
  ShapeError,
  TemplateError,
} from '@headwise/core';
import { loadEncoder as loadParallel, type ParallelEncoderOptions } from '@headwise/worker';
import { expect, test } from 'vitest';
import { deserializeError, serializeError, WorkerError } from '../src/errors.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

type Files = ReturnType<typeof tinyBert>;

/** The error with which core and worker reject the files. Fails unless both are the same. */
async function refusal(files: Files, options: ParallelEncoderOptions = {}): Promise<HeadwiseError> {
  const errorOf = (loading: Promise<unknown>) =>
    loading.then(
      () => expect.fail('the model was loaded'),
      (error: unknown) => error as HeadwiseError,
    );
  const { workers: _, ...rest } = options;
  const expected = await errorOf(loadEncoder(files, rest));
  const actual = await errorOf(loadParallel(files, { workers: 2, ...options }));
  expect(actual.constructor).toBe(expected.constructor);
  expect(actual.message).toBe(expected.message);
  expect({ ...actual }).toEqual({ ...expected });
  return actual;
}

const withConfig = (files: Files, change: object): Files => {
  const config = { ...JSON.parse(files.get('config.json') as string), ...change };
  return new Map(files).set('config.json', JSON.stringify(config));
};

test('loadEncoder rejects with the class and details of an error in a worker', async () => {
  expect(await refusal(withConfig(tinyBert(), { intermediate_size: 30 }))).toBeInstanceOf(ShapeError);

  expect(await refusal(withConfig(tinyBert(), { num_hidden_layers: 1 }))).toBeInstanceOf(LoadError);
});

test('loadEncoder names the missing tensor', async () => {
  const loading = loadParallel(withConfig(tinyBert(), { num_hidden_layers: 3 }), { workers: 2 });
  const error = await loading.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(LoadError);
  expect(error).toMatchObject({
    reason: 'unknown-tensor',
    message: expect.stringContaining('"encoder.layer.2.attention.self.query.weight"'),
  });
});

test('loadEncoder rejects as core does when an error occurs before workers start', async () => {
  const files = tinyBert();
  expect(await refusal(withConfig(files, { model_type: 'gru' }))).toBeInstanceOf(ConfigError);
  const cut = (files.get('model.safetensors') as Uint8Array).slice(0, -4);
  expect(await refusal(new Map(files).set('model.safetensors', cut))).toBeInstanceOf(FormatError);
  files.delete('tokenizer.json');
  expect(await refusal(files)).toMatchObject({ reason: 'not-found' });
});

test('embed rejects with the class of an error in a worker, and the next call works', async () => {
  const files = tinyBert({ vocabSize: 20 });
  const [single, parallel] = [await loadEncoder(files), await loadParallel(files, { workers: 3 })];
  const refused = await single.embed('z').catch((error: Error) => error);
  expect(refused).toBeInstanceOf(ShapeError);
  await expect(parallel.embed('z')).rejects.toThrow(refused as ShapeError);
  await expect(parallel.embed('z')).rejects.toBeInstanceOf(ShapeError);
  expect(await parallel.embed('a')).toHaveLength(20);
  await parallel.dispose();
});

test('embed rejects with ERR_NUMERIC when a weight is NaN, and the next model works', async () => {
  const files = tinyBert();
  const weights = (files.get('model.safetensors') as Uint8Array).slice();
  // The last value of the file belongs to a tensor of 32-bit floats.
  new DataView(weights.buffer).setFloat32(weights.length - 4, Number.NaN, true);
  const model = await loadParallel(new Map(files).set('model.safetensors', weights), { workers: 2 });
  expect(model.dtype).toBe('f32');
  await expect(model.embed('a')).rejects.toMatchObject({ code: 'ERR_NUMERIC', name: 'HeadwiseError' });
  await model.dispose();
});

test('loadEncoder refuses what does not fit over its workers, before they start', async () => {
  const files = tinyBert();
  const loading = loadParallel(files, { workers: 2, memoryLimit: 8_000_000, dtype: 'f32' });
  const error = (await loading.catch((thrown: unknown) => thrown)) as MemoryLimitError;
  expect(error).toBeInstanceOf(MemoryLimitError);
  expect(error.message).toContain('over 2 workers, more than 8.0 MB (memoryLimit)');
  await expect(loadParallel(files, { memoryLimit: -1 })).rejects.toThrow('memoryLimit must be');
});

test('loadEncoder throws ConfigError when workers or backend is invalid', async () => {
  const files = tinyBert();
  for (const workers of [0, -1, 1.5, 257, 1e9, Number.NaN, 'two' as 'auto']) {
    await expect(loadParallel(files, { workers })).rejects.toThrow(ConfigError);
  }
  const backend = 'gpu' as 'auto';
  await expect(loadParallel(files, { workers: 2, backend })).rejects.toThrow(ConfigError);
});

test('deserializeError restores every class of error', () => {
  const errors = [
    new Error('plain'),
    new TypeError('of the platform'),
    new HeadwiseError('ERR_OWN', 'of some code'),
    new ShapeError('shape'),
    new ConfigError('config'),
    new FormatError('offsets-overlap', 'format'),
    new LoadError('http', 'load', { file: 'config.json', url: 'https://example.org', status: 500 }),
    new WorkerError('died', 'worker', { worker: 2 }),
    new ContextLengthError('too long', 600, 512),
    new TemplateError('template'),
  ];
  for (const error of errors) {
    const restored = deserializeError(structuredClone(serializeError(error)));
    expect(restored.name).toBe(error.name);
    expect(restored.message).toBe(error.message);
    expect(restored.stack).toBe(error.stack);
    if (!(error instanceof HeadwiseError)) continue;
    expect({ ...restored }).toEqual({ ...error });
    expect(restored.constructor).toBe(error.constructor);
  }
  const memory = new OutOfMemoryError(10, 5);
  expect(memory).toBeInstanceOf(HeadwiseError);
  const restored = deserializeError(structuredClone(serializeError(memory)));
  expect(restored).toMatchObject({ code: 'ERR_WORKER', reason: 'memory' });
  expect(restored.cause).toMatchObject({ name: 'OutOfMemoryError', code: 'ERR_OUT_OF_MEMORY' });
  expect(deserializeError(serializeError('a string')).message).toBe('a string');
});
