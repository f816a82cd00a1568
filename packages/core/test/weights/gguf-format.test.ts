import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { memorySource } from '../../src/platform/bytes.ts';
import { type GgufRule, readGgufHeader } from '../../src/weights/gguf/index.ts';
import {
  GgufWriter,
  ggufOf,
  ggufStart,
  TENSOR_TYPES,
  type TestGgufTensor,
  type TestScalar,
  type TestValue,
  type VALUE_TYPES,
} from '../helpers/gguf.ts';
import { randomNumbers } from '../helpers/safetensors.ts';

const read = (file: Uint8Array) => readGgufHeader(memorySource(file));
const text = (value: string): TestValue => ({ type: 'string', value });
const alignment = (value: number, type: 'u32' | 'u64' = 'u32') => ({ type, value });
const F16 = TENSOR_TYPES.F16;
/** A tensor of 64 bytes: two rows of 16 float16 values. */
const tensor = (overrides: Partial<TestGgufTensor> = {}): TestGgufTensor => ({
  name: 'a',
  sizes: [16, 2],
  type: F16,
  offset: 0,
  ...overrides,
});
const one = (overrides: Partial<TestGgufTensor>, bytes = 64) => ggufOf([], [tensor(overrides)], bytes);
const two = (first: Partial<TestGgufTensor>, second: Partial<TestGgufTensor>, bytes = 128) =>
  ggufOf([], [tensor(first), tensor({ name: 'b', offset: 64, ...second })], bytes);
/** A file with one key whose type and value are raw bytes. */
const entry = (bytes: GgufWriter) => ggufStart(0, 1).text('key').raw(bytes.done()).pad(32).done();
const utf8 = (...bytes: number[]) => new Uint8Array(bytes);
const INVALID_UTF8 = utf8(0x61, 0xff);
const INCOMPLETE_UTF8 = utf8(0xed, 0x95);

