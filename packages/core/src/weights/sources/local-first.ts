import { LoadError } from '../../errors.ts';
import type { FileStore } from './repository.ts';

/** The files of `local` if they are there, else those of `remote`, which is then alone asked. */
export function localFirst(local: FileStore, remote: FileStore): FileStore {
  let store = remote;
  let choosing: Promise<FileStore> | undefined;

  function choose(signal?: AbortSignal): Promise<FileStore> {
    choosing ??= isThere(local, signal).then((isLocal) => {
      if (isLocal) store = local;
      return store;
    });
    return choosing;
  }

  return {
    get location() {
      return store.location;
    },
    list: async () => (await choose()).list(),
    has: async (name, signal) => (await choose(signal)).has(name, signal),
    open: async (name, reporter, signal, isPart) =>
      (await choose(signal)).open(name, reporter, signal, isPart),
    prefetch(names, signal) {
      // Failures are those of the calls that follow.
      choose(signal).then(
        (chosen) => chosen.prefetch?.(names, signal),
        () => undefined,
      );
    },
    close: () => store.close?.(),
  };
}

/** Whether there is a directory, or a server has a `config.json`. */
async function isThere(local: FileStore, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await local.list()) !== undefined || (await local.has('config.json', signal));
  } catch (error) {
    if (error instanceof LoadError && error.reason === 'not-found') return false;
    throw error;
  }
}
