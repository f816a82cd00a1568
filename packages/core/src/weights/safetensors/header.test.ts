import { describe, expect, it } from 'vitest';
import { fileOf, randomNumbers } from '../../../test/helpers/safetensors.ts';
import { FormatError } from '../../errors.ts';
import { memorySource } from '../../platform/bytes.ts';
import { tensorDTypes } from '../dtypes.ts';
import { parseSafetensors, readSafetensorsHeader } from './header.ts';
import type { SafetensorsRule } from './rules.ts';

/** A tensor entry; by default four F32 values at the start of the data. */
const entry = (overrides: object = {}) => ({ dtype: 'F32', shape: [4], data_offsets: [0, 16], ...overrides });
const one = (overrides: object) => fileOf({ a: entry(overrides) }, 16);
const at = (begin: number, end: number) => entry({ shape: [(end - begin) / 4], data_offsets: [begin, end] });
/** A file with 16 bytes of data and one tensor with these fields as raw JSON. */
const raw = (fields: string) => fileOf(`{"a":{${fields}}}`, 16);
const withLength = (length: bigint, size = 64) => {
  const file = new Uint8Array(size);
  new DataView(file.buffer).setBigUint64(0, length, true);
  return file;
};

const malformed: readonly (readonly [SafetensorsRule, string, Uint8Array])[] = [
  ['header-too-small', 'an empty file', new Uint8Array(0)],
  ['header-too-small', 'seven bytes', new Uint8Array(7)],
  ['header-too-large', 'a header of 100,000,001 bytes', withLength(100_000_001n)],
  ['header-too-large', 'a header length of 2^64 - 1', withLength(2n ** 64n - 1n)],
  ['header-too-large', 'a header length whose low 32 bits are small', withLength(2n ** 32n + 10n)],
  ['header-past-end', 'a truncated header', fileOf({ a: entry() }, 16).subarray(0, 40)],
  ['header-past-end', 'a header one byte longer than the file', withLength(57n)],
  ['header-past-end', 'only the length', withLength(1n, 8)],
  ['header-not-utf8', 'an invalid byte', fileOf(new Uint8Array([0x7b, 0xff, 0x7d]))],
  [
    'header-not-utf8',
    'an incomplete character',
    fileOf(new Uint8Array([0x7b, 0x22, 0xed, 0x95, 0x22, 0x7d])),
  ],
  ['header-not-utf8', 'an encoded surrogate', fileOf(new Uint8Array([0x7b, 0xed, 0xa0, 0x80, 0x7d]))],
  ['header-start', 'an empty header', fileOf('')],
  ['header-start', 'padding before the header', fileOf(' {}')],
  ['header-start', 'a byte order mark', fileOf('\u{feff}{}')],
  ['header-start', 'a list', fileOf('[]')],
  ['header-start', 'a string', fileOf('"{}"')],
  ['header-not-json', 'an unterminated object', fileOf('{')],
  ['header-not-json', 'a trailing comma', fileOf('{"__metadata__":{},}')],
  ['header-not-json', 'single quotes', fileOf("{'a':1}")],
  ['header-not-json', 'text after the object', fileOf('{}{}')],
  ['header-not-json', 'zero bytes as padding', fileOf('{}\0\0')],
  ['header-not-json', 'a comment', fileOf('{/* */}')],
  ['header-not-json', 'a line end within a string', fileOf('{"a\n":1}')],
  ['header-not-json', 'an unknown escape', fileOf('{"\\x61":1}')],
  ['header-not-json', 'a lone surrogate', fileOf('{"__metadata__":{"a":"\\ud800"}}')],
  ['header-not-json', 'a leading zero', raw('"dtype":"F32","shape":[04],"data_offsets":[0,16]')],
  ['header-not-json', 'NaN', raw('"dtype":"F32","shape":[NaN],"data_offsets":[0,16]')],
  ['header-not-json', 'unlimited nesting', fileOf(`{"a":${'['.repeat(100_000)}`)],
  [
    'duplicate-key',
    'two tensors of one name',
    fileOf(`{"a":${JSON.stringify(entry())},"a":${JSON.stringify(entry())}}`, 16),
  ],
  [
    'duplicate-key',
    'one name, once with an escape',
    fileOf(`{"a":${JSON.stringify(entry())},"\\u0061":1}`, 16),
  ],
  [
    'duplicate-key',
    'a field given twice',
    raw('"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]'),
  ],
  ['duplicate-key', 'metadata given twice', fileOf('{"__metadata__":{},"__metadata__":{}}')],
  ['duplicate-key', 'a metadata key given twice', fileOf('{"__metadata__":{"a":"1","a":"2"}}')],
  ['invalid-metadata', 'metadata that is a list', fileOf({ __metadata__: [] })],
  ['invalid-metadata', 'metadata that is null', fileOf({ __metadata__: null })],
  ['invalid-metadata', 'a number in the metadata', fileOf({ __metadata__: { version: 1 } })],
  ['invalid-metadata', 'an object in the metadata', fileOf({ __metadata__: { a: {} } })],
  ['invalid-tensor', 'a tensor that is null', fileOf({ a: null })],
  ['invalid-tensor', 'a tensor that is a list', fileOf({ a: ['F32', [4], [0, 16]] }, 16)],
  ['missing-field', 'no dtype', fileOf({ a: { shape: [4], data_offsets: [0, 16] } }, 16)],
  ['missing-field', 'no shape', fileOf({ a: { dtype: 'F32', data_offsets: [0, 16] } }, 16)],
  ['missing-field', 'no offsets', fileOf({ a: { dtype: 'F32', shape: [4] } }, 16)],
  ['unknown-field', 'an unknown field', one({ strides: [4] })],
  ['invalid-dtype', 'a dtype that is a number', one({ dtype: 32 })],
  ['unknown-dtype', 'a dtype that does not exist', one({ dtype: 'F33' })],
  ['unknown-dtype', 'a dtype in lower case', one({ dtype: 'f32' })],
  ['unknown-dtype', 'a dtype named like a property of Object.prototype', one({ dtype: 'constructor' })],
  ['invalid-shape', 'a shape that is a number', one({ shape: 4 })],
  ['invalid-shape', 'a negative size', one({ shape: [-4] })],
  ['invalid-shape', 'sizes whose signs cancel out', one({ shape: [-2, -2] })],
  ['invalid-shape', 'a size with a fraction', one({ shape: [1.5] })],
  ['invalid-shape', 'a size that is a string', one({ shape: ['4'] })],
  ['invalid-shape', 'a nested shape', one({ shape: [[4]] })],
  ['invalid-shape', 'a size written as 4.0', raw('"dtype":"F32","shape":[4.0],"data_offsets":[0,16]')],
  ['invalid-shape', 'a size written as 4e0', raw('"dtype":"F32","shape":[4e0],"data_offsets":[0,16]')],
  ['invalid-shape', 'a size of minus zero', raw('"dtype":"F32","shape":[-0],"data_offsets":[0,0]')],
  ['invalid-offsets', 'offsets that are an object', one({ data_offsets: { begin: 0, end: 16 } })],
  ['invalid-offsets', 'one offset', one({ data_offsets: [0] })],
  ['invalid-offsets', 'three offsets', one({ data_offsets: [0, 8, 16] })],
  ['invalid-offsets', 'a negative offset', one({ data_offsets: [-16, 0] })],
  ['invalid-offsets', 'an offset with a fraction', one({ data_offsets: [0.5, 16.5] })],
  ['invalid-offsets', 'an offset that is null', one({ data_offsets: [0, null] })],
  ['size-overflow', 'a size beyond exact integers', one({ shape: [2 ** 60] })],
  ['size-overflow', 'sizes whose product wraps around to 4', one({ shape: [2 ** 32 + 1, 2 ** 32 + 4] })],
  ['size-overflow', 'bytes beyond exact integers', one({ shape: [2 ** 52] })],
  [
    'size-overflow',
    'a product beyond 64 bits, zero in the end',
    one({ shape: [2 ** 50, 2 ** 50, 0], data_offsets: [0, 0] }),
  ],
  [
    'misaligned',
    'three elements of four bits',
    fileOf({ a: { dtype: 'F4', shape: [3], data_offsets: [0, 1] } }, 1),
  ],
  [
    'misaligned',
    'one element of six bits',
    fileOf({ a: { dtype: 'F6_E2M3', shape: [1], data_offsets: [0, 1] } }, 1),
  ],
  ['offsets-unordered', 'a tensor that ends before it begins', one({ data_offsets: [16, 0] })],
  ['offsets-past-end', 'truncated data', fileOf({ a: entry() }, 15)],
  ['offsets-past-end', 'a second tensor past the end', fileOf({ a: at(0, 16), b: at(16, 32) }, 16)],
  [
    'offsets-past-end',
    'offsets beyond exact integers',
    raw('"dtype":"U8","shape":[0],"data_offsets":[18446744073709551615,18446744073709551615]'),
  ],
  ['offsets-start', 'a first tensor at offset 4', fileOf({ a: at(4, 20) }, 20)],
  ['offsets-overlap', 'two tensors at one offset', fileOf({ a: at(0, 16), b: at(0, 16) }, 16)],
  ['offsets-overlap', 'two tensors that share four bytes', fileOf({ a: at(0, 16), b: at(12, 28) }, 28)],
  ['offsets-overlap', 'a tensor within another', fileOf({ a: at(0, 16), b: at(4, 8) }, 16)],
  ['offsets-hole', 'a gap between tensors', fileOf({ a: at(0, 16), b: at(20, 36) }, 36)],
  ['offsets-hole', 'an empty tensor in a gap', fileOf({ a: at(0, 4), b: at(8, 8), c: at(8, 12) }, 12)],
  ['size-mismatch', 'fewer bytes than the shape needs', one({ shape: [5] })],
  ['size-mismatch', 'more bytes than the shape needs', one({ shape: [3] })],
  ['size-mismatch', 'another dtype than the bytes', one({ dtype: 'F16' })],
  ['size-mismatch', 'no shape for 16 bytes', one({ shape: [] })],
  ['trailing-bytes', 'a byte after the last tensor', fileOf({ a: entry() }, 17)],
  ['trailing-bytes', 'data without tensors', fileOf('{}', 1)],
];

