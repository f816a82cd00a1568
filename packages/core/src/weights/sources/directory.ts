import { platform } from '#platform';
import type { FileStore } from './repository.ts';

/** A store of the files in a directory, given by its path or `file:` URL. Throws `ConfigError` in browsers. */
export function directoryStore(location: string | URL): FileStore {
  const directory = platform.openDirectory(location);
  return {
    location: directory.location,
    list: () => directory.list(),
    has: (name) => directory.has(name),
    async open(name, reporter) {
      const source = await directory.open(name);
      reporter.complete(source.size, true);
      return source;
    },
  };
}
