/** A safetensors file's beginning, and where each tensor's values lie after it. */
interface Header {
  /** The header's length, and the header. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly tensors: readonly { readonly name: string; readonly start: number; readonly end: number }[];
  /** Bytes of the whole file. */
  readonly size: number;
}

/** The beginning of a safetensors file of f32 tensors, their values one after another in this order. */
function header(shapes: ReadonlyMap<string, readonly number[]>): Header {
  let end = 0;
  const entries = [...shapes].map(([name, shape]) => {
    const start = end;
    end += 4 * shape.reduce((product, dim) => product * dim, 1);
    return { name, shape, start, end };
  });
  const json = JSON.stringify(
    Object.fromEntries(
      entries.map(({ name, shape, ...at }) => [
        name,
        { dtype: 'F32', shape, data_offsets: [at.start, at.end] },
      ]),
    ),
  );
  // Spaces up to a multiple of 8, so that the values are aligned in the file.
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const bytes = new Uint8Array(8 + text.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  const tensors = entries.map(({ name, start, end }) => {
    return { name, start: bytes.length + start, end: bytes.length + end };
  });
  return { bytes, tensors, size: bytes.length + end };
}

/** Writes f32 tensors as a safetensors file: the header's length, the header, the values one after another. */
export function safetensors(
  weights: ReadonlyMap<string, Float32Array>,
  shapes: ReadonlyMap<string, readonly number[]>,
): Uint8Array<ArrayBuffer> {
  const { bytes, tensors, size } = header(shapes);
  const file = new Uint8Array(size);
  file.set(bytes);
  for (const { name, start } of tensors) file.set(bytesOf(weights.get(name)!), start);
  return file;
}

/**
 * The same file, as something to read from that never lies in memory as a whole: half a billion weights that share their numbers would
 * be 2 GB. A read is of the beginning or of one tensor.
 */
export function safetensorsSource(
  weights: ReadonlyMap<string, Float32Array>,
  shapes: ReadonlyMap<string, readonly number[]>,
): { readonly size: number; read(from: number, to: number): Promise<Uint8Array> } {
  const { bytes, tensors, size } = header(shapes);
  return {
    size,
    async read(from, to) {
      if (to <= bytes.length) return bytes.subarray(from, to);
      const tensor = tensors.find(({ start, end }) => from >= start && to <= end);
      if (!tensor) throw new RangeError(`safetensors: bytes ${from} to ${to} are of more than one tensor`);
      const read = bytesOf(weights.get(tensor.name)!).subarray(from - tensor.start, to - tensor.start);
      // A buffer that holds nothing else would be moved to the worker that asks for it, and other engines have the same weights.
      return read.byteLength < read.buffer.byteLength ? read : read.slice();
    },
  };
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
