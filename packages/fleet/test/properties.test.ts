import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, HeadwiseError } from '@headwise/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openCorpus, readShard } from '../src/corpus/open.ts';
import { checkFleetOptions, FLEET_OPTIONS, type FleetOptions } from '../src/options.ts';
import { MemoryQueue } from '../src/queue/memory-queue.ts';
import type { ShardJob } from '../src/queue/queue.ts';
import { newDirectory } from './helpers.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const space = fc.constantFrom('\n', '\r\n', '\n\n', '\n \t\r\n');

test('a JSONL corpus of any texts and ids is read as it was written, in shards of any size', async () => {
  const path = join(await newDirectory(), 'corpus.jsonl');
  const row = fc.record({ text: anyText, id: fc.oneof(anyText, fc.maxSafeInteger()) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(row, space), { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      async (lines, size) => {
        await writeFile(path, lines.map(([value, end]) => JSON.stringify(value) + end).join(''));
        const corpus = await openCorpus(path, 'jsonl', { text: 'text', id: 'id' });
        const { shards, rows } = await corpus.divide(size);
        const read = await Promise.all(shards.map((shard) => readShard(corpus, shard)));
        expect(rows).toBe(lines.length);
        expect(read.flat()).toEqual(lines.map(([value]) => value));
        for (const [index, part] of read.entries())
          expect(part.length === size || index === read.length - 1).toBe(true);
      },
    ),
    { numRuns: 50, seed: 1 },
  );
});

test('any options are accepted, or refused with a ConfigError', () => {
  const name = fc.oneof(fc.constantFrom(...Object.keys(FLEET_OPTIONS)), anyText);
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      'embed',
      'classify',
      'redis://h',
      'wasm-simd',
      'q8',
      0,
      1,
      true,
      () => {},
      new AbortController().signal,
    ),
    fc.anything(),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.boolean(), fc.dictionary(name, value, { maxKeys: 5 }), (isComplete, more) => {
      const options = { ...(isComplete && { model: 'm', out: 'o' }), ...more };
      try {
        checkFleetOptions(options as unknown as FleetOptions);
        accepted++;
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
  expect(accepted).toBeGreaterThan(20);
});

test('the queue in memory finishes every job once, or says that it failed', async () => {
  const run = '123e4567-e89b-42d3-a456-426614174000';
  // Of each job: how often it fails, and whether trying again is of no use.
  const plan = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.boolean()), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(plan, fc.integer({ min: 1, max: 4 }), async (jobs, concurrency) => {
      const queue = new MemoryQueue(0);
      const all = jobs.map((_, shard): ShardJob => ({ run, directory: '/d', shard }));
      const attempts = jobs.map(() => 0);
      const finished: number[] = [];
      queue.work(concurrency, async ({ shard }) => {
        const [failures, isPermanent] = jobs[shard]!;
        if (attempts[shard]!++ < failures) {
          if (isPermanent) throw new HeadwiseError('ERR_NUMERIC', 'permanent');
          throw new Error('once more');
        }
        finished.push(shard);
      });
      await queue.add(all);
      await queue.add(all);
      while ((await queue.left()) > 0) await new Promise((resolve) => setTimeout(resolve));
      const failed = (await queue.failed(run)).map(({ shard }) => shard);
      await queue.close();
      expect([...finished, ...failed].sort((a, b) => a - b)).toEqual([...jobs.keys()]);
      for (const [shard, [failures, isPermanent]] of jobs.entries()) {
        expect(failed.includes(shard)).toBe(failures >= (isPermanent ? 1 : 5));
        expect(attempts[shard]).toBe(Math.min(failures + 1, isPermanent && failures > 0 ? 1 : 5));
      }
    }),
    { numRuns: 50, seed: 1 },
  );
});
