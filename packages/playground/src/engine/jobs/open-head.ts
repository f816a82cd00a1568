import { transfer } from 'comlink';
import type { Matrix } from '../../lib/raster.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { passOf } from '../passes.ts';
import { type Lens, type Opened, openMap, type ReadingParams } from './read.ts';

export interface OpenHeadParams extends ReadingParams {
  readonly lens: Lens;
  readonly opened: Opened;
}

/** The whole map of one head, with the parameters that it belongs to. */
export interface OpenHead {
  readonly params: OpenHeadParams;
  readonly map: Matrix;
}

/** Returns the map of one head of a text that was read. */
export async function run(
  store: ModelStore,
  params: OpenHeadParams,
  { signal }: JobContext,
): Promise<OpenHead> {
  const pass = await passOf(await store.load(params.model), params.text, params.edits, signal);
  const { rows, columns, data } = openMap(pass, params.opened, params.lens);
  // A copy: the data may be part of the pass, which is kept.
  const copy = data.slice();
  return transfer({ params, map: { rows, columns, data: copy } }, [copy.buffer]);
}
