import { Bench } from 'tinybench';

/** A function to time. Its result is ignored. */
export interface Contender {
  readonly name: string;
  run(): unknown;
}

export interface RaceOptions {
  /** Total time per contender, in milliseconds. */
  readonly budgetMs: number;
  /** Number of turns of the total time. Contenders take turns, so that a change of the machine's speed affects all. */
  readonly turns: number;
  /** Minimum number of runs, regardless of the budget … */
  readonly minRuns: number;
  /** … up to this total time, in milliseconds. */
  readonly longestMs: number;
  /** Shorter runs are timed in batches of at least this duration: browsers' clocks have a resolution of up to 0.1 ms. */
  readonly shortestBatchMs: number;
  /** Pause before every turn, until the threads of the previous contender sleep. */
  readonly pauseMs: number;
}

interface Lane {
  readonly contender: Contender;
  readonly samples: number[];
  batch: number;
  runs: number;
  spentMs: number;
  error: unknown;
}

export interface LaneResult {
  /** Milliseconds of one run, a sample per batch. */
  readonly samples: readonly number[];
  readonly runs: number;
  /** Error of a run, which ends the contender's timing. */
  readonly error: unknown;
}

/** Results by contenders' names. */
export type RaceResult = ReadonlyMap<string, LaneResult>;

/**
 * Times contenders in turns. A first round warms up, as engines compile in the background, and determines batch sizes. Its samples count only
 * for contenders so slow that few runs use up the budget.
 */
export async function race(contenders: readonly Contender[], options: RaceOptions): Promise<RaceResult> {
  const lanes = contenders.map(
    (contender): Lane => ({ contender, samples: [], batch: 1, runs: 0, spentMs: 0, error: undefined }),
  );
  const turnMs = options.budgetMs / options.turns;
  for (const lane of lanes) {
    await pause(options.pauseMs);
    await warmUp(lane, turnMs, options);
  }
  for (;;) {
    const open = lanes.filter(
      ({ error, runs, spentMs }) =>
        error === undefined &&
        ((runs < options.minRuns && spentMs < options.longestMs) || spentMs + turnMs / 2 < options.budgetMs),
    );
    if (open.length === 0) break;
    for (const lane of open) {
      await pause(options.pauseMs);
      await takeTurn(lane, turnMs);
    }
  }
  return new Map(
    lanes.map(({ contender, samples, runs, error }) => [contender.name, { samples, runs, error }]),
  );
}

async function warmUp(lane: Lane, turnMs: number, options: RaceOptions): Promise<void> {
  const slowMs = options.budgetMs / options.minRuns;
  try {
    let elapsed = 0;
    // The last batch decides: engines still compile during the first ones.
    for (let spent = 0; spent < turnMs || elapsed < options.shortestBatchMs; spent += elapsed) {
      if (spent > 0 && elapsed < options.shortestBatchMs) lane.batch *= 2;
      elapsed = await runBatch(lane);
      if (lane.batch === 1 && elapsed > slowMs) record(lane, [elapsed]);
    }
  } catch (error) {
    lane.error = error;
  }
}

/** Runs a batch. Returns its milliseconds. */
async function runBatch({ contender, batch }: Lane): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < batch; i++) {
    const result = contender.run();
    // Awaiting a value that is no promise would add the cost of a microtask.
    if (result instanceof Promise) await result;
  }
  return performance.now() - start;
}

async function takeTurn(lane: Lane, turnMs: number): Promise<void> {
  const bench = new Bench({ time: turnMs, iterations: 1, warmup: false, retainSamples: true });
  const timed = async () => {
    const elapsed = await runBatch(lane);
    return { overriddenDuration: elapsed / lane.batch, overriddenIterationCost: elapsed };
  };
  // Otherwise tinybench calls the function once more to detect promises.
  bench.add(lane.contender.name, timed, { async: true });
  await bench.run();
  const { result } = bench.tasks[0]!;
  if (result.state === 'completed') record(lane, result.latency.samples ?? []);
  else lane.error = result.state === 'errored' ? result.error : new Error(`was not timed: ${result.state}`);
}

/** Records samples, in milliseconds of one run. */
function record(lane: Lane, samples: readonly number[]): void {
  for (const sample of samples) {
    lane.samples.push(sample);
    lane.spentMs += sample * lane.batch;
  }
  lane.runs += samples.length * lane.batch;
}

function pause(ms: number): Promise<void> | undefined {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined;
}
