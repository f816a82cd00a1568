import { readFile } from 'node:fs/promises';
import { Script } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { loadEncoder as loadOnThisThread } from '@headwise/core';
import { loadEncoder, type ShardEndpoint, WorkerError } from '@headwise/worker';
import { workerUrl as embedded } from '@headwise/worker/inline';
import { expect, test } from 'vitest';
import { tinyBert } from './helpers/tiny-bert.ts';

const bundle = new URL('../dist/bundle/worker.js', import.meta.url);

test('the script is one file without imports', async () => {
  const script = await readFile(bundle, 'utf8');
  // A classic script: with an import declaration it would not be one.
  expect(() => new Script(script)).not.toThrow();
  expect(script).not.toMatch(/\bimport\s*[(.]/);
  expect(script).toContain('SPDX-License-Identifier: Apache-2.0');
});

test('the script runs from a copy and embedded in the program', async () => {
  const expected = await loadOnThisThread(tinyBert());
  const vector = await expected.embed('attention is all');
  for (const url of [bundle, bundle.href, embedded]) {
    const model = await loadEncoder(tinyBert(), { workers: 2, workerUrl: url });
    const other = await model.embed('attention is all');
    expect(Math.max(...other.map((value, i) => Math.abs(value - vector[i]!)))).toBeLessThan(1e-5);
    await model.dispose();
  }
});

test('a script that cannot be loaded is named', async () => {
  const workerUrl = new URL('./nowhere.js', import.meta.url);
  const error = await loadEncoder(tinyBert(), { workers: 1, workerUrl }).catch((error) => error);
  expect(error).toBeInstanceOf(WorkerError);
  expect(error).toMatchObject({ code: 'ERR_WORKER', reason: 'died' });
  expect(error.message).toContain('nowhere.js (workerUrl)');
  await expect(loadEncoder(tinyBert(), { workerUrl: 7 as never })).rejects.toThrow(
    'loadEncoder: workerUrl must be a string or a URL, got number',
  );
});

test('a worker that has loaded a model has not loaded Node’s HTTP client', async () => {
  const source = `
    import(${JSON.stringify(bundle.href)});
    const { parentPort } = require('node:worker_threads');
    parentPort.once('message', () => parentPort.on('message', () => parentPort.postMessage(process.moduleLoadList)));`;
  let worker: Worker | undefined;
  const spawn = (): ShardEndpoint => {
    const started = new Worker(source, { eval: true });
    worker = started;
    return {
      start: (message, transfer) => started.postMessage(message, transfer as never),
      onFailure: (listener) => void started.on('error', listener),
      terminate: async () => void (await started.terminate()),
    };
  };
  const model = await loadEncoder(tinyBert(), { workers: 1, spawn });
  const modules = await new Promise<string[]>((resolve) => {
    worker!.once('message', resolve);
    worker!.postMessage('modules');
  });
  await model.dispose();
  expect(modules).toContain('NativeModule worker_threads');
  expect(modules.filter((module) => module.includes('undici'))).toEqual([]);
});
