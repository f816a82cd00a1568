import { parseReport } from '@headwise/benchmarks/page';
import { expect, test } from 'vitest';
import { context, store } from '../../../test/helpers/models.ts';
import { type BenchmarkProgress, run } from '../jobs/benchmark.ts';
import { CONTENDER_IDS, CONTENDERS, canDo, type WORKS } from './contenders.ts';
import { SUBJECTS } from './works.ts';

const places = { models: 'file:///models/', peers: 'file:///peers/' };

test.each(['product', 'attention'] as const)('times engines whose output is right: %s', async (work) => {
  const contenders = CONTENDER_IDS.filter((id) => canDo(id, work) && !('peer' in CONTENDERS[id]));
  const seen: BenchmarkProgress[] = [];
  const result = await run(
    store,
    { work, contenders, budgetMs: 20, places },
    { ...context, progress: (value) => seen.push(value) },
  );
  expect(result.rows.map(({ id }) => id)).toEqual(contenders);
  for (const { id, ...row } of result.rows) {
    const { backend, dtype, threads } = CONTENDERS[id];
    const { suite, case: name, flops } = SUBJECTS[work];
    expect(row).toMatchObject({ suite, case: name, backend, dtype, threads });
    expect(row.failure).toBeUndefined();
    expect(row.gflops).toBeCloseTo(flops / row.bestMs! / 1e6, 9);
    expect(row.bestMs).toBeLessThanOrEqual(row.medianMs!);
    expect(row.maxError).not.toBeNull();
  }
  expect(result.paceChange).toBeGreaterThanOrEqual(1);
  expect(seen.slice(0, 2)).toEqual([{ stage: 'reference' }, { stage: 'check', contender: contenders[0] }]);
  expect(seen.at(-1)).toMatchObject({ stage: 'time' });
  const machine = { cpu: 'x', cores: 1, memoryBytes: null, runtime: 'y', date: new Date().toISOString() };
  expect(() => parseReport({ machine, rows: result.rows })).not.toThrow();
});

test('an engine that cannot start has a failure in place of a time', async () => {
  const params = { work: 'attention', contenders: ['tfjs', 'simd'], budgetMs: 10, places } as const;
  const { rows } = await run(store, params, context);
  expect(rows[0]).toMatchObject({ id: 'tfjs', bestMs: null, failure: expect.any(String) });
  expect(rows[1]).toMatchObject({ id: 'simd', bestMs: expect.any(Number) });
});

test('an aborted run ends while it times', async () => {
  const controller = new AbortController();
  const aborted = run(
    store,
    { work: 'attention', contenders: ['simd', 'relaxed'], budgetMs: 60_000, places },
    {
      ...context,
      signal: controller.signal,
      progress: ({ stage }) => stage === 'time' && controller.abort(),
    },
  );
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
});

test('contenders take part in what they can do', () => {
  const of = (work: (typeof WORKS)[number]) => CONTENDER_IDS.filter((id) => canDo(id, work));
  expect(of('product')).toEqual(['relaxed', 'simd', 'q8', 'q4', 'ort', 'ort-q8', 'tfjs']);
  expect(of('attention')).toEqual(['relaxed', 'simd', 'ort', 'tfjs']);
  expect(of('encoder')).toEqual(['relaxed', 'simd', 'workers', 'q8', 'q4', 'ort', 'ort-q8']);
});
