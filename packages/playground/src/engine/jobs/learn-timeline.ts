import type { WorkerSpan } from '@headwise/worker';
import type { JobContext, ModelStore } from '../job.ts';
import { listedOnly } from '../load/index.ts';
import { modelEntry } from '../registry.ts';
import { UNIT } from './edits.ts';

export interface TimelineParams {
  readonly text: string;
  readonly workers: number;
}

/** One pass of MiniLM whose heads are divided between workers. */
export interface Timeline {
  readonly workers: number;
  readonly tokens: number;
  /** Length of the pass, without what it takes to send the text and the result. */
  readonly milliseconds: number;
  /** What each worker did, in milliseconds since the pass began. */
  readonly spans: readonly WorkerSpan[];
  /** The part of the workers' time that they spent on exchanging sums, 0 to 1. */
  readonly exchange: number;
  /** The sentence embedding, of length 1: the same for every number of workers, but for rounding. */
  readonly embedding: Float32Array;
}

/** Passes until code is compiled and memory is there; the fastest is shown. */
const PASSES = 6;

/** Loads MiniLM into workers, and tells what each did in one pass. */
export async function run(
  store: ModelStore,
  { text, workers }: TimelineParams,
  { signal, breathe }: JobContext,
): Promise<Timeline> {
  const { loadEncoder } = await import('@headwise/worker');
  const entry = modelEntry('minilm');
  let spans: WorkerSpan[] = [];
  const model = await loadEncoder(store.locate('minilm'), {
    workers,
    signal,
    weightsFile: entry.weightsFile,
    fetch: listedOnly(entry),
    onSpan: (span) => spans.push(span),
  });
  try {
    const tokens = model.tokenize(text).ids.length;
    let best: Timeline | undefined;
    for (let pass = 0; pass < PASSES; pass += 1) {
      await breathe();
      spans = [];
      const embedding = await model.embed(text, { ...UNIT, signal });
      const timeline = { workers, tokens, embedding, ...summarise(spans) };
      if (!best || timeline.milliseconds < best.milliseconds) best = timeline;
    }
    return best as Timeline;
  } finally {
    await model.dispose();
  }
}

/** Spans since the first began, how long they last in all, and the share of exchanges. */
export function summarise(
  spans: readonly WorkerSpan[],
): Pick<Timeline, 'spans' | 'milliseconds' | 'exchange'> {
  const begin = Math.min(...spans.map(({ start }) => start));
  const moved = spans.map((span) => ({ ...span, start: span.start - begin, end: span.end - begin }));
  const length = (part: readonly WorkerSpan[]): number =>
    part.reduce((sum, { start, end }) => sum + end - start, 0);
  return {
    spans: moved,
    milliseconds: Math.max(...moved.map(({ end }) => end)),
    exchange: length(moved.filter(({ part }) => part === 'exchange')) / length(moved),
  };
}
