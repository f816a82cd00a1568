import type { CheckpointStorage } from './storage.ts';
import { missingFile } from './storage.ts';

/** Written last, so that a checkpoint that has it is whole. */
const COMPLETE = 'complete.json';

/**
 * Checkpoints in a directory of a browser's file system: the origin private file system (`navigator.storage.getDirectory()`), or one that the
 * user has chosen. Each is a directory; a file is visible once it is written whole, and `complete.json` is the last one.
 */
export class DirectoryHandleCheckpoints implements CheckpointStorage {
  readonly #directory: FileSystemDirectoryHandle;

  constructor(directory: FileSystemDirectoryHandle) {
    this.#directory = directory;
  }

  async list(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const [name, handle] of entriesOf(this.#directory)) {
      if (handle.kind !== 'directory') continue;
      const isWhole = await (handle as FileSystemDirectoryHandle).getFileHandle(COMPLETE).then(
        () => true,
        () => false,
      );
      if (isWhole) names.push(name);
    }
    return names;
  }

  async write(name: string, files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): Promise<void> {
    // What an interrupted write of the same checkpoint has left.
    await this.remove(name);
    const directory = await this.#directory.getDirectoryHandle(name, { create: true });
    const sizes = Object.fromEntries([...files].map(([file, bytes]) => [file, bytes.byteLength]));
    const marker = new TextEncoder().encode(JSON.stringify({ files: sizes }));
    for (const [file, bytes] of [...files, [COMPLETE, marker] as const]) {
      const handle = await directory.getFileHandle(file, { create: true });
      const stream = await handle.createWritable();
      await stream.write(bytes);
      await stream.close();
    }
  }

  async read(name: string, file: string): Promise<Uint8Array> {
    try {
      const directory = await this.#directory.getDirectoryHandle(name);
      const handle = await directory.getFileHandle(file);
      return new Uint8Array(await (await handle.getFile()).arrayBuffer());
    } catch (error) {
      throw missingFile(name, file, error);
    }
  }

  async remove(name: string): Promise<void> {
    const directory = await this.#directory.getDirectoryHandle(name).catch(() => undefined);
    if (!directory) return;
    await directory.removeEntry(COMPLETE).catch(() => {});
    await this.#directory.removeEntry(name, { recursive: true });
  }
}

/** The entries of a directory. TypeScript's DOM types lack the iterator unless `DOM.AsyncIterable` is on. */
function entriesOf(directory: FileSystemDirectoryHandle): AsyncIterable<[string, FileSystemHandle]> {
  return directory as unknown as AsyncIterable<[string, FileSystemHandle]>;
}
