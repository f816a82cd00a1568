import { Bench } from 'tinybench';

/** Something to time. A call is one run; what it returns is ignored. */
export interface Contender {
  readonly name: string;
  run(): unknown;
}

export interface RaceOptions {
  /** How long a contender is timed in all, in milliseconds. */
  readonly budgetMs: number;
  /** How many turns that time is cut into: contenders take turns, so that a change of the machine's pace hits them all. */
  readonly turns: number;
  /** Every contender is run at least this often, whatever its budget, … */
  readonly minRuns: number;
  /** … until it has taken this long in all, in milliseconds. */
  readonly longestMs: number;
  /** Runs shorter than this are timed in batches that are not, as browsers' clocks tick in steps of up to 0.1 ms. */
  readonly shortestBatchMs: number;
  /** A pause before every turn, for threads of the one before to fall asleep. */
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
  /** Milliseconds of one run: a sample for every batch of short ones. */
  readonly samples: readonly number[];
  readonly runs: number;
  /** What a run threw, which ended that contender's race; undefined if none did. */
  readonly error: unknown;
}

/** Results by contenders' names. */
export type RaceResult = ReadonlyMap<string, LaneResult>;

/**
 * Times all contenders side by side: in every round each has one turn. A round before the first warms up (compilers of
 * engines finish in the background) and finds how many short runs make a batch; it counts only for a contender so
 * slow that its budget is used up by few runs.
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
    // The last batch decides: the first ones are slower, as engines are still compiling.
    for (let spent = 0; spent < turnMs || elapsed < options.shortestBatchMs; spent += elapsed) {
      if (spent > 0 && elapsed < options.shortestBatchMs) lane.batch *= 2;
      elapsed = await runBatch(lane);
      if (lane.batch === 1 && elapsed > slowMs) record(lane, [elapsed]);
    }
  } catch (error) {
    lane.error = error;
  }
}

/** Runs a contender's batch once. Milliseconds of the whole batch. */
async function runBatch({ contender, batch }: Lane): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < batch; i++) {
    const result = contender.run();
    // Awaiting what is not a promise would charge fast synchronous kernels for a trip through the event loop.
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
  // Told that it is asynchronous, tinybench has no need to call it once more to find out.
  bench.add(lane.contender.name, timed, { async: true });
  await bench.run();
  const { result } = bench.tasks[0]!;
  if (result.state === 'completed') record(lane, result.latency.samples ?? []);
  else lane.error = result.state === 'errored' ? result.error : new Error(`was not timed: ${result.state}`);
}

/** Notes samples of a lane's batches, in milliseconds of one run. */
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
