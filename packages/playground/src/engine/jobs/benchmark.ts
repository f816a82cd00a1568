import { messageOf, type Prepared, passGate, type Row, race, summarize } from '@headwise/benchmarks/page';
import { createBackend } from '@headwise/core';
import { CONTENDERS, type ContenderId, type WorkId } from '../benchmark/contenders.ts';
import { ours, type Places, startContender } from '../benchmark/engines.ts';
import { paceChange } from '../benchmark/pace.ts';
import { SUBJECTS, type Subject } from '../benchmark/works.ts';
import type { JobContext, ModelStore } from '../job.ts';

export interface BenchmarkParams {
  readonly work: WorkId;
  readonly contenders: readonly ContenderId[];
  /** Milliseconds that each contender is timed. */
  readonly budgetMs: number;
  readonly places: Places;
}

/** What a run is at: the reference's output, the check of a contender, or the timing and how much of it is over. */
export type BenchmarkProgress =
  | { readonly stage: 'reference' }
  | { readonly stage: 'check'; readonly contender: ContenderId }
  | { readonly stage: 'time'; readonly share: number };

/** A contender's times, or why it has none. */
export interface BenchmarkRow extends Row {
  readonly id: ContenderId;
}

export interface BenchmarkResult {
  readonly work: WorkId;
  readonly rows: readonly BenchmarkRow[];
  /** How much the machine's speed changed during the run, at least 1. */
  readonly paceChange: number;
}

const TURNS = 8;
/** Of slow works: enough to see whether the machine's speed changed. */
const MIN_RUNS = 8;
/** Milliseconds between two messages on the timing. */
const SAY_MS = 150;

interface Runner {
  readonly id: ContenderId;
  readonly prepared: Prepared;
  readonly maxError: number;
}

/**
 * Times engines on the same work. Each output is compared with the reference's first, and what is wrong is not timed; then all take turns, so that a
 * change of the machine's speed affects all.
 */
export async function run(
  _store: ModelStore,
  { work, contenders, budgetMs, places }: BenchmarkParams,
  { signal, progress, breathe }: JobContext<BenchmarkProgress>,
): Promise<BenchmarkResult> {
  const subject = SUBJECTS[work];
  const rows = new Map<ContenderId, BenchmarkRow>();
  const runners: Runner[] = [];
  try {
    progress({ stage: 'reference' });
    await breathe();
    const expected = await referenceOutput(subject, places, signal);
    for (const id of contenders) {
      progress({ stage: 'check', contender: id });
      await breathe();
      const { dtype } = CONTENDERS[id];
      const checked = await startContender(id, places, signal).then(
        (engine) => passGate(engine, subject.work(dtype), { expected, tolerance: subject.tolerance[dtype] }),
        (error: unknown) => ({ failure: messageOf(error), maxError: null }),
      );
      signal.throwIfAborted();
      if (checked?.failure === undefined && checked) runners.push({ id, ...checked });
      else rows.set(id, failed(subject, id, checked?.failure ?? 'has no such operation', checked?.maxError));
    }
    const times = await timed(runners, budgetMs, signal, progress);
    for (const { id, maxError } of runners) {
      const { samples, runs, error } = times.get(id)!;
      if (error !== undefined) rows.set(id, failed(subject, id, messageOf(error), maxError));
      else {
        const { best, median } = summarize(samples);
        const gflops = subject.flops / best / 1e6;
        rows.set(id, { ...emptyRow(subject, id), runs, bestMs: best, medianMs: median, gflops, maxError });
      }
    }
    const pace = paceChange([...times.values()].map(({ samples }) => samples));
    return { work, rows: contenders.map((id) => rows.get(id)!), paceChange: pace };
  } finally {
    for (const { prepared } of runners) await prepared.dispose();
  }
}

/** The output of the readable implementation in double precision. */
async function referenceOutput(subject: Subject, places: Places, signal: AbortSignal): Promise<Float32Array> {
  const engine = ours(await createBackend('reference'), 'f32', places, signal);
  const prepared = (await engine.prepare(subject.work('f32')))!;
  const output = await prepared.run();
  const kept = (prepared.arrange?.(output) ?? output).slice();
  await prepared.dispose();
  return kept;
}

async function timed(
  runners: readonly Runner[],
  budgetMs: number,
  signal: AbortSignal,
  progress: (value: BenchmarkProgress) => void,
) {
  const started = performance.now();
  let said = 0;
  const total = budgetMs * runners.length * (1 + 1 / TURNS);
  const tell = (): void => {
    const now = performance.now();
    if (now - said < SAY_MS) return;
    said = now;
    progress({ stage: 'time', share: Math.min(1, (now - started) / total) });
  };
  const lanes = runners.map(({ id, prepared }) => ({
    name: id,
    run: () => {
      signal.throwIfAborted();
      tell();
      return prepared.run();
    },
  }));
  const results = await race(lanes, {
    ...{ budgetMs, turns: TURNS, minRuns: MIN_RUNS, longestMs: 10_000, shortestBatchMs: 10 },
    // In a pause the page's message that it aborts can arrive.
    pauseMs: 4,
  });
  signal.throwIfAborted();
  return results;
}

function emptyRow({ suite, case: name }: Subject, id: ContenderId): BenchmarkRow {
  const { backend, dtype, threads } = CONTENDERS[id];
  const unknown = {
    bestMs: null,
    medianMs: null,
    gflops: null,
    maxError: null,
    peakBytes: null,
    ratio: null,
  };
  return { id, suite, case: name, backend, threads, dtype, runs: 0, ...unknown };
}

function failed(
  subject: Subject,
  id: ContenderId,
  failure: string,
  maxError: number | null = null,
): BenchmarkRow {
  return { ...emptyRow(subject, id), failure, maxError };
}
