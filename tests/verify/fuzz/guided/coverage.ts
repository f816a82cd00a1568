/** What the bundle's prelude makes: counters of branches, and the texts and numbers of the sources. */
interface Prelude {
  readonly hits: Uint8Array<ArrayBuffer>;
  readonly words: readonly (string | number)[];
}
export const { hits, words } = (globalThis as unknown as { headwiseFuzz: Prelude }).headwiseFuzz;

const blocks = new Float64Array(hits.buffer);

/** A bit for each range of counts, as in AFL: 1, 2, 3, up to 7, 15, 31, 127, 255. Counts of 256 begin again. */
const RANGES = Uint8Array.from({ length: 256 }, (_, count) => {
  const limits = [1, 2, 3, 7, 15, 31, 127, 255];
  return count === 0 ? 0 : 1 << limits.findIndex((limit) => count <= limit);
});

/** Forgets what ran. */
export const reset = (): void => void hits.fill(0);

/** Adds what ran to what was seen. Returns whether there is a branch, or a count of one, that was not seen before. */
export function learn(seen: Uint8Array): boolean {
  let isNew = false;
  for (let block = 0; block < blocks.length; block++) {
    if (blocks[block] === 0) continue;
    for (let i = 8 * block; i < 8 * block + 8; i++) {
      const range = RANGES[hits[i]!]!;
      if ((range & ~seen[i]!) === 0) continue;
      seen[i]! |= range;
      isNew = true;
    }
  }
  return isNew;
}

export const branchesOf = (seen: Uint8Array): number =>
  seen.reduce((count, ranges) => count + (ranges ? 1 : 0), 0);
