import { ConfigError, ShapeError } from '../../errors.ts';
import { describeValue } from '../../options.ts';
import { bitsOf, isTensorDType } from '../dtypes.ts';
import type { TensorData, TensorInfo } from '../types.ts';

/**
 * Serializes tensors, in the given order, and string metadata as a safetensors file. The data are aligned to 8 bytes.
 *
 * Throws `ShapeError` if the number of bytes of a tensor does not match its shape and dtype, and `ConfigError` for what is no tensor or no string.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: TensorData]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const sizes: [string, TensorInfo][] = [];
  const list = listOf('the tensors', tensors);
  for (const entry of list) checkEntry(entry);
  const pairs = listOf('the metadata', metadata);
  const isText = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((one) => typeof one === 'string');
  if (!pairs.every(isText)) throw new ConfigError('writeSafetensors: the metadata must be pairs of strings');
  for (const [name, { dtype, shape, bytes }] of list) {
    const expected = bytesOf({ dtype, shape });
    if (bytes.byteLength !== expected) {
      throw new ShapeError(
        `writeSafetensors: ${name} of ${dtype} [${shape.join(', ')}] needs ${expected} bytes, got ${bytes.byteLength}`,
      );
    }
    sizes.push([name, { dtype, shape }]);
    parts.push(bytes);
  }
  const { header, size } = safetensorsHeader(sizes, pairs);
  const file = new Uint8Array(size);
  file.set(header);
  let offset = header.length;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.byteLength;
  }
  return file;
}

/** The bytes of a file before its tensors, and the size of the whole file, whose tensors follow one another in the given order. */
export function safetensorsHeader(
  tensors: Iterable<readonly [name: string, info: TensorInfo]>,
  metadata: Iterable<readonly [key: string, value: string]>,
): { readonly header: Uint8Array; readonly size: number } {
  const entries: [string, unknown][] = [];
  const metadataEntries = [...metadata];
  if (metadataEntries.length > 0) entries.push(['__metadata__', Object.fromEntries(metadataEntries)]);
  let end = 0;
  for (const [name, { dtype, shape }] of tensors) {
    const start = end;
    end += bytesOf({ dtype, shape });
    entries.push([name, { dtype, shape, data_offsets: [start, end] }]);
  }
  // Not via an object, which would treat the tensor name `__proto__` specially.
  const json = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
  const text = new TextEncoder().encode(`{${json}}`);
  const length = Math.ceil(text.byteLength / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return { header, size: header.length + end };
}

function bytesOf({ dtype, shape }: TensorInfo): number {
  return (shape.reduce((product, length) => product * length, 1) * bitsOf(dtype)) / 8;
}

/** Throws `ConfigError` for what is no tensor with a name, and for metadata that are not strings. */
function checkEntry(entry: unknown): void {
  const [name, tensor] = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
  const { dtype, shape, bytes } = (tensor ?? {}) as Partial<TensorData>;
  const isTensor =
    typeof name === 'string' &&
    typeof dtype === 'string' &&
    isTensorDType(dtype) &&
    Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    bytes instanceof Uint8Array;
  if (!isTensor)
    throw new ConfigError(
      `writeSafetensors: a tensor must be a name with a dtype, a shape and bytes, a Uint8Array; got ${describeValue(entry)}${typeof name === 'string' ? ` of the name ${name}` : ''}`,
    );
}

function listOf<T>(role: string, entries: Iterable<T>): T[] {
  if (typeof entries === 'object' && entries !== null && Symbol.iterator in entries) return [...entries];
  throw new ConfigError(`writeSafetensors: ${role} must be a list or a Map, got ${describeValue(entries)}`);
}
