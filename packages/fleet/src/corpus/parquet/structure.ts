/** Nesting of Parquet's own structures is 7 at most. */
const MAX_DEPTH = 32;

const [TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, STRUCT] = [1, 2, 3, 7, 8, 9, 12];

/**
 * Checks a structure in Thrift's compact protocol from `offset`: texts and lists are not longer than the bytes that follow, and structures end. The library
 * that reads it makes lists of the length that they say. Returns where it ends. Throws `RangeError`.
 */
export function checkStructure(view: DataView, offset: number): number {
  let at = offset;
  const byte = () => view.getUint8(at++);
  const left = () => view.byteLength - at;

  function varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      value += (next & 0x7f) * scale;
      if (!(next & 0x80)) return value;
      if (scale > 2 ** 63) throw new RangeError('a number of more than 64 bits');
    }
  }

  function element(type: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new RangeError(`more than ${MAX_DEPTH} structures in each other`);
    if (type === BYTE) at++;
    else if (type === DOUBLE) at += 8;
    else if (type >= 4 && type <= 6) varint();
    else if (type === BINARY) {
      const length = varint();
      if (length > left()) throw new RangeError(`a text of ${length} bytes with ${left()} left`);
      at += length;
    } else if (type === LIST) {
      const header = byte();
      const length = header >> 4 === 15 ? varint() : header >> 4;
      if (length > left()) throw new RangeError(`a list of ${length} values with ${left()} bytes left`);
      const of = header & 15;
      for (let i = 0; i < length; i++) element(of === TRUE || of === FALSE ? BYTE : of, depth + 1);
    } else if (type === STRUCT) struct(depth + 1);
    else if (type !== TRUE && type !== FALSE) throw new RangeError(`a value of type ${type}`);
  }

  function struct(depth: number): void {
    for (;;) {
      const header = byte();
      if ((header & 15) === 0) return;
      if (header >> 4 === 0) varint();
      element(header & 15, depth);
    }
  }

  struct(0);
  if (at > view.byteLength) throw new RangeError('a structure without an end');
  return at;
}
