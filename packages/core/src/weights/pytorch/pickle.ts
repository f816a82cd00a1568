import { pytorchError } from './rules.ts';

/** A class or function that a pickle names. Nothing is called: only those in the reader's table have a meaning. */
export interface PickleGlobal {
  readonly global: string;
}

/** What a pickle refers to outside itself, such as the storage of a tensor. */
export interface PickleReference {
  readonly reference: unknown;
}

/** A tuple or a list. Dictionaries are `Map`s, integers numbers, None null. */
export type PickleList = unknown[];

/** Calls a global of the table with its arguments. */
export type PickleCall = (args: PickleList) => unknown;

const invalid = (what: string) => pytorchError('pickle-invalid', what);
const MARK = Symbol('mark');

/**
 * Reads a pickle that is made of dictionaries, tuples, numbers, strings and the globals in `calls`, and nothing else. It is no interpreter of Python:
 * an instruction or a global that a state dict does not need is an error. Time and memory are linear in the pickle's length.
 *
 * Throws `FormatError` with a `PyTorchRule`.
 */
export function readPickle(bytes: Uint8Array, calls: Readonly<Record<string, PickleCall>>): unknown {
  return new PickleReader(bytes, calls).read();
}

class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #calls: Readonly<Record<string, PickleCall>>;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;

  constructor(bytes: Uint8Array, calls: Readonly<Record<string, PickleCall>>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#calls = calls;
  }

  read(): unknown {
    for (;;) {
      const at = this.#at;
      const opcode = String.fromCharCode(this.#u8());
      if (opcode === '.') return this.#pop();
      if (!this.#step(opcode)) {
        throw pytorchError(
          'pickle-opcode',
          `instruction ${JSON.stringify(opcode)} at byte ${at} is not one of tensors`,
        );
      }
    }
  }

  /** Runs one instruction (Python's pickletools has their names). Returns false for one that is not supported. */
  #step(opcode: string): boolean {
    switch (opcode) {
      case '\x80': // PROTO
        return this.#u8() <= 5;
      case '\x95': // FRAME
        this.#skip(8);
        return true;
      case '(':
        return this.#push(MARK);
      case '}':
        return this.#push(new Map());
      case ']':
      case ')':
        return this.#push([]);
      case 't':
        return this.#push(this.#popMark());
      case '\x85':
      case '\x86':
      case '\x87':
        return this.#push(this.#popCount(opcode.charCodeAt(0) - 0x84));
      case 'a':
        return this.#append([this.#pop()]);
      case 'e':
        return this.#append(this.#popMark());
      case 's':
        return this.#setItems(this.#popCount(2));
      case 'u':
        return this.#setItems(this.#popMark());
      case 'R':
        return this.#call();
      case 'b': // BUILD: the attributes of an object, such as _metadata of a state dict
        this.#pop();
        return true;
      case 'c':
        return this.#push({ global: `${this.#line()}.${this.#line()}` } satisfies PickleGlobal);
      case '\x93': {
        const [module, name] = this.#popCount(2);
        const path =
          typeof module === 'string' && typeof name === 'string'
            ? `${module}.${name}`
            : 'an unnamed function';
        return this.#push({ global: path } satisfies PickleGlobal);
      }
      case 'Q':
        return this.#push({ reference: this.#pop() } satisfies PickleReference);
      default:
        return this.#value(opcode) || this.#memory(opcode);
    }
  }

  #value(opcode: string): boolean {
    switch (opcode) {
      case 'N':
        return this.#push(null);
      case '\x88':
        return this.#push(true);
      case '\x89':
        return this.#push(false);
      case 'K':
        return this.#push(this.#u8());
      case 'M':
        return this.#push(this.#u16());
      case 'J':
        return this.#push(this.#view.getInt32(this.#skip(4), true));
      case '\x8a':
        return this.#push(this.#long(this.#u8()));
      case 'G':
        return this.#push(this.#view.getFloat64(this.#skip(8), false));
      case 'X':
        return this.#push(this.#text(this.#u32()));
      case '\x8c':
      case 'U':
        return this.#push(this.#text(this.#u8()));
      case 'T':
        return this.#push(this.#text(this.#u32()));
      default:
        return false;
    }
  }

  #memory(opcode: string): boolean {
    switch (opcode) {
      case 'q':
        return this.#remember(this.#u8());
      case 'r':
        return this.#remember(this.#u32());
      case '\x94':
        return this.#remember(this.#memo.size);
      case 'h':
        return this.#recall(this.#u8());
      case 'j':
        return this.#recall(this.#u32());
      default:
        return false;
    }
  }

  #remember(index: number): true {
    const top = this.#pop();
    this.#memo.set(index, top);
    return this.#push(top);
  }

  #recall(index: number): true {
    if (!this.#memo.has(index)) throw invalid(`the memo has no value ${index}`);
    return this.#push(this.#memo.get(index));
  }

  #call(): true {
    const [callee, args] = this.#popCount(2);
    const name = (callee as Partial<PickleGlobal> | null)?.global;
    if (typeof name !== 'string' || !Array.isArray(args)) throw invalid('a call has no name or no arguments');
    if (!Object.hasOwn(this.#calls, name)) {
      throw pytorchError(
        'pickle-global',
        `the pickle calls ${name}, which is code and not a tensor; only ${Object.keys(this.#calls).join(', ')} are read`,
      );
    }
    return this.#push(this.#calls[name]!(args));
  }

  #append(items: PickleList): true {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw invalid('a value is appended to something other than a list');
    for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: PickleList): true {
    const map = this.#stack.at(-1);
    if (!(map instanceof Map) || items.length % 2 !== 0)
      throw invalid('items are set of something other than a dictionary');
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
    return true;
  }

  #push(value: unknown): true {
    this.#stack.push(value);
    return true;
  }

  #pop(): unknown {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw invalid('the stack is empty');
    return value;
  }

  #popCount(count: number): PickleList {
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) values.unshift(this.#pop());
    return values;
  }

  #popMark(): PickleList {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw invalid('there is no mark');
    const values = this.#stack.splice(at + 1);
    this.#stack.pop();
    return values;
  }

  #skip(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw invalid('the pickle ends early');
    this.#at += size;
    return at;
  }

  #u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  #u16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  #u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  /** A little-endian integer in two's complement. */
  #long(size: number): number {
    const start = this.#skip(size);
    if (size > 8) throw invalid(`an integer has ${size} bytes`);
    let value = 0n;
    for (let i = 0; i < size; i++) value |= BigInt(this.#bytes[start + i]!) << BigInt(8 * i);
    const signed = Number(BigInt.asIntN(8 * size, value));
    if (!Number.isSafeInteger(signed)) throw invalid('an integer is too large');
    return signed;
  }

  #text(size: number): string {
    const start = this.#skip(size);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + size));
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw invalid('the pickle ends early');
    const start = this.#skip(end + 1 - this.#at);
    return new TextDecoder().decode(this.#bytes.subarray(start, end));
  }
}
