import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { loadEncoder, type ShardEndpoint } from '@headwise/worker';
import { expect, test } from 'vitest';
import { tinyBert } from './helpers/tiny-bert.ts';

const bundle = new URL('../dist/bundle/worker.js', import.meta.url);

test('the script is one file without imports', async () => {
  const script = await readFile(bundle, 'utf8');
  expect(script).not.toMatch(/\bimport\b/);
  expect(script).toContain('SPDX-License-Identifier: Apache-2.0');
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
