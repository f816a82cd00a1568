import { ConfigError } from '../../errors.ts';
import { describeValue } from '../../options.ts';
import type { ByteSource } from '../../platform/bytes.ts';
import {
  parseSafetensors as parseFile,
  readSafetensorsHeader as readHeader,
  type SafetensorsHeader,
} from './header.ts';

/**
 * Parses and validates the header of a safetensors file in memory. Never reads outside `file`.
 *
 * Throws `FormatError` with the broken `SafetensorsRule`.
 */
export function parseSafetensors(file: Uint8Array): SafetensorsHeader {
  if (file instanceof Uint8Array) return parseFile(file);
  throw new ConfigError(`safetensors: expected a Uint8Array, got ${describeValue(file)}`);
}

/** As {@link parseSafetensors}, for a byte source. Reads only the header. */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
  if (typeof source?.read === 'function' && typeof source.size === 'number') return readHeader(source);
  throw new ConfigError(
    `safetensors: expected a source of bytes with size and read, got ${describeValue(source)}`,
  );
}
