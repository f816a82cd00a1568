import type { Case } from '../cases/suites.ts';
import type { Work } from '../cases/work.ts';
import type { Engine, Prepared } from '../engines/engine.ts';
import type { Platform } from '../engines/platform.ts';
import { measuredBackends, startEngine, takesPart } from '../engines/start.ts';
import { type BackendName, ours, type Row } from '../row.ts';
import type { Tolerance } from './check.ts';
import { compared, type ExpectedOutputs, expectedKey, expectedOutput } from './expected.ts';
import { messageOf, passGate } from './gate.ts';
import { type RaceOptions, type RaceResult, race } from './race.ts';
import { summarize } from './statistics.ts';

export interface PhaseOptions {
  readonly platform: Platform;
  readonly cases: readonly Case[];
  readonly threads: number;
  /** Selected backends; all if empty. */
  readonly backends: readonly BackendName[];
  readonly race: RaceOptions;
  /** Known reference outputs; missing ones are added. */
  readonly expected: ExpectedOutputs;
  onRow(row: Row): void;
  /** Reports progress. */
  onProgress(message: string): void;
}

/** Slow backends are timed only on cases up to these operations, about a second. */
const slowest = { backends: ['js', 'reference'] as readonly BackendName[], flops: 1e9 };

interface Runner {
  readonly backend: BackendName;
  readonly prepared: Prepared;
  readonly maxError: number;
}

/**
 * Measures cases with all backends of one number of threads. Every output is checked first; backends with correct outputs are then timed in
 * turns. The caller adds ratios and peak memory.
 */
export async function runPhase(options: PhaseOptions): Promise<void> {
  const { platform, threads, onProgress } = options;
  const engines: Engine[] = [];
  for (const name of measuredBackends(platform.kind, threads)) {
    if (options.backends.length > 0 && !options.backends.includes(name)) continue;
    if (!options.cases.some((subject) => takesPart(name, subject))) continue;
    try {
      engines.push(await startEngine(platform, name, threads));
    } catch (error) {
      // A backend that does not start fails in its own rows only.
      engines.push(brokenEngine(name, threads, error));
    }
  }
  for (const subject of options.cases) {
    onProgress(`${subject.name} · ${subject.dtype} · ${threads === 1 ? '1 thread' : `${threads} threads`}`);
    await runCase(options, engines, subject);
  }
  for (const engine of engines) await engine.dispose?.();
}

function brokenEngine(name: BackendName, threads: number, error: unknown): Engine {
  const prepare = () => {
    throw new Error(`did not start: ${messageOf(error)}`);
  };
  return { name, threads, prepare };
}

async function runCase(options: PhaseOptions, engines: readonly Engine[], subject: Case): Promise<void> {
  const work = subject.work();
  const expected = await reference(options, subject, work);
  const runners: Runner[] = [];
  for (const engine of engines) {
    if (!takesPart(engine.name, subject)) continue;
    if (slowest.backends.includes(engine.name) && (subject.flops ?? 0) > slowest.flops) continue;
    const checked = await passGate(engine, work, {
      expected,
      tolerance: toleranceOf(subject, engine.name),
      ...(subject.segment !== undefined && { segment: subject.segment }),
      part: (output) => compared(work, output),
    });
    if (checked?.failure !== undefined)
      options.onRow(failedRow(subject, engine, checked.failure, checked.maxError));
    else if (checked) runners.push({ backend: engine.name, ...checked });
  }
  const times = await race(
    runners.map(({ backend, prepared }) => ({ name: backend, run: () => prepared.run() })),
    options.race,
  );
  for (const runner of runners) {
    options.onRow(timedRow(subject, options.threads, runner, times));
    await runner.prepared.dispose();
  }
}

async function reference(options: PhaseOptions, subject: Case, work: Work): Promise<Float32Array> {
  const key = expectedKey(subject);
  const known = options.expected.get(key);
  if (known) return known;
  const output = await expectedOutput(options.platform, work, subject.expectedFrom);
  options.expected.set(key, output);
  return output;
}

function toleranceOf({ tolerance, ownTolerance = tolerance }: Case, name: BackendName): Tolerance {
  return ours.includes(name) ? ownTolerance : tolerance;
}

function timedRow(subject: Case, threads: number, { backend, maxError }: Runner, times: RaceResult): Row {
  const { samples, runs, error } = times.get(backend)!;
  const empty = { ...emptyRow(subject, backend, threads), maxError };
  if (error !== undefined) return { ...empty, failure: messageOf(error) };
  const { best, median } = summarize(samples);
  const { flops, parts = 1 } = subject;
  const gflops = flops === null ? null : flops / best / 1e6;
  return { ...empty, runs, bestMs: best / parts, medianMs: median / parts, gflops };
}

function failedRow(subject: Case, engine: Engine, failure: string, maxError: number | null): Row {
  return { ...emptyRow(subject, engine.name, engine.threads), maxError, failure };
}

function emptyRow({ suite, name, dtype }: Case, backend: BackendName, threads: number): Row {
  const unknown = {
    bestMs: null,
    medianMs: null,
    gflops: null,
    maxError: null,
    peakBytes: null,
    ratio: null,
  };
  return { suite, case: name, backend, threads, dtype, runs: 0, ...unknown };
}
