import { ConfigError } from '../errors.ts';
import type { SaveWriter } from './target.ts';

/** Browsers cannot write to a path. */
export function directoryWriter(location: string | URL, _overwrite: boolean): Promise<SaveWriter> {
  throw new ConfigError(
    `saveModel: ${JSON.stringify(String(location))} is a path, which browsers cannot write to; expected a Map or a FileSystemDirectoryHandle, such as await navigator.storage.getDirectory()`,
  );
}
