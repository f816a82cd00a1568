import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How often a process shows that it still has a lock, and for how long it may not. */
const BEAT_MS = 2_000;
const STALE_MS = 10_000;
const POLL_MS = 100;

/**
 * Creates the file `path`, which other processes wait for, and returns a function that deletes it. Undefined if another process has it and there is no
 * signal; with a signal it is waited for until the signal is aborted, whose reason is thrown. The lock of a process that has ended, or that has not touched
 * its file for 10 seconds, is taken over: two processes may then have it for a moment, so that nothing but work may depend on it. Where the directory cannot
 * be written to, there are no locks.
 */
export async function lockFile(
  path: string,
  signal?: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  const owner = { id: randomUUID(), host: thisHost(), pid: process.pid };
  const hasDirectory = await mkdir(dirname(path), { recursive: true }).then(
    () => true,
    () => false,
  );
  if (!hasDirectory) return async () => undefined;
  for (;;) {
    try {
      await writeFile(path, JSON.stringify(owner), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        // On a full disk the file is there, and empty: others would wait for it.
        await rm(path, { force: true }).catch(() => undefined);
        return async () => undefined;
      }
    }
    if (await isAbandoned(path)) {
      // Renamed first: of several processes one succeeds.
      const stale = `${path}-${owner.id}`;
      if (
        await rename(path, stale).then(
          () => true,
          () => false,
        )
      )
        await rm(stale, { force: true });
      continue;
    }
    if (!signal) return undefined;
    await delay(POLL_MS, undefined, { signal }).catch((error) => {
      throw signal.reason ?? error;
    });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  return async () => {
    clearInterval(beat);
    if ((await readOwner(path))?.id === owner.id) await rm(path, { force: true });
  };
}

interface Owner {
  readonly id?: unknown;
  readonly host?: unknown;
  readonly pid?: unknown;
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner | undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process that has the lock `path` has ended, or has not touched it for some time. False without a lock. */
async function isAbandoned(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => undefined);
  if (!file) return false;
  if (Date.now() - file.mtimeMs > STALE_MS) return true;
  const { host, pid } = (await readOwner(path)) ?? {};
  return host !== undefined && host === thisHost() && typeof pid === 'number' && !isRunning(pid);
}

/** Whether a process has the lock `path`. */
export async function isLocked(path: string): Promise<boolean> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere && !(await isAbandoned(path));
}

/** The name of this machine. Undefined where a program may not ask, as in Deno without `--allow-sys`: locks are then abandoned by their time alone. */
function thisHost(): string | undefined {
  try {
    return hostname();
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is there, but may not be signalled.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
