import { ConfigError } from '../../errors.ts';
import type { CheckpointStorage } from './storage.ts';

/** Browsers cannot write to a path. */
export function directoryCheckpoints(location: string | URL): CheckpointStorage {
  throw new ConfigError(
    `openCheckpoints: ${JSON.stringify(String(location))} is a path, which browsers cannot write to; expected a FileSystemDirectoryHandle, such as await navigator.storage.getDirectory()`,
  );
}
