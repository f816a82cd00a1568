import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packAll } from '../../../scripts/lib/pack.mjs';

const execute = promisify(execFile);

// Imports all packages and calls one function; other tests check the results.
const APP = `
import { embeddingModel } from '@headwise/ai-sdk';
import { HeadwiseEmbeddings } from '@headwise/langchain';
import { supportsBuild } from '@headwise/kernel';
import { loadEncoder } from '@headwise/core';
import { runFleet } from '@headwise/fleet';
import { models } from '@headwise/models';
import { startServer } from '@headwise/server';
import { loadEncoder as loadParallelModel } from '@headwise/worker';
console.log(supportsBuild('simd'), typeof loadEncoder, Array.isArray(models), typeof startServer, typeof runFleet, typeof loadParallelModel, typeof embeddingModel, typeof HeadwiseEmbeddings);
`;

let app: string;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'headwise-app-'));
});

afterAll(() => rm(app, { recursive: true, force: true }));

test('npm install accepts the packed tarballs and an app imports them', async () => {
  const tarballs = await packAll(join(app, 'tarballs'));
  await writeFile(join(app, 'package.json'), '{ "type": "module" }');
  await writeFile(join(app, 'app.js'), APP);
  const options = ['--prefer-offline', '--no-audit', '--no-fund'];
  await execute('npm', ['install', ...options, ...tarballs.values()], { cwd: app });
  const { stdout } = await execute(process.execPath, ['app.js'], { cwd: app });
  expect(stdout.trim()).toBe('true function true function function function function function');
});
