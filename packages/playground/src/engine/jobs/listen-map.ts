import { transfer } from 'comlink';
import type { Matrix } from '../../lib/raster.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { hearingOf } from '../listen/hearings.ts';
import { chosenMap, type HeadChoice } from '../listen/maps.ts';

export interface MapParams {
  /** Of the hearing. */
  readonly id: number;
  readonly choice: HeadChoice;
}

/** The maps of one choice, of all windows. */
export interface HeardMaps {
  readonly params: MapParams;
  readonly maps: readonly Matrix[];
}

/** Returns where a head, or the mean of the heads that words are timed by, looked for each token. */
export async function run(_store: ModelStore, params: MapParams, _context: JobContext): Promise<HeardMaps> {
  const hearing = hearingOf(params.id);
  const maps = hearing.windows.map((_, window) => chosenMap(hearing, window, params.choice));
  return transfer(
    { params, maps },
    maps.map(({ data }) => data.buffer),
  );
}
