import { ConfigError } from '../../errors.ts';
import type { ByteSource } from '../../platform/bytes.ts';
import { GgufCursor, MoreBytesNeeded } from './cursor.ts';
import { checkLayout } from './layout.ts';
import { type GgufEntry, MIN_ENTRY_BYTES, readMetadata } from './metadata.ts';
import { ggufError } from './rules.ts';
import { type GgufTensor, MIN_TENSOR_BYTES, readTensors } from './tensors.ts';

/** The parsed header of a GGUF file. */
export interface GgufHeader {
  readonly version: 2 | 3;
  /** Metadata by key, in the file's order. */
  readonly metadata: ReadonlyMap<string, GgufEntry>;
  /** Tensors by name, in the file's order. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  readonly alignment: number;
  /** Offset of the data in the file; the tensors' `begin` and `end` are relative to it. */
  readonly dataStart: number;
}

const MAGIC = 0x46554747;
const FIRST_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 256 * 1024 * 1024;
const DEFAULT_ALIGNMENT = 32;

/**
 * Reads and validates the header of a GGUF file. Reads no tensor data.
 *
 * `@huggingface/gguf` 0.4 is not used, because it accepts only paths and URLs, pads truncated files with zeros, stores keys in a plain
 * object in which duplicates overwrite each other, replaces invalid UTF-8, removes byte order marks (one Llama token is a single byte order
 * mark), does not validate tensor offsets and blocks, and adds 6 MB of dependencies.
 *
 * Throws `FormatError` with the broken {@link GgufRule}.
 */
export async function readGgufHeader(source: ByteSource): Promise<GgufHeader> {
  if (typeof source?.read !== 'function' || typeof source.size !== 'number')
    throw new ConfigError('readGgufHeader: expected a source of bytes with size and read');
  for (let size = Math.min(FIRST_BYTES, source.size); ; ) {
    try {
      return parseGguf(await source.read(0, size), source.size);
    } catch (error) {
      if (!(error instanceof MoreBytesNeeded)) throw error;
      if (error.bytes > MAX_HEADER_BYTES) {
        throw ggufError('header-too-large', `the header has more than ${MAX_HEADER_BYTES} bytes`);
      }
      // The header's size is not stored in the file: each attempt reads at least twice as many bytes from the start.
      size = Math.min(Math.max(2 * size, error.bytes), source.size, MAX_HEADER_BYTES);
    }
  }
}

/** Parses the header in `bytes`, the first bytes of a file of `fileSize` bytes. Throws `MoreBytesNeeded` if the header is longer. */
export function parseGguf(bytes: Uint8Array, fileSize: number): GgufHeader {
  const cursor = new GgufCursor(bytes, fileSize);
  const version = readVersion(cursor);
  const tensorCount = cursor.count('tensors', MIN_TENSOR_BYTES);
  const entryCount = cursor.count('metadata entries', MIN_ENTRY_BYTES);
  const metadata = readMetadata(cursor, entryCount);
  const alignment = alignmentOf(metadata);
  const tensors = readTensors(cursor, tensorCount);
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  checkLayout(tensors, fileSize - dataStart, alignment);
  return { version, metadata, tensors, alignment, dataStart };
}

function readVersion(cursor: GgufCursor): 2 | 3 {
  const { view, at } = cursor.advance(4, 'the magic number');
  if (view.getUint32(at, true) !== MAGIC) throw ggufError('magic', 'the file does not begin with "GGUF"');
  const version = cursor.u32('the version');
  if (version === 2 || version === 3) return version;
  // A small version number with its bytes reversed.
  if (version !== 0 && (version & 0xffff) === 0) {
    throw ggufError('big-endian', 'big-endian files are not supported');
  }
  throw ggufError('version', `version ${version} is not supported, expected 2 or 3`);
}

function alignmentOf(metadata: ReadonlyMap<string, GgufEntry>): number {
  const entry = metadata.get('general.alignment');
  if (!entry) return DEFAULT_ALIGNMENT;
  const { type, isArray, value } = entry;
  if (type === 'u32' && !isArray && typeof value === 'number' && Number.isInteger(Math.log2(value)))
    return value;
  throw ggufError(
    'invalid-alignment',
    `general.alignment must be a power of two of type u32, got ${isArray ? 'an array' : String(value)} of ${type}`,
  );
}