const malformed: readonly (readonly [GgufRule, string, Uint8Array])[] = [
  ['header-past-end', 'an empty file', new Uint8Array(0)],
  ['header-past-end', 'three bytes', utf8(0x47, 0x47, 0x55)],
  ['magic', 'another format', new TextEncoder().encode('PK\u0003\u0004 and so on and so on and so on')],
  ['magic', 'the older format of ggml', new TextEncoder().encode('lmgg 0123456789 0123456789 0123456789')],
  ['version', 'version 0', ggufStart(0, 0, 0).done()],
  ['version', 'version 1, with counts of 32 bits', ggufStart(0, 0, 1).done()],
  ['version', 'version 4', ggufStart(0, 0, 4).done()],
  ['big-endian', 'version 3 in big-endian order', ggufStart(0, 0, 0x0300_0000).done()],
  ['header-past-end', 'only the magic number', ggufStart(0, 0).done().subarray(0, 4)],
  ['header-past-end', 'a truncated count', ggufStart(0, 0).done().subarray(0, 20)],
  ['count-past-end', 'a tensor in an empty file', ggufStart(1, 0).done()],
  [
    'count-past-end',
    '2^64 − 1 tensors',
    ggufStart(2n ** 64n - 1n, 0)
      .pad(64)
      .done(),
  ],
  [
    'count-past-end',
    'a tensor count whose product overflows 64 bits',
    ggufStart(2n ** 61n, 0)
      .pad(64)
      .done(),
  ],
  [
    'count-past-end',
    '2^64 − 1 keys',
    ggufStart(0, 2n ** 64n - 1n)
      .pad(64)
      .done(),
  ],
  [
    'count-past-end',
    'a count whose low 32 bits are small',
    ggufStart(0, 2n ** 32n + 1n)
      .pad(64)
      .done(),
  ],
  ['key-too-long', 'a key of 65536 bytes', ggufOf([['k'.repeat(65_536), text('')]], [])],
  [
    'key-too-long',
    'a key of 2^64 − 1 bytes',
    ggufStart(0, 1)
      .u64(2n ** 64n - 1n)
      .pad(64)
      .done(),
  ],
  ['header-past-end', 'a key longer than the file', ggufStart(0, 1).u64(1000).pad(64).done()],
  [
    'header-past-end',
    'a string of 2^64 − 1 bytes',
    entry(
      new GgufWriter()
        .u32(8)
        .u64(2n ** 64n - 1n)
        .pad(32),
    ),
  ],
  ['header-past-end', 'a string longer than the file', entry(new GgufWriter().u32(8).u64(1000).pad(32))],
  ['not-utf8', 'a key with an invalid byte', ggufOf([[INVALID_UTF8, text('')]], [])],
  ['not-utf8', 'a string that ends within a character', entry(new GgufWriter().u32(8).text(INCOMPLETE_UTF8))],
  [
    'not-utf8',
    'an invalid string in an array',
    entry(new GgufWriter().u32(9).u32(8).u64(1).text(INVALID_UTF8)),
  ],
  ['not-utf8', 'an invalid tensor name', one({ name: utf8(0xc0, 0x80) })],
  [
    'duplicate-key',
    'a key that occurs twice',
    ggufOf(
      [
        ['k', text('1')],
        ['k', text('2')],
      ],
      [],
    ),
  ],
  ['unknown-value-type', 'type 13', entry(new GgufWriter().u32(13).u64(0))],
  ['unknown-value-type', 'type 2^32 − 1', entry(new GgufWriter().u32(2 ** 32 - 1).u64(0))],
  ['unknown-value-type', 'an array of type 13', entry(new GgufWriter().u32(9).u32(13).u64(0))],
  ['nested-array', 'an array of arrays', entry(new GgufWriter().u32(9).u32(9).u64(1).u32(9).u32(4).u64(0))],
  ['invalid-bool', 'a bool of 2', entry(new GgufWriter().u32(7).raw(utf8(2)))],
  [
    'invalid-bool',
    'a bool of 255 in an array',
    entry(new GgufWriter().u32(9).u32(7).u64(2).raw(utf8(1, 255))),
  ],
  ['count-past-end', 'an array longer than the file', entry(new GgufWriter().u32(9).u32(4).u64(1000))],
  [
    'count-past-end',
    'an array of 2^62 numbers',
    entry(
      new GgufWriter()
        .u32(9)
        .u32(4)
        .u64(2n ** 62n)
        .pad(32),
    ),
  ],
  [
    'count-past-end',
    'an array of more strings than bytes',
    entry(new GgufWriter().u32(9).u32(8).u64(30).pad(32)),
  ],
  ['invalid-alignment', 'an alignment of 0', ggufOf([['general.alignment', alignment(0)]], [])],
  ['invalid-alignment', 'an alignment of 24', ggufOf([['general.alignment', alignment(24)]], [])],
  ['invalid-alignment', 'an alignment of 64 bits', ggufOf([['general.alignment', alignment(32, 'u64')]], [])],
  ['invalid-alignment', 'a string', ggufOf([['general.alignment', text('32')]], [])],
  ['invalid-alignment', 'an array', ggufOf([['general.alignment', { type: 'u32', value: [32] }]], [])],
  ['name-too-long', 'a name of 65 bytes', one({ name: 'n'.repeat(65) })],
  ['duplicate-tensor', 'two tensors of one name', two({}, { name: 'a' })],
  ['too-many-axes', 'five axes', one({ sizes: [16, 2, 1, 1, 1] })],
  [
    'too-many-axes',
    '2^32 − 1 axes',
    ggufStart(1, 0)
      .text('a')
      .u32(2 ** 32 - 1)
      .pad(256)
      .done(),
  ],
  ['unknown-tensor-type', 'the removed type 4', one({ type: 4 })],
  ['unknown-tensor-type', 'type 2^32 − 1', one({ type: 2 ** 32 - 1 })],
  ['size-overflow', 'an axis of 2^64 − 1', one({ sizes: [2n ** 64n - 1n] })],
  ['size-overflow', 'axes whose product wraps around to 32', one({ sizes: [2n ** 32n, 2n ** 32n + 32n] })],
  ['size-overflow', 'large axes beside one of 0', one({ sizes: [2n ** 60n, 0] })],
  ['size-overflow', 'bytes beyond exact integers', one({ sizes: [2n ** 52n] })],
  ['size-overflow', 'an offset of 2^64 − 32', one({ offset: 2n ** 64n - 32n })],
  ['rows-not-in-blocks', 'rows of 16 in blocks of 32', one({ type: TENSOR_TYPES.Q8_0 }, 34)],
  [
    'rows-not-in-blocks',
    'rows of 128 in blocks of 256',
    one({ type: TENSOR_TYPES.Q4_K, sizes: [128, 2] }, 160),
  ],
  ['rows-not-in-blocks', 'a scalar of a block type', one({ type: TENSOR_TYPES.Q8_0, sizes: [] }, 34)],
  ['offset-misaligned', 'an offset of 16', one({ offset: 16 }, 96)],
  [
    'offset-misaligned',
    'an offset of 32 aligned to 64',
    ggufOf([['general.alignment', alignment(64)]], [tensor(), tensor({ name: 'b', offset: 96 })], 192, {
      alignment: 64,
    }),
  ],
  ['offsets-past-end', 'truncated data', one({}, 63)],
  ['offsets-past-end', 'no data', one({}, 0)],
  ['offsets-past-end', 'a second tensor past the end', two({}, {}, 64)],
  ['offsets-past-end', 'a file that ends before its data begin', one({}, 0).subarray(0, -20)],
  ['offsets-start', 'a first tensor at offset 32', one({ offset: 32 }, 96)],
  ['offsets-overlap', 'two tensors at one offset', two({}, { offset: 0 }, 64)],
  ['offsets-overlap', 'two tensors that share 32 bytes', two({}, { offset: 32 }, 96)],
  ['offsets-overlap', 'a tensor within another', two({}, { offset: 32, sizes: [16] }, 64)],
  ['offsets-hole', 'a gap between tensors', two({}, { offset: 96 }, 160)],
  ['trailing-bytes', 'more bytes after the last tensor than padding', one({}, 96)],
  ['trailing-bytes', 'data without tensors', ggufOf([], [], 1)],
];

