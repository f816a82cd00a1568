import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type AnyModel, ConfigError, loadEncoder as loadSingle } from '@headwise/core';
import { loadCausalLM, loadEncoder, loadModel, loadSeq2SeqLM } from '@headwise/worker';
import { describe, expect, test } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { tinyBert } from './helpers/tiny-bert.ts';
import { decoderFiles, seq2seqFiles } from './helpers/tiny-generators.ts';

const workers = 2;
const repositories = {
  encoder: tinyBert(),
  causalLM: decoderFiles('llama'),
  seq2seqLM: seq2seqFiles('t5'),
} as const;
type Kind = keyof typeof repositories;
const kinds = Object.keys(repositories) as Kind[];

const loaders: Readonly<Record<Kind, (files: object, options?: object) => Promise<AnyModel>>> = {
  encoder: (files, options) => loadEncoder(files as never, { workers, ...options }),
  causalLM: (files, options) => loadCausalLM(files as never, { workers, ...options }),
  seq2seqLM: (files, options) => loadSeq2SeqLM(files as never, { workers, ...options }),
};

describe.each(kinds)('the loader of the kind %s over workers', (kind) => {
  test.each(kinds.filter((other) => other !== kind))(
    'rejects the kind %s with the right loader',
    async (other) => {
      const loading = loaders[kind](repositories[other]);
      await expect(loading).rejects.toThrow(ConfigError);
      await expect(loading).rejects.toThrow(/^load\w+: expected .*; load it with load\w+$/);
    },
  );

  test('takes dtype fp16 and throws ConfigError when dtype is unknown', async () => {
    const model = await loaders[kind](repositories[kind], { dtype: 'fp16' });
    await model.dispose();
    await expect(loaders[kind](repositories[kind], { dtype: 'int3' })).rejects.toThrow(
      'dtype must be one of',
    );
  });
});

test.each(kinds)('loadModel loads a repository of the kind %s and says so', async (kind) => {
  const model = await loadModel(repositories[kind], { workers: 3 });
  expect(model.kind).toBe(kind);
  expect(model.backend).toContain('× 3 workers');
  await model.dispose();
});

test('loadModel loads an encoder of a single file, which embeds as in one thread', async () => {
  const file = new URL('../../core/test/fixtures/encoders/bert/model.gguf', import.meta.url);
  const files = { 'model.gguf': readFileSync(file) };
  const weightsFile = 'model.gguf';
  const text = 'She sat by the bank.';
  const single = await loadSingle(files, { weightsFile });
  const model = await loadModel(files, { workers, weightsFile });
  if (model.kind !== 'encoder') throw new Error(`${model.kind} was loaded`);
  expectClose(await model.embed(text), await single.embed(text), 'embedding');
  await Promise.all([model.dispose(), single.dispose()]);
});

test('starts as many workers as the machine has threads by default, and at most one for each head', async () => {
  const heads = 5;
  const model = await loadModel(tinyBert());
  const count = Math.min(availableParallelism(), heads);
  expect(model.backend).toContain(count === 1 ? '× 1 worker' : `× ${count} workers`);
  await model.dispose();
});

test('loadModel names the loader of core for a recurrent model', async () => {
  const files = { 'config.json': '{"model_type":"recurrent_seq2seq"}' };
  const loading = loadModel(files, { workers });
  await expect(loading).rejects.toThrow(ConfigError);
  await expect(loading).rejects.toThrow('load it with loadRecurrentSeq2Seq of @headwise/core');
});
