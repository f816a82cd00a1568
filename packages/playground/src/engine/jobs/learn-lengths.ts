import { drawDates } from '../../lib/dates.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { type LengthScore, scoreByLength } from '../learn/recurrent.ts';

export interface LengthsParams {
  readonly model: 'dates-fixed' | 'dates-attention';
  readonly count: number;
  readonly seed: number;
}

/** Translates random dates, and counts by length how many come out right. Sends what is known after each batch. */
export async function run(
  store: ModelStore,
  { model, count, seed }: LengthsParams,
  { signal, progress, breathe }: JobContext<readonly LengthScore[]>,
): Promise<readonly LengthScore[]> {
  return scoreByLength(await store.load(model), drawDates(count, seed), {
    signal,
    onScores: progress,
    breathe,
  });
}
