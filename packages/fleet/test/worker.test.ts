import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FleetWorker } from '../src/compute/worker.ts';
import { FleetError } from '../src/errors.ts';
import { isPermanent } from '../src/queue/queue.ts';
import { newDirectory } from './helpers.ts';

test('a machine that cannot open a run says so, and leaves its shard to others', async () => {
  const worker = new FleetWorker({ workers: 1 });
  const job = {
    run: '123e4567-e89b-42d3-a456-426614174000',
    directory: join(await newDirectory(), 'none'),
    shard: 0,
  };
  const error: unknown = await worker.compute(job).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(FleetError);
  expect(error).toMatchObject({ reason: 'machine', message: expect.stringContaining('has no run') });
  expect(isPermanent(error)).toBe(false);
  expect(isPermanent(new FleetError('corpus-changed', 'a'))).toBe(true);
  await expect(worker.failed).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  await worker.close();
});
