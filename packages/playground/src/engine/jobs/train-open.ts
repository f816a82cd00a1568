import type { JobContext, ModelStore } from '../job.ts';
import type { Pair } from '../train/data.ts';
import { EXPERIMENTS, LOOKS, type RunSettings } from '../train/experiments.ts';
import type { Look } from '../train/look.ts';
import { TrainingRun } from '../train/run.ts';
import { keepRun } from '../train/runs.ts';

/** A run before its first step. */
export interface RunInfo {
  /** For the other jobs of the run. */
  readonly run: number;
  readonly settings: RunSettings;
  readonly backend: string;
  /** Number of trained values. */
  readonly parameters: number;
  /** Number of tokens. */
  readonly vocabulary: number;
  readonly examples: number;
  readonly heldOut: number;
  /** The first texts that it is trained on. */
  readonly preview: readonly Pair[];
  readonly samples: readonly Pair[];
  /** The text whose alignment is shown; of a decoder the one that reads itself. */
  readonly aligned: string;
  /** What the model does before its first step. */
  readonly look: Look;
  /** Of all steps and looks, from the time that a few took. */
  readonly seconds: number;
}

const PREVIEW = 6;
/** Steps whose time is taken. The first one compiles, and does not count. */
const TIMED = 3;

/** Makes a model with random weights and its data, in place of the run before. */
export async function run(
  _store: ModelStore,
  settings: RunSettings,
  { signal, breathe }: JobContext,
): Promise<RunInfo> {
  const secondsPerStep = await timeOfStep(settings, signal, breathe);
  const opened = await TrainingRun.open(settings);
  if (signal.aborted) {
    await opened.dispose();
    throw signal.reason;
  }
  const started = performance.now();
  const look = await opened.look();
  const secondsPerLook = (performance.now() - started) / 1000;
  const { backend, parameters, vocabulary, data } = opened;
  return {
    run: await keepRun(opened),
    settings,
    backend,
    parameters,
    vocabulary,
    examples: data.train.length,
    heldOut: data.heldOut.length,
    preview: data.train.slice(0, PREVIEW),
    samples: data.samples,
    aligned: data.aligned.source === '' ? data.aligned.target : data.aligned.source,
    look,
    seconds: EXPERIMENTS[settings.experiment].steps * secondsPerStep + LOOKS * secondsPerLook,
  };
}

/** Measured with a model of its own: the run begins with its first step. */
async function timeOfStep(
  settings: RunSettings,
  signal: AbortSignal,
  breathe: () => Promise<void>,
): Promise<number> {
  await breathe();
  const trial = await TrainingRun.open(settings);
  const times: number[] = [];
  let ended: Promise<void> | undefined;
  await trial.advance(EXPERIMENTS[settings.experiment].steps, {
    signal,
    breathe,
    onStep: () => {
      times.push(performance.now());
      // It need not be looked at.
      if (times.length === TIMED) ended = trial.dispose();
    },
    onLook: () => undefined,
  });
  await (ended ?? trial.dispose());
  signal.throwIfAborted();
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  // With the highest rates it may end after one.
  return (last - first) / Math.max(1, times.length - 1) / 1000;
}
