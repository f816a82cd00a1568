import { writeSafetensors } from '@headwise/core';

type Weights = ReadonlyMap<string, Float32Array>;
type Shapes = ReadonlyMap<string, readonly number[]>;

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Writes f32 tensors as a safetensors file, in the order of `shapes`. */
export function safetensors(weights: Weights, shapes: Shapes): Uint8Array<ArrayBuffer> {
  return writeSafetensors(
    [...shapes].map(([name, shape]) => [name, { dtype: 'F32', shape, bytes: bytesOf(weights.get(name)!) }]),
  );
}

/**
 * The same file as a byte source that is not held in memory: half a billion weights that are views of shared numbers would take 2 GB. A read
 * must lie within the header or one tensor.
 */
export function safetensorsSource(
  weights: Weights,
  shapes: Shapes,
): { readonly size: number; read(from: number, to: number): Promise<Uint8Array> } {
  let size = 0;
  const tensors = [...shapes].map(([name, shape]) => {
    const start = size;
    size += 4 * shape.reduce((product, dim) => product * dim, 1);
    return { name, shape, start, end: size };
  });
  const entries = tensors.map(({ name, shape, start, end }) => {
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  // Padding aligns the values to 8 bytes.
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const header = new Uint8Array(8 + text.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(text.length), true);
  header.set(text, 8);
  return {
    size: header.length + size,
    async read(from, to) {
      if (to <= header.length) return header.subarray(from, to);
      const [start, end] = [from - header.length, to - header.length];
      const tensor = tensors.find((each) => start >= each.start && end <= each.end);
      if (!tensor) throw new RangeError(`safetensors: bytes ${from} to ${to} span more than one tensor`);
      const bytes = bytesOf(weights.get(tensor.name)!).subarray(start - tensor.start, end - tensor.start);
      // A view that fills its buffer would be transferred to a worker, but other engines read the same weights.
      return bytes.byteLength < bytes.buffer.byteLength ? bytes : bytes.slice();
    },
  };
}
