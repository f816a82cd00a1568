import { transfer } from 'comlink';
import { align, difference, movedShare } from '../../lib/align.ts';
import type { HeadEdit } from '../../lib/heads.ts';
import { thumbnailSide, writeSignedTones } from '../../lib/tones.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { passOf, type ReadableId } from '../passes.ts';
import { type Lens, openMap, visibleUnits } from './read.ts';

export interface DifferenceParams {
  readonly model: ReadableId;
  readonly texts: readonly [string, string];
  readonly edits: readonly HeadEdit[];
  readonly lens: Lens;
}

/** How the attention of all heads differs between two texts, where they have the same places. */
export interface Difference {
  readonly params: DifferenceParams;
  /** Of the pairs of places: the units' labels in both texts. */
  readonly labels: ReadonlyArray<readonly [string, string]>;
  readonly side: number;
  /** Signed tones, [layers, heads, side, side]. */
  readonly tones: Uint8Array;
  /** How much of each head's attention moved, 0 to 1, [layers × heads]. */
  readonly moved: readonly number[];
}

/** Compares all heads between two texts. */
export async function run(
  store: ModelStore,
  params: DifferenceParams,
  { signal }: JobContext,
): Promise<Difference> {
  const { texts, edits, lens } = params;
  const model = await store.load(params.model);
  const a = await passOf(model, texts[0], edits, signal);
  const b = await passOf(model, texts[1], edits, signal);
  const [labelsA, labelsB] = [a, b].map((pass) => {
    const { units, visible } = visibleUnits(pass, lens);
    return visible.map((index) => units[index]!.label);
  }) as [string[], string[]];
  const pairs = align(labelsA, labelsB);
  const { layers, heads } = a.attention;
  const side = thumbnailSide(pairs.length);
  const tones = new Uint8Array(layers * heads * side * side);
  const moved: number[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    for (let head = 0; head < heads; head += 1) {
      const opened = { layer, head, mean: false };
      const change = difference(openMap(a, opened, lens), openMap(b, opened, lens), pairs);
      writeSignedTones(change, side, tones, (layer * heads + head) * side * side);
      moved.push(movedShare(change));
    }
  }
  const labels = pairs.map(([i, j]) => [labelsA[i]!, labelsB[j]!] as const);
  return transfer({ params, labels, side, tones, moved }, [tones.buffer]);
}