describe('readGgufHeader with an invalid file', () => {
  it.each(malformed)('throws %s for %s', async (rule, _, file) => {
    await expect(read(file)).rejects.toMatchObject({ name: 'FormatError', rule });
  });

  it('throws with a message that has the expected and the actual value', async () => {
    await expect(read(one({ type: TENSOR_TYPES.Q8_0 }, 34))).rejects.toThrow(
      'GGUF: tensor "a" has rows of 16 elements, expected a multiple of the Q8_0 block size 32 (rows-not-in-blocks)',
    );
    await expect(read(ggufStart(0, 9).pad(64).done())).rejects.toThrow(
      'GGUF: 9 metadata entries do not fit into the remaining 40 bytes (count-past-end)',
    );
  });

  it('throws header-too-large when the header exceeds 256 MiB', async () => {
    const size = 300 * 1024 * 1024;
    const start = ggufStart(0, 1)
      .text('key')
      .u32(8)
      .u64(size - 100)
      .done();
    const source = {
      size,
      read: async (from: number, to: number) => {
        const bytes = new Uint8Array(to - from);
        bytes.set(start.subarray(from, to));
        return bytes;
      },
    };
    await expect(readGgufHeader(source)).rejects.toMatchObject({ rule: 'header-too-large' });
  });
});

