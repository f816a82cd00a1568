import { ShapeError } from '../../errors.ts';
import { bitsOf } from '../dtypes.ts';
import type { TensorData } from '../types.ts';

/**
 * Serializes tensors, in the given order, and string metadata as a safetensors file. The data are aligned to 8 bytes.
 *
 * Throws `ShapeError` if the number of bytes of a tensor does not match its shape and dtype.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: TensorData]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const header: [string, unknown][] = [];
  const metadataEntries = [...metadata];
  if (metadataEntries.length > 0) header.push(['__metadata__', Object.fromEntries(metadataEntries)]);
  let size = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    const expected = (shape.reduce((product, length) => product * length, 1) * bitsOf(dtype)) / 8;
    if (bytes.byteLength !== expected) {
      throw new ShapeError(
        `writeSafetensors: ${name} of ${dtype} [${shape.join(', ')}] needs ${expected} bytes, got ${bytes.byteLength}`,
      );
    }
    header.push([name, { dtype, shape, data_offsets: [size, size + bytes.byteLength] }]);
    parts.push(bytes);
    size += bytes.byteLength;
  }
  // Not via an object, which would treat the tensor name `__proto__` specially.
  const json = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
  const text = new TextEncoder().encode(`{${json}}`);
  const length = Math.ceil(text.byteLength / 8) * 8;
  const file = new Uint8Array(8 + length + size).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let offset = 8 + length;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.byteLength;
  }
  return file;
}
