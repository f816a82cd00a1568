import { HeadwiseError } from '../../errors.ts';
import type { ByteSource } from '../../platform/bytes.ts';
import type { FileCache } from '../../platform/cache.ts';
import { withDeadline } from './deadline.ts';

/** The right to download a file, which one loader has at a time. */
export interface Turn {
  /** Whether another loader had it before: the file may be in the cache now. */
  readonly waited: boolean;
  /** The file, if that loader was in this process. */
  readonly result: ByteSource | undefined;
  /** Ends the turn, the first time that it is called; `result` is for the next loader in this process. */
  release(result?: ByteSource): Promise<void>;
}

interface TurnOptions {
  readonly cache: FileCache | undefined;
  readonly fetch: object;
  readonly headers: object;
}

/** The last turn of each file, by the name or number of what stores it and its key. */
const turns = new Map<string, Promise<ByteSource | undefined>>();
const numbers = new WeakMap<object, number>();
let count = 0;

/** A name for a cache, or a function that fetches. */
function nameOf(owner: object): string {
  const { name } = owner as FileCache;
  if (typeof owner === 'object' && name !== undefined) return name;
  const number = numbers.get(owner) ?? ++count;
  numbers.set(owner, number);
  return `#${number}`;
}

/**
 * Waits until no other loader downloads the file `key`, in this process or, as far as the cache knows, in another. After `wait` milliseconds the turn
 * begins all the same. Rejects with the signal's reason when it is aborted.
 */
export async function takeTurn(
  { cache, fetch, headers }: TurnOptions,
  key: string,
  wait: number,
  signal: AbortSignal | undefined,
): Promise<Turn> {
  // What one loader may read, one with other headers may not.
  const name = `${nameOf(cache ?? fetch)} ${key} ${JSON.stringify(headers)}`;
  const before = turns.get(name);
  let settle: (result?: ByteSource) => void = () => undefined;
  const mine = new Promise<ByteSource | undefined>((resolve) => {
    settle = resolve;
  });
  turns.set(name, mine);
  let unlock: (() => Promise<void>) | undefined;
  const release = async (result?: ByteSource) => {
    const free = unlock;
    unlock = undefined;
    await free?.();
    if (turns.get(name) === mine) turns.delete(name);
    settle(result);
  };
  /** Undefined if the time is over. */
  const inTime = <T>(promise: Promise<T>): Promise<T | undefined> =>
    withDeadline(promise, wait, signal, timeIsOver).catch(() => {
      signal?.throwIfAborted();
      return undefined;
    });
  try {
    const result = before && (await inTime(before));
    unlock = await cache?.lock?.(key);
    if (unlock || !cache?.lock) return { waited: before !== undefined, result, release };
    const limit = new AbortController();
    const locking = cache.lock(key, limit.signal);
    try {
      unlock = await inTime(locking);
    } finally {
      // Where the lock comes too late.
      if (!unlock) {
        limit.abort();
        locking.then((late) => late?.()).catch(() => undefined);
      }
    }
    return { waited: true, result, release };
  } catch (error) {
    // Those who wait for this turn wait for the one before it.
    void Promise.resolve(before).then(() => release());
    throw error;
  }
}

const timeIsOver = () => new HeadwiseError('ERR_INTERNAL', 'takeTurn: the time is over');
