import { ConfigError, LoadError } from '../../errors.ts';
import { type ByteSource, blobSource, memorySource } from '../../platform/bytes.ts';
import { checkFileName, type FileStore } from './repository.ts';

/** Content of a file in memory. Strings are encoded as UTF-8. */
export type FileContent = string | Uint8Array | ArrayBuffer | Blob;

/** Files in memory, by name. */
export type FileMap = ReadonlyMap<string, FileContent> | Readonly<Record<string, FileContent>>;

/** A store of files in memory. Their bytes are not copied. */
export function memoryStore(files: FileMap): FileStore {
  const sources = new Map<string, ByteSource>();
  for (const [name, content] of isMap(files) ? files : Object.entries(files)) {
    checkFileName(name);
    sources.set(name, toSource(name, content));
  }
  const location = 'the files given';
  return {
    location,
    list: async () => [...sources.keys()],
    has: async (name) => sources.has(name),
    async open(name, reporter) {
      const source = sources.get(name);
      if (!source) {
        const available = [...sources.keys()].join(', ') || 'none';
        throw new LoadError('not-found', `There is no file ${name} in ${location}; available: ${available}`, {
          file: name,
        });
      }
      reporter.complete(source.size, true);
      return source;
    },
  };
}

function toSource(name: string, content: FileContent): ByteSource {
  if (typeof content === 'string') return memorySource(new TextEncoder().encode(content));
  if (content instanceof Uint8Array) return memorySource(content);
  if (content instanceof ArrayBuffer) return memorySource(new Uint8Array(content));
  if (typeof Blob !== 'undefined' && content instanceof Blob) return blobSource(content);
  throw new ConfigError(`source: file ${name} must be a string, Uint8Array, ArrayBuffer or Blob`);
}

function isMap(files: FileMap): files is ReadonlyMap<string, FileContent> {
  return typeof (files as ReadonlyMap<string, FileContent>).get === 'function';
}
