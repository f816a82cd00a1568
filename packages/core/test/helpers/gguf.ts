/** Valid and invalid GGUF files for tests. */

export const VALUE_TYPES = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  string: 8,
  array: 9,
  u64: 10,
  i64: 11,
  f64: 12,
} as const;
type ScalarType = Exclude<keyof typeof VALUE_TYPES, 'array'>;

export const TENSOR_TYPES = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q8_0: 8,
  Q2_K: 10,
  Q4_K: 12,
  Q6_K: 14,
  BF16: 30,
} as const;

export type TestScalar = number | bigint | string | boolean;
export interface TestValue {
  readonly type: ScalarType;
  readonly value: TestScalar | readonly TestScalar[];
}

export interface TestGgufTensor {
  readonly name: string | Uint8Array;
  /** In the order of the file: row length first. */
  readonly sizes: readonly (number | bigint)[];
  readonly type: number;
  readonly offset: number | bigint;
}

/** Serializes GGUF values. */
export class GgufWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  u32(value: number): this {
    return this.scalar('u32', value);
  }

  u64(value: number | bigint): this {
    return this.scalar('u64', value);
  }

  text(text: string | Uint8Array): this {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    return this.u64(bytes.length).raw(bytes);
  }

  scalar(type: ScalarType, value: TestScalar): this {
    if (type === 'string') return this.text(String(value));
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    const size = writeNumber(view, type, value);
    return this.raw(bytes.subarray(0, size));
  }

  value({ type, value }: TestValue): this {
    if (!Array.isArray(value)) return this.u32(VALUE_TYPES[type]).scalar(type, value as TestScalar);
    this.u32(VALUE_TYPES.array).u32(VALUE_TYPES[type]).u64(value.length);
    for (const element of value) this.scalar(type, element);
    return this;
  }

  tensor({ name, sizes, type, offset }: TestGgufTensor): this {
    this.text(name).u32(sizes.length);
    for (const size of sizes) this.u64(size);
    return this.u32(type).u64(offset);
  }

  /** Pads with zeros to a multiple of `multiple` bytes. */
  pad(multiple: number): this {
    return this.raw(new Uint8Array((multiple - (this.length % multiple)) % multiple));
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const bytes = new Uint8Array(2 * (this.#length + more));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

/** Writes a number and returns its size in bytes. */
function writeNumber(view: DataView, type: Exclude<ScalarType, 'string'>, value: TestScalar): number {
  switch (type) {
    case 'u64':
    case 'i64':
      view.setBigInt64(0, BigInt(value), true);
      return 8;
    case 'f64':
      view.setFloat64(0, Number(value), true);
      return 8;
    case 'f32':
      view.setFloat32(0, Number(value), true);
      return 4;
    default:
      // The low bytes of a 32-bit integer are the smaller integer.
      view.setUint32(0, Number(value), true);
      return { u8: 1, i8: 1, bool: 1, u16: 2, i16: 2, u32: 4, i32: 4 }[type];
  }
}

/** The start of a file: magic number, version and counts. */
export function ggufStart(tensors: number | bigint, entries: number | bigint, version = 3): GgufWriter {
  return new GgufWriter().raw(new TextEncoder().encode('GGUF')).u32(version).u64(tensors).u64(entries);
}

/** A file with metadata, tensor entries and data; a number gives that many zero bytes. */
export function ggufOf(
  metadata: readonly (readonly [key: string | Uint8Array, value: TestValue])[],
  tensors: readonly TestGgufTensor[],
  data: Uint8Array | number = 0,
  { alignment = 32, version = 3 } = {},
): Uint8Array<ArrayBuffer> {
  const file = ggufStart(tensors.length, metadata.length, version);
  for (const [key, value] of metadata) file.text(key).value(value);
  for (const tensor of tensors) file.tensor(tensor);
  return file
    .pad(alignment)
    .raw(typeof data === 'number' ? new Uint8Array(data) : data)
    .done();
}

/** A valid file with tensors given by row-major shape and bytes. */
export function ggufFile(
  metadata: Readonly<Record<string, TestValue>>,
  tensors: Readonly<Record<string, { type: number; shape: readonly number[]; bytes: Uint8Array }>>,
): Uint8Array<ArrayBuffer> {
  const data = new GgufWriter();
  const infos = Object.entries(tensors).map(([name, { type, shape, bytes }]): TestGgufTensor => {
    const offset = data.length;
    data.raw(bytes).pad(32);
    return { name, sizes: [...shape].reverse(), type, offset };
  });
  return ggufOf(Object.entries(metadata), infos, data.done());
}