describe('parseSafetensors with an invalid file', () => {
  it.each(malformed)('throws %s for %s', async (rule, _, file) => {
    expect(ruleOf(() => parseSafetensors(file))).toBe(rule);
    await expect(readSafetensorsHeader(memorySource(file))).rejects.toMatchObject({
      name: 'FormatError',
      rule,
    });
  });

  it('throws with a message that has the expected and the actual value', () => {
    expect(() => parseSafetensors(one({ shape: [5] }))).toThrow(
      'safetensors: tensor "a" has 16 bytes, F32 [5] needs 20 (size-mismatch)',
    );
    expect(() => parseSafetensors(fileOf(''))).toThrow("must begin with '{', got an empty header");
    expect(() => parseSafetensors(fileOf('['))).toThrow(`must begin with '{', got "["`);
  });
});

describe('parseSafetensors with a valid file', () => {
  const accepted: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
    ['no tensors', fileOf('{}'), []],
    ['one tensor', fileOf({ a: entry() }, 16), ['a']],
    ['tensors in another order than their data', fileOf({ b: at(16, 20), a: at(0, 16) }, 20), ['b', 'a']],
    ['spaces after the header', fileOf(`${JSON.stringify({ a: entry() })}    `, 16), ['a']],
    [
      'line ends within and after the header',
      fileOf(`${JSON.stringify({ a: entry() }, null, 2)}\r\n\t`, 16),
      ['a'],
    ],
    ['a scalar', fileOf({ a: entry({ shape: [], data_offsets: [0, 4] }) }, 4), ['a']],
    ['an empty tensor', fileOf({ a: entry({ shape: [2, 0], data_offsets: [0, 0] }) }), ['a']],
    [
      'empty tensors before, between and after others',
      fileOf({ a: at(0, 0), b: at(0, 4), c: at(4, 4), d: at(4, 8), e: at(8, 8) }, 8),
      ['a', 'b', 'c', 'd', 'e'],
    ],
    [
      'elements of four bits in whole bytes',
      fileOf({ a: { dtype: 'F4', shape: [2], data_offsets: [0, 1] } }, 1),
      ['a'],
    ],
    ['an empty name', fileOf({ '': entry() }, 16), ['']],
    [
      'a name with escapes',
      fileOf('{"\\"\\ud55c\\n":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
      ['"한\n'],
    ],
  ];

  it.each(accepted)('accepts %s', async (_, file, names) => {
    expect([...parseSafetensors(file).tensors.keys()]).toEqual(names);
    expect([...(await readSafetensorsHeader(memorySource(file))).tensors.keys()]).toEqual(names);
  });

  it.each(tensorDTypes)('accepts a tensor of %s', (dtype) => {
    const bits =
      { F4: 4, F6_E2M3: 6, F6_E3M2: 6 }[dtype as string] ?? Number(/^[A-Z]+(\d+)/.exec(dtype)?.[1] ?? 8);
    const file = fileOf({ a: { dtype, shape: [4], data_offsets: [0, bits / 2] } }, bits / 2);
    expect(parseSafetensors(file).tensors.get('a')?.dtype).toBe(dtype);
  });

  it('returns metadata, offsets and the start of the data', () => {
    const file = fileOf({ __metadata__: { format: 'pt' }, a: at(0, 8), b: at(8, 12) }, 12);
    const header = parseSafetensors(file);
    expect([...header.metadata]).toEqual([['format', 'pt']]);
    expect(header.dataStart).toBe(file.length - 12);
    expect(header.tensors.get('b')).toEqual({ dtype: 'F32', shape: [1], begin: 8, end: 12 });
  });

  it('accepts tensors named like properties of Object.prototype', () => {
    const file = fileOf(
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"constructor":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
      2,
    );
    const { tensors } = parseSafetensors(file);
    expect([...tensors.keys()]).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(tensors)).toBe(Map.prototype);
    expect('dtype' in {}).toBe(false);
  });

  it('accepts a file at any offset of its buffer', () => {
    const file = fileOf({ a: entry() }, 16);
    const buffer = new Uint8Array(file.length + 3);
    buffer.set(file, 3);
    expect([...parseSafetensors(buffer.subarray(3)).tensors.keys()]).toEqual(['a']);
  });
});

