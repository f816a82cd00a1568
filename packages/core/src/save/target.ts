/** Receives the files of a repository. */
export interface SaveWriter {
  write(name: string, parts: AsyncIterable<Uint8Array>, size: number): Promise<void>;
  /** Makes the files visible, all at once where the target can. */
  commit(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/** A writer into a map, from names to bytes. */
export function mapWriter(target: Map<string, Uint8Array>): SaveWriter {
  const files = new Map<string, Uint8Array>();
  return {
    async write(name, parts, size) {
      const bytes = new Uint8Array(size);
      let at = 0;
      for await (const part of parts) {
        bytes.set(part, at);
        at += part.length;
      }
      files.set(name, bytes);
    },
    async commit() {
      for (const [name, bytes] of files) target.set(name, bytes);
    },
    async discard() {},
  };
}

/** A writer into a directory of a browser's file system. An interrupted write leaves the files that are whole, without config.json. */
export function handleWriter(root: FileSystemDirectoryHandle): SaveWriter {
  const written: string[] = [];
  const directoryOf = async (name: string) => {
    let directory = root;
    for (const part of name.split('/').slice(0, -1))
      directory = await directory.getDirectoryHandle(part, { create: true });
    return directory;
  };
  return {
    async write(name, parts) {
      const file = name.slice(name.lastIndexOf('/') + 1);
      const handle = await (await directoryOf(name)).getFileHandle(file, { create: true });
      written.push(name);
      const stream = await handle.createWritable();
      try {
        for await (const part of parts) await stream.write(part as Uint8Array<ArrayBuffer>);
      } catch (error) {
        await stream.abort(error);
        throw error;
      }
      await stream.close();
    },
    async commit() {},
    async discard() {
      for (const name of written)
        await (await directoryOf(name)).removeEntry(name.slice(name.lastIndexOf('/') + 1)).catch(() => {});
    },
  };
}
