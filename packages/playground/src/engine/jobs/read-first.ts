import { headMap, restrictToTokens } from '../../lib/attention.ts';
import { type HeadLabel, headLabel, headShares } from '../../lib/head-labels.ts';
import { thumbnailSide, writeTones } from '../../lib/tones.ts';
import { mergeUnits } from '../../lib/units.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { passOf } from '../passes.ts';
import type { ModelIdOf } from '../registry.ts';
import { type Lens, visibleUnits } from './read.ts';

export interface ReadFirstParams {
  readonly model: ModelIdOf<'encoder'>;
  readonly text: string;
  readonly lens: Lens;
}

/** The heads of the blocks of a model that have come. */
export interface FirstHeads extends ReadFirstParams {
  /** Of the whole model. */
  readonly layers: number;
  readonly heads: number;
  /** Tones of the heads that are there, [layers, heads, side, side]. */
  readonly side: number;
  readonly tones: Uint8Array;
  /** Labels of the heads that are there. */
  readonly labels: readonly HeadLabel[];
}

/** Reads a text with the first blocks of a model while the others come. */
export async function run(
  store: ModelStore,
  { model: id, text, lens }: ReadFirstParams,
  { signal, progress }: JobContext<FirstHeads>,
): Promise<void> {
  const loading = store.load(id);
  // The job that waits for the model tells of failures.
  loading.catch(() => undefined);
  for await (const { model, layers } of store.firstBlocks?.(id, text) ?? []) {
    const pass = await passOf(model, text, [], signal);
    const { layers: count, heads } = pass.attention;
    const { units, visible } = visibleUnits(pass, lens);
    const side = thumbnailSide(visible.length);
    const tones = new Uint8Array(count * heads * side * side);
    const labels: HeadLabel[] = [];
    for (let index = 0; index < count * heads; index += 1) {
      const map = headMap(pass.attention, Math.floor(index / heads), index % heads);
      labels.push(headLabel(headShares(map, pass.special, false)));
      const shown = restrictToTokens(mergeUnits(map, units), visible);
      writeTones(shown, side, tones, index * side * side);
    }
    progress({ model: id, text, lens, layers, heads, side, tones, labels });
  }
}