describe('parseSafetensors with a corrupted file', () => {
  const whole = fileOf(
    { __metadata__: { format: 'pt' }, 'layer.weight': at(0, 48), 'layer.bias': at(48, 64) },
    64,
  );

  it('throws FormatError when the file is truncated at any byte', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(ruleOf(() => parseSafetensors(whole.subarray(0, length)))).toBeDefined();
    }
  });

  it('throws FormatError or returns tensors within bounds when random bytes are changed', async () => {
    const random = randomNumbers(20_240_607);
    let rejected = 0;
    for (let round = 0; round < 20_000; round++) {
      const file = whole.slice(0, random() % 4 === 0 ? random() % (whole.length + 1) : whole.length);
      for (let flips = random() % 4; flips >= 0 && file.length > 0; flips--) {
        // Half of the changes are JSON characters, which reach more of the parser than random bytes.
        const byte = random() % 2 ? random() % 256 : '{}[]",:0123456789.eE-\\u "'.charCodeAt(random() % 25);
        // Only the header is changed: the data are not parsed.
        file[random() % Math.min(file.length, whole.length - 64)] = byte;
      }
      try {
        const { tensors, dataStart } = parseSafetensors(file);
        for (const { begin, end } of tensors.values()) {
          expect(begin).toBeGreaterThanOrEqual(0);
          expect(dataStart + end).toBeLessThanOrEqual(file.length);
        }
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        rejected++;
      }
    }
    expect(rejected).toBeGreaterThan(15_000);
  });

  it('never reads outside the file', async () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 2_000; round++) {
      const file = whole.slice(0, random() % (whole.length + 1));
      if (file.length > 0) file[random() % file.length] = random() % 256;
      const source = {
        size: file.length,
        async read(from: number, to: number) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeGreaterThanOrEqual(from);
          expect(to).toBeLessThanOrEqual(file.length);
          return file.subarray(from, to);
        },
      };
      await readSafetensorsHeader(source).catch((error) => expect(error).toBeInstanceOf(FormatError));
    }
  });

  it('throws FormatError for unterminated headers of several megabytes', () => {
    expect(ruleOf(() => parseSafetensors(fileOf(`{"${'a'.repeat(8_000_000)}`)))).toBe('header-not-json');
    expect(ruleOf(() => parseSafetensors(fileOf(`{${' '.repeat(8_000_000)}`)))).toBe('header-not-json');
    expect(ruleOf(() => parseSafetensors(fileOf(`{"a":${'1'.repeat(8_000_000)}}`)))).toBe('header-not-json');
  });
});

function ruleOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof FormatError) return error.rule;
    throw error;
  }
  return undefined;
}
