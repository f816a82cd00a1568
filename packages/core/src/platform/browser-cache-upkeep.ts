import type { FileVersion, StoredFileCache } from './cache.ts';
import { chooseEvicted, type EvictableEntry, listedEntries, totalSize } from './entries.ts';

/** What is known of a stored file. */
export interface StoredRecord extends FileVersion {
  readonly key: string;
  readonly id: string;
  readonly size: number;
  /** See `StreamDigests`. */
  readonly digests: readonly string[];
  readonly lastUsed: number;
}

/** The cache that is kept up. Its functions are given, since a module that both import would be a chunk of its own. */
interface Upkept extends Pick<StoredFileCache, 'match' | 'delete'> {
  open(): Promise<Cache>;
  /** Whether an address is that of a record. */
  isRecord(url: string): boolean;
  isNote(key: string): boolean;
  /** The id of the record of a stored file. */
  idOf(response: Response | undefined): string | null | undefined;
  /** Whether a file may be in use in another page, and whether any file was used so lately that it may. */
  isUsedElsewhere(id: string, lastUsed: number): boolean;
  isRecent(lastUsed: number): boolean;
  /** Forgets that a file had the right digests. */
  forget(id: string): void;
}

interface Upkeep extends Pick<StoredFileCache, 'list' | 'size' | 'verify'> {
  /** Removes files that were not used for the longest time: down to `maxSize`, and until `bytes` are free of which `free` are. */
  makeRoom(bytes: number, maxSize: number, free: number, keep: ReadonlySet<string>): Promise<void>;
}

/** What a cache in a browser does with all its records. */
export function browserCacheUpkeep(cache: Upkept): Upkeep {
  async function records(): Promise<(EvictableEntry & { record: StoredRecord })[]> {
    const stored = await cache.open();
    const found: (EvictableEntry & { record: StoredRecord })[] = [];
    for (const request of await stored.keys()) {
      if (!cache.isRecord(request.url)) continue;
      const record: StoredRecord | undefined = await (await stored.match(request))?.json();
      if (!record) continue;
      const { key, id, size, etag, lastModified } = record;
      // Of several writers of a key, the last one's file remains. The record of a file that is being stored is there first.
      if (cache.idOf(await stored.match(key)) !== id) {
        if (!cache.isRecent(record.lastUsed)) await stored.delete(request);
        continue;
      }
      found.push({ key, id, size, etag, lastModified, record, lastUsed: new Date(record.lastUsed) });
    }
    return found;
  }

  return {
    async makeRoom(bytes, maxSize, free, keep) {
      const all = await records();
      const excess = Math.max(totalSize(all) + bytes - maxSize, bytes - free);
      if (excess <= 0) return;
      const candidates = all.filter(
        ({ key, id, lastUsed }) => !keep.has(key) && !cache.isUsedElsewhere(id, lastUsed.getTime()),
      );
      for (const { key } of chooseEvicted(candidates, excess)) await cache.delete(key);
    },

    list: async () => listedEntries(await records(), cache.isNote),

    size: async () => totalSize(await records()),

    async verify() {
      const damaged: string[] = [];
      for (const { key, id } of await records()) {
        cache.forget(id);
        if (!(await (await cache.match(key))?.verify?.())) damaged.push(key);
      }
      return damaged;
    },
  };
}
