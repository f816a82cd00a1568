/** A value of a GGUF file's metadata. */
export type GgufValue =
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly f32s: readonly number[] }
  | { readonly i32s: readonly number[] };

/** A tensor; `shape` in row-major order. */
export interface GgufTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly bytes: Uint8Array;
}

const ALIGNMENT = 32;

/** Writes a GGUF file, version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
export function encodeGguf(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
): Uint8Array<ArrayBuffer> {
  const head = new Writer();
  head.bytes(new TextEncoder().encode('GGUF'));
  head.u32(3);
  head.u64(tensors.length);
  head.u64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    head.text(key);
    writeValue(head, value);
  }
  let offset = 0;
  const offsets = tensors.map(({ bytes }) => {
    const at = offset;
    offset += Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
    return at;
  });
  for (const [i, { name, shape, type }] of tensors.entries()) {
    head.text(name);
    head.u32(shape.length);
    for (const size of shape.toReversed()) head.u64(size);
    head.u32(type);
    head.u64(offsets[i]!);
  }
  const start = Math.ceil(head.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(start + offset);
  file.set(head.done());
  for (const [i, { bytes }] of tensors.entries()) file.set(bytes, start + offsets[i]!);
  return file;
}

/** Types of values by GGUF's numbers. */
const types = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, array: 9 } as const;

function writeValue(out: Writer, value: GgufValue): void {
  const array = (type: number, length: number) => {
    out.u32(types.array);
    out.u32(type);
    out.u64(length);
  };
  if ('u32' in value) {
    out.u32(types.u32);
    out.u32(value.u32);
  } else if ('f32' in value) {
    out.u32(types.f32);
    out.f32(value.f32);
  } else if ('bool' in value) {
    out.u32(types.bool);
    out.bytes(Uint8Array.of(value.bool ? 1 : 0));
  } else if ('text' in value) {
    out.u32(types.text);
    out.text(value.text);
  } else if ('texts' in value) {
    array(types.text, value.texts.length);
    for (const text of value.texts) out.text(text);
  } else if ('f32s' in value) {
    array(types.f32, value.f32s.length);
    for (const number of value.f32s) out.f32(number);
  } else {
    array(types.i32, value.i32s.length);
    for (const number of value.i32s) out.u32(number);
  }
}

class Writer {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Also of negative integers, as two's complement. */
  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  f32(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  u64(value: number): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.length, BigInt(value), true);
    this.length += 8;
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u64(bytes.length);
    this.bytes(bytes);
  }

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const bytes = new Uint8Array(2 * (this.length + more));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