describe('readGgufHeader with a valid file', () => {
  const accepted: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
    ['an empty file', ggufStart(0, 0).done(), []],
    ['version 2', ggufOf([], [tensor()], 64, { version: 2 }), ['a']],
    ['tensors in another order than their data', two({ offset: 64 }, { offset: 0 }), ['a', 'b']],
    ['a last tensor that is not padded', two({}, { sizes: [1] }, 66), ['a', 'b']],
    ['a last tensor that is padded', two({}, { sizes: [1] }, 96), ['a', 'b']],
    ['an empty tensor', two({}, { sizes: [16, 0], offset: 64 }, 64), ['a', 'b']],
    ['a scalar', one({ sizes: [], type: TENSOR_TYPES.F32 }, 4), ['a']],
    ['four axes', one({ sizes: [2, 2, 2, 4] }), ['a']],
    ['an empty name', one({ name: '' }), ['']],
    ['a name of 64 bytes', one({ name: 'n'.repeat(64) }), ['n'.repeat(64)]],
    [
      'another alignment',
      ggufOf([['general.alignment', alignment(128)]], [tensor(), tensor({ name: 'b', offset: 128 })], 192, {
        alignment: 128,
      }),
      ['a', 'b'],
    ],
    [
      'an alignment of 1',
      ggufOf([['general.alignment', alignment(1)]], [tensor(), tensor({ name: 'b', offset: 64 })], 128, {
        alignment: 1,
      }),
      ['a', 'b'],
    ],
  ];

  it.each(accepted)('accepts %s', async (_, file, names) => {
    expect([...(await read(file)).tensors.keys()]).toEqual(names);
  });

  it('accepts keys and tensors named like properties of Object.prototype', async () => {
    const file = ggufOf([['__proto__', text('x')]], [tensor({ name: '__proto__' })], 64);
    const { metadata, tensors } = await read(file);
    expect(metadata.get('__proto__')?.value).toBe('x');
    expect([...tensors.keys()]).toEqual(['__proto__']);
    expect('value' in {}).toBe(false);
  });

  it('reads every metadata type', async () => {
    const values: [keyof typeof VALUE_TYPES & TestValue['type'], TestScalar, TestScalar][] = [
      ['u8', 0, 255],
      ['i8', -128, 127],
      ['u16', 0, 65_535],
      ['i16', -32_768, 32_767],
      ['u32', 0, 2 ** 32 - 1],
      ['i32', -(2 ** 31), 2 ** 31 - 1],
      ['f32', -0.5, 2 ** 100],
      ['f64', -0.1, 1e300],
      ['bool', true, false],
      ['string', '', '커피 ☕'],
      ['u64', 2n ** 53n, 2n ** 64n - 1n],
      ['i64', -(2n ** 63n), 2n ** 63n - 1n],
    ];
    const entries = values.flatMap(([type, a, b]) => [
      [`${type}.one`, { type, value: a }] as const,
      [`${type}.list`, { type, value: [a, b, a] }] as const,
    ]);
    const { metadata } = await read(ggufOf(entries, []));
    for (const [type, a, b] of values) {
      expect(metadata.get(`${type}.one`)).toEqual({ type, isArray: false, value: a });
      const list = metadata.get(`${type}.list`)!;
      expect([list.type, list.isArray]).toEqual([type, true]);
      expect([...(list.value as readonly TestScalar[])]).toEqual([a, b, a]);
    }
    const small = await read(ggufOf([['n', { type: 'u64', value: 7n }]], []));
    expect(small.metadata.get('n')?.value).toBe(7);
  });

  it('reads a header of several megabytes', async () => {
    const words = Array.from({ length: 200_000 }, (_, i) => `word ${i}`);
    const file = ggufOf([['words', { type: 'string', value: words }]], [tensor()], 64);
    const { metadata, tensors } = await read(file);
    expect(metadata.get('words')?.value).toEqual(words);
    expect(tensors.get('a')).toMatchObject({ shape: [2, 16], begin: 0, end: 64 });
  });
});

describe('readGgufHeader with a corrupted file', () => {
  const whole = ggufOf(
    [
      ['general.architecture', text('llama')],
      ['general.alignment', alignment(32)],
      ['tokens', { type: 'string', value: ['a', 'b', '▁'] }],
      ['scores', { type: 'f32', value: [0, -1, -2] }],
      ['flag', { type: 'bool', value: true }],
    ],
    [tensor(), tensor({ name: 'b', offset: 64 }), tensor({ name: 'c', sizes: [32], type: 8, offset: 128 })],
    192,
  );

  it('throws FormatError when the file is truncated at any byte', async () => {
    // The padding of the last tensor may be missing.
    for (let length = 0; length < whole.length - 30; length++) {
      await expect(read(whole.subarray(0, length)), `${length} bytes`).rejects.toThrow(FormatError);
    }
  });

  it('throws FormatError or returns tensors within bounds when random bytes are changed', async () => {
    const random = randomNumbers(20_250_202);
    let rejected = 0;
    for (let round = 0; round < 20_000; round++) {
      const file = whole.slice(0, random() % 4 === 0 ? random() % (whole.length + 1) : whole.length);
      for (let flips = random() % 4; flips >= 0 && file.length > 0; flips--) {
        // Small and maximal values reach more of the parser than random bytes.
        const byte = [random() % 256, random() % 16, 255, 0][random() % 4]!;
        file[random() % Math.min(file.length, whole.length - 192)] = byte;
      }
      const source = {
        size: file.length,
        async read(from: number, to: number) {
          expect(from >= 0 && from <= to && to <= file.length).toBe(true);
          return file.subarray(from, to);
        },
      };
      try {
        const { tensors, dataStart } = await readGgufHeader(source);
        for (const { begin, end } of tensors.values()) {
          expect(begin >= 0 && begin <= end && dataStart + end <= file.length).toBe(true);
        }
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        rejected++;
      }
    }
    expect(rejected).toBeGreaterThan(10_000);
  });
});
