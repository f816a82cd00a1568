import type { CacheEntry } from './cache.ts';

/** Files that another process or page used in this time may be in use there. */
export const IN_USE_MS = 60 * 1000;

/** When this process used files last, by an id of their version: their own uses do not keep files. */
const usedHere = new Map<string, number>();

/** Remembers that this process has set the time of the last use of a file to `time`. */
export function rememberUse(id: string, time: number): void {
  usedHere.set(id, time);
}

/** Whether another process or page used a file a short time ago. */
export function isUsedElsewhere(id: string, lastUsed: number): boolean {
  // File systems round times.
  return Date.now() - lastUsed < IN_USE_MS && Math.abs(lastUsed - (usedHere.get(id) ?? 0)) > 10;
}

/** An entry of a cache, with the id that {@link rememberUse} knows it by. */
export interface EvictableEntry extends CacheEntry {
  readonly id: string;
}

/** The files to remove so that `bytes` become free, least recently used first. Fewer if no others may be removed. */
export function chooseEvicted(
  entries: readonly EvictableEntry[],
  bytes: number,
  keep: ReadonlySet<string>,
): EvictableEntry[] {
  const candidates = entries
    .filter(({ key, id, lastUsed }) => !keep.has(key) && !isUsedElsewhere(id, lastUsed.getTime()))
    .sort((a, b) => a.lastUsed.getTime() - b.lastUsed.getTime());
  const evicted: EvictableEntry[] = [];
  let freed = 0;
  for (const entry of candidates) {
    if (freed >= bytes) break;
    evicted.push(entry);
    freed += entry.size;
  }
  return evicted;
}
