import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { connectRedis } from '../src/queue/connect-redis.ts';

const source = fileURLToPath(new URL('../src/queue/connect-redis.ts', import.meta.url));

/** A process in which BullMQ is not installed. */
const WITHOUT = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'bullmq') return next(specifier, context);
      throw Object.assign(new Error("Cannot find package 'bullmq'"), { code: 'ERR_MODULE_NOT_FOUND' });
    },
  });
  const { connectRedis } = await import(${JSON.stringify(source)});
  await connectRedis('redis://localhost:1', {}).catch(({ code, reason, message }) => console.log(code, reason, message));
`;

test('without BullMQ, the error names the packages to install', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--no-warnings',
    '--input-type=module',
    '--eval',
    WITHOUT,
  ]);
  expect(stdout).toContain('ERR_FLEET queue');
  expect(stdout).toContain('npm install bullmq@6 ioredis@6');
});

test('where there is no Redis, its address is named', async () => {
  await expect(connectRedis('redis://127.0.0.1:1', {})).rejects.toThrow('127.0.0.1:1');
});
