import { type ByteSource, checkRange } from '../../platform/bytes.ts';
import { JsonError, type JsonObject, parseStrictJson } from './json.ts';
import { checkLayout } from './layout.ts';
import { safetensorsError } from './rules.ts';
import { parseTensor, type SafetensorsTensor } from './tensor.ts';

/** The parsed header of a safetensors file. */
export interface SafetensorsHeader {
  /** Tensors by name, in the order of the header. A map, so that names such as `__proto__` are safe. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  /** The strings of `__metadata__`, such as `format` → `pt`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Offset of the data in the file; the tensors' `begin` and `end` are relative to it. */
  readonly dataStart: number;
}

const PREFIX_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000;
const METADATA_KEY = '__metadata__';

/** See `checked.ts`, which checks its arguments and is public. */
export function parseSafetensors(file: Uint8Array): SafetensorsHeader {
  const length = headerLength(file.subarray(0, PREFIX_BYTES), file.byteLength);
  return parseHeader(file.subarray(PREFIX_BYTES, PREFIX_BYTES + length), file.byteLength);
}

/** See `checked.ts`. */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const prefix = await source.read(0, Math.min(PREFIX_BYTES, source.size));
  const length = headerLength(prefix, source.size);
  checkRange(PREFIX_BYTES, PREFIX_BYTES + length, source.size);
  return parseHeader(await source.read(PREFIX_BYTES, PREFIX_BYTES + length), source.size);
}

function headerLength(prefix: Uint8Array, fileSize: number): number {
  if (prefix.byteLength < PREFIX_BYTES) {
    throw safetensorsError(
      'header-too-small',
      `expected at least ${PREFIX_BYTES} bytes, the file has ${prefix.byteLength}`,
    );
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw safetensorsError(
      'header-too-large',
      `the header length is ${length} bytes, at most ${MAX_HEADER_BYTES} are allowed`,
    );
  }
  if (PREFIX_BYTES + Number(length) > fileSize) {
    throw safetensorsError(
      'header-past-end',
      `the header length is ${length} bytes, the file has only ${fileSize - PREFIX_BYTES} after the length field`,
    );
  }
  return Number(length);
}

function parseHeader(bytes: Uint8Array, fileSize: number): SafetensorsHeader {
  const dataStart = PREFIX_BYTES + bytes.byteLength;
  const entries = parseObject(decodeUtf8(bytes));
  const metadata = parseMetadata(entries);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, entry] of entries) {
    if (name !== METADATA_KEY) tensors.set(name, parseTensor(name, entry));
  }
  checkLayout(tensors, fileSize - dataStart);
  return { tensors, metadata, dataStart };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    // A byte order mark is an error: the header must begin with '{'.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw safetensorsError('header-not-utf8', 'the header is not valid UTF-8');
  }
}

/**
 * Parses the header as an object. The format allows trailing spaces as padding; trailing tabs and line ends are accepted
 * too, as in the reference implementation. Padding before the `{` is an error.
 */
function parseObject(text: string): JsonObject {
  if (text[0] !== '{') {
    const got = text.length === 0 ? 'an empty header' : JSON.stringify(text[0]);
    throw safetensorsError('header-start', `the header must begin with '{', got ${got}`);
  }
  try {
    return parseStrictJson(text) as JsonObject;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw error.kind === 'duplicate-key'
      ? safetensorsError('duplicate-key', `the header's ${error.message}`)
      : safetensorsError('header-not-json', `the header is not valid JSON: ${error.message}`);
  }
}

function parseMetadata(entries: JsonObject): Map<string, string> {
  const metadata = new Map<string, string>();
  const entry = entries.get(METADATA_KEY);
  if (entry === undefined) return metadata;
  if (!(entry instanceof Map)) {
    throw safetensorsError('invalid-metadata', `${METADATA_KEY} must be an object`);
  }
  for (const [key, value] of entry) {
    if (typeof value !== 'string') {
      throw safetensorsError('invalid-metadata', `${METADATA_KEY}[${JSON.stringify(key)}] must be a string`);
    }
    metadata.set(key, value);
  }
  return metadata;
}
