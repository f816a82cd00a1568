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
  /** Every contender is run at least this often, whatever its budget. */
  readonly minRuns: number;
  /** A pause before every turn, for threads of the one before to fall asleep. */
  readonly pauseMs: number;
}

/** Runs shorter than this are timed in batches, as clocks of browsers tick in steps of up to 0.1 ms. */
const shortestBatchMs = 1;

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
 * Times all contenders side by side: in every round each has one turn. The first round warms up (compilers of engines
 * finish in the background) and sets how many short runs make a batch; it counts only for contenders too slow for more.
 */
export async function race(contenders: readonly Contender[], options: RaceOptions): Promise<RaceResult> {
  const lanes = contenders.map(
    (contender): Lane => ({ contender, samples: [], batch: 1, runs: 0, spentMs: 0, error: undefined }),
  );
  const turnMs = options.budgetMs / options.turns;
  for (const lane of lanes) {
    await pause(options.pauseMs);
    await takeTurn(lane, turnMs);
    if (lane.error !== undefined) continue;
    const usual = Math.max(Math.min(...lane.samples), 1e-5);
    lane.batch = Math.max(1, Math.ceil(shortestBatchMs / usual));
    if (usual * options.minRuns <= options.budgetMs) reset(lane);
  }
  for (;;) {
    const open = lanes.filter(
      ({ error, runs, spentMs }) =>
        error === undefined && (runs < options.minRuns || spentMs + turnMs / 2 < options.budgetMs),
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

function reset(lane: Lane): void {
  lane.samples.length = 0;
  lane.runs = 0;
  lane.spentMs = 0;
}

async function takeTurn(lane: Lane, turnMs: number): Promise<void> {
  const { contender, batch } = lane;
  const bench = new Bench({ time: turnMs, iterations: 1, warmup: false, retainSamples: true });
  const timed = async () => {
    const start = bench.now();
    for (let i = 0; i < batch; i++) {
      const result = contender.run();
      // Awaiting what is not a promise would charge fast synchronous kernels for a trip through the event loop.
      if (result instanceof Promise) await result;
    }
    const elapsed = bench.now() - start;
    return { overriddenDuration: elapsed / batch, overriddenIterationCost: elapsed };
  };
  // Told that it is asynchronous, tinybench has no need to call it once more to find out.
  bench.add(contender.name, timed, { async: true });
  await bench.run();
  const { result } = bench.tasks[0]!;
  if (result.state !== 'completed') {
    lane.error = result.state === 'errored' ? result.error : new Error(`was not timed: ${result.state}`);
    return;
  }
  const samples = result.latency.samples ?? [];
  lane.samples.push(...samples);
  lane.runs += samples.length * batch;
  lane.spentMs += samples.reduce((sum, sample) => sum + sample * batch, 0);
}

function pause(ms: number): Promise<void> | undefined {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined;
}
