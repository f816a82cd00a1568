import { ShapeError } from '../../errors.ts';
import { bitsOf } from '../dtypes.ts';
import type { TensorData } from '../types.ts';

/**
 * A safetensors file with these tensors, in their order, and free text as metadata. The data begin at a multiple of 8 bytes. Throws
 * `ShapeError` if a tensor's bytes are not as many as its dtype and shape say.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: TensorData]>,
  metadata: Iterable<readonly [key: string, value: string]> = [],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const header: [string, unknown][] = [];
  const notes = [...metadata];
  if (notes.length > 0) header.push(['__metadata__', Object.fromEntries(notes)]);
  let size = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    const expected = (shape.reduce((product, length) => product * length, 1) * bitsOf(dtype)) / 8;
    if (bytes.byteLength !== expected) {
      throw new ShapeError(
        `writeSafetensors: ${name} of ${dtype} [${shape.join(', ')}] has ${expected} bytes, got ${bytes.byteLength}`,
      );
    }
    header.push([name, { dtype, shape, data_offsets: [size, size + bytes.byteLength] }]);
    parts.push(bytes);
    size += bytes.byteLength;
  }
  // Not through an object: a tensor may have any name, `__proto__` among them.
  const json = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
  const text = new TextEncoder().encode(`{${json}}`);
  const length = Math.ceil(text.byteLength / 8) * 8;
  const file = new Uint8Array(8 + length + size).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let at = 8 + length;
  for (const part of parts) {
    file.set(part, at);
    at += part.byteLength;
  }
  return file;
}
