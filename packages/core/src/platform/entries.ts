import type { CacheEntry } from './cache.ts';

// What caches do with all their entries. Without imports: a bundle then has it with the code that is imported on demand.

/** An entry of a cache, with the id that `rememberUse` knows it by. */
export interface EvictableEntry extends CacheEntry {
  readonly id: string;
}

/** The files among `candidates` to remove so that `bytes` become free, least recently used first. Fewer if there are not enough. */
export function chooseEvicted<Entry extends EvictableEntry>(
  candidates: readonly Entry[],
  bytes: number,
): Entry[] {
  const evicted: Entry[] = [];
  let freed = 0;
  for (const entry of [...candidates].sort((a, b) => a.lastUsed.getTime() - b.lastUsed.getTime())) {
    if (freed >= bytes) break;
    evicted.push(entry);
    freed += entry.size;
  }
  return evicted;
}

/** What `StoredFileCache.list` gives of the entries: those of files, the latest used first. */
export function listedEntries(
  entries: readonly CacheEntry[],
  isNote: (key: string) => boolean,
): CacheEntry[] {
  return entries
    .filter(({ key }) => !isNote(key))
    .map(({ key, size, etag, lastModified, lastUsed }) => ({ key, size, etag, lastModified, lastUsed }))
    .sort((a, b) => b.lastUsed.getTime() - a.lastUsed.getTime());
}

/** Bytes of all entries. */
export const totalSize = (entries: readonly CacheEntry[]): number =>
  entries.reduce((sum, { size }) => sum + size, 0);
