import { directoryCheckpoints } from '#checkpoint-directory';
import { DirectoryHandleCheckpoints } from './directory-handle.ts';
import type { CheckpointStorage } from './storage.ts';

/**
 * Checkpoints in a directory: in Node a path or `file:` URL, which is created by the first write; in browsers a handle, such as
 * `await navigator.storage.getDirectory()` (origin private file system). Throws `ConfigError` for a path in a browser.
 */
export function openCheckpoints(directory: string | URL | FileSystemDirectoryHandle): CheckpointStorage {
  if (typeof directory === 'string' || directory instanceof URL) return directoryCheckpoints(directory);
  return new DirectoryHandleCheckpoints(directory);
}
