import type { ByteSource } from '../../platform/bytes.ts';
import { GgufCursor, MoreBytesNeeded } from './cursor.ts';
import { checkLayout } from './layout.ts';
import { type GgufEntry, MIN_ENTRY_BYTES, readMetadata } from './metadata.ts';
import { ggufError } from './rules.ts';
import { type GgufTensor, MIN_TENSOR_BYTES, readTensors } from './tensors.ts';

/** What a GGUF file says of itself before its data begin. */
export interface GgufHeader {
  readonly version: 2 | 3;
  /** By key, in the file's order. */
  readonly metadata: ReadonlyMap<string, GgufEntry>;
  /** By name, in the file's order. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** Position in the file where the data begin; the tensors' `begin` and `end` count from here. */
  readonly dataStart: number;
}

const MAGIC = 0x46554747;
const FIRST_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 256 * 1024 * 1024;
const DEFAULT_ALIGNMENT = 32;

/**
 * Reads and validates the header of a GGUF file, of which nothing else is read.
 *
 * This is no wrapper of `@huggingface/gguf`, the reader that most use (0.4, alive and MIT): that one takes paths and URLs only, no source
 * of bytes; pads what is cut off with zeros and reads these; puts keys into a plain object, the later of two in place of the first;
 * replaces broken UTF-8 and drops byte order marks (one of Llama's tokens is nothing else); looks neither at where tensors lie nor at
 * their blocks; and brings 6 MB of another package. Hardening it would have been writing it again.
 *
 * Throws a `FormatError` with the broken {@link GgufRule}.
 */
export async function readGgufHeader(source: ByteSource): Promise<GgufHeader> {
  for (let size = Math.min(FIRST_BYTES, source.size); ; ) {
    try {
      return parseGguf(await source.read(0, size), source.size);
    } catch (error) {
      if (!(error instanceof MoreBytesNeeded)) throw error;
      if (error.bytes > MAX_HEADER_BYTES) {
        throw ggufError('header-too-large', `the header has more than ${MAX_HEADER_BYTES} bytes`);
      }
      // How long a header is nobody knows before it is read: each try reads twice as much, from the start.
      size = Math.min(Math.max(2 * size, error.bytes), source.size, MAX_HEADER_BYTES);
    }
  }
}

/** Parses the header in `bytes`, the beginning of a file of `fileSize` bytes. Throws `MoreNeeded` if it goes on after them. */
export function parseGguf(bytes: Uint8Array, fileSize: number): GgufHeader {
  const cursor = new GgufCursor(bytes, fileSize);
  const version = readVersion(cursor);
  const tensorCount = cursor.count('tensors', MIN_TENSOR_BYTES);
  const entryCount = cursor.count('entries of metadata', MIN_ENTRY_BYTES);
  const metadata = readMetadata(cursor, entryCount);
  const alignment = alignmentOf(metadata);
  const tensors = readTensors(cursor, tensorCount);
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  checkLayout(tensors, fileSize - dataStart, alignment);
  return { version, metadata, tensors, dataStart };
}

function readVersion(cursor: GgufCursor): 2 | 3 {
  const { view, at } = cursor.advance(4, 'the magic number');
  if (view.getUint32(at, true) !== MAGIC) throw ggufError('magic', 'the file does not begin with "GGUF"');
  const version = cursor.u32('the version');
  if (version === 2 || version === 3) return version;
  // Of a big-endian file the version's bytes are the other way round.
  if (version !== 0 && (version & 0xffff) === 0) {
    throw ggufError('big-endian', 'big-endian files cannot be read');
  }
  throw ggufError('version', `version ${version} cannot be read, 2 and 3 can`);
}

function alignmentOf(metadata: ReadonlyMap<string, GgufEntry>): number {
  const entry = metadata.get('general.alignment');
  if (!entry) return DEFAULT_ALIGNMENT;
  const { type, isArray, value } = entry;
  if (type === 'u32' && !isArray && typeof value === 'number' && Number.isInteger(Math.log2(value)))
    return value;
  throw ggufError(
    'invalid-alignment',
    `general.alignment must be a power of two of type u32, is ${isArray ? 'an array' : String(value)} of ${type}`,
  );
}
