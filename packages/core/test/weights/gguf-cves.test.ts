import { describe, expect, it } from 'vitest';
import { createBackend, HeadwiseError } from '../../src/index.ts';
import { openSingleFile } from '../../src/internal.ts';
import { memorySource } from '../../src/platform/bytes.ts';
import { type GgufRule, readGgufHeader } from '../../src/weights/gguf/index.ts';
import {
  type GgufWriter,
  ggufOf,
  ggufStart,
  TENSOR_TYPES,
  type TestGgufTensor,
  type TestValue,
} from '../helpers/gguf.ts';
import { ggufOfFamily } from '../helpers/gguf-families.ts';
import { logitsOf } from '../helpers/gguf-models.ts';
import { tinyDecoderCheckpoint, tinyDecoderConfig } from '../helpers/tiny-decoders.ts';

// Files of the kinds that made other readers of GGUF write or read outside their memory, divide by zero, or end, by class, with the published vulnerabilities of
// llama.cpp (ggml) and Ollama. All rules of the format are in gguf-format.test.ts.

const MAX = 2n ** 64n - 1n;
const text = (value: string): TestValue => ({ type: 'string', value });
const u32 = (value: number): TestValue => ({ type: 'u32', value });
const padded = (writer: GgufWriter, bytes = 256) => writer.pad(bytes).done();
/** A file with one key, whose type and value are given. */
const value = (write: (writer: GgufWriter) => GgufWriter) => padded(write(ggufStart(0, 1).text('key')));
const array = (type: number, count: bigint | number) => value((writer) => writer.u32(9).u32(type).u64(count));
const tensors = (list: readonly Partial<TestGgufTensor>[], bytes = 64) =>
  ggufOf(
    [],
    list.map((one, i) => ({ name: String(i), sizes: [16], type: TENSOR_TYPES.F32, offset: 64 * i, ...one })),
    bytes,
  );
const aligned = (alignment: number, data = 64) =>
  ggufOf(
    [['general.alignment', u32(alignment)]],
    [{ name: 'a', sizes: [16], type: TENSOR_TYPES.F32, offset: 0 }],
    data,
  );

type Case = readonly [GgufRule, string, Uint8Array];
const CLASSES: Readonly<Record<string, readonly Case[]>> = {
  'the number of keys: CVE-2024-23605, CVE-2024-25664': [
    ['count-past-end', '2^64 − 1', padded(ggufStart(0, MAX))],
    [
      'count-past-end',
      'whose product with the size of an entry wraps around to 0',
      padded(ggufStart(0, 2n ** 60n)),
    ],
    ['count-past-end', 'whose low 32 bits are 1', padded(ggufStart(0, 2n ** 32n + 1n))],
    ['count-past-end', 'one more than fit', ggufStart(0, 2).text('k').u32(4).u32(1).done()],
  ],
  'the number of tensors: CVE-2024-21836, CVE-2024-25666': [
    ['count-past-end', '2^64 − 1', padded(ggufStart(MAX, 0))],
    [
      'count-past-end',
      'whose product with the size of an entry wraps around to 0',
      padded(ggufStart(2n ** 61n, 0)),
    ],
    ['count-past-end', 'whose low 32 bits are 1', padded(ggufStart(2n ** 32n + 1n, 0))],
  ],
  'the length of a text: CVE-2024-23496, CVE-2024-25665': [
    ['key-too-long', 'a key of 2^64 − 1 bytes, which is 0 with its end', padded(ggufStart(0, 1).u64(MAX))],
    ['header-past-end', 'a value of 2^64 − 1 bytes', value((writer) => writer.u32(8).u64(MAX))],
    ['header-past-end', 'a value of 2^32 bytes', value((writer) => writer.u32(8).u64(2n ** 32n))],
    [
      'header-past-end',
      'a value one byte longer than the file',
      ggufStart(0, 1).text('k').u32(8).u64(2).u32(0).done().subarray(0, -3),
    ],
    ['name-too-long', 'a tensor’s name of 2^64 − 1 bytes', padded(ggufStart(1, 0).u64(MAX))],
  ],
  'arrays: CVE-2024-21825, CVE-2024-25667, CVE-2024-25668, CVE-2025-0315': [
    ['count-past-end', 'of 2^62 numbers of 4 bytes, 0 bytes in all', array(4, 2n ** 62n)],
    ['count-past-end', 'of 2^61 + 1 numbers of 8 bytes, 8 bytes in all', array(10, 2n ** 61n + 1n)],
    ['count-past-end', 'of 2^60 texts, 0 bytes of lengths and pointers', array(8, 2n ** 60n)],
    ['count-past-end', 'of 2^31 numbers in a file of 256 bytes', array(4, 2n ** 31n)],
    [
      'header-past-end',
      'with a text of 2^64 − 1 bytes',
      value((writer) => writer.u32(9).u32(8).u64(1).u64(MAX)),
    ],
    ['nested-array', 'in each other', value((writer) => writer.u32(9).u32(9).u64(1).u32(9).u32(9).u64(1))],
  ],
  'sizes of tensors: CVE-2024-21802, CVE-2025-53630, CVE-2026-27940': [
    ['too-many-axes', 'five axes', tensors([{ sizes: [2, 2, 2, 2, 2] }])],
    [
      'too-many-axes',
      '2^32 − 1 axes',
      padded(
        ggufStart(1, 0)
          .text('a')
          .u32(2 ** 32 - 1),
      ),
    ],
    ['size-overflow', 'an axis that is negative as a signed number', tensors([{ sizes: [2n ** 63n] }])],
    ['size-overflow', 'axes whose product wraps around to 0', tensors([{ sizes: [2n ** 32n, 2n ** 32n] }])],
    ['size-overflow', 'axes whose bytes wrap around to 0', tensors([{ sizes: [2n ** 62n] }])],
    [
      'offsets-past-end',
      'two tensors whose sum wraps around in 32 bits',
      tensors([{ sizes: [2 ** 29] }, { sizes: [2 ** 29] }]),
    ],
  ],
  'types without an entry in a table': [
    ['unknown-tensor-type', 'a tensor’s that is −1 as a signed number', tensors([{ type: 2 ** 32 - 1 }])],
    ['unknown-tensor-type', 'a tensor’s that is removed', tensors([{ type: 4 }])],
    [
      'unknown-value-type',
      'a value’s that is −1 as a signed number',
      value((writer) => writer.u32(2 ** 32 - 1).u64(0)),
    ],
    ['unknown-value-type', 'an array’s', array(13, 1)],
  ],
  'data outside the file: CVE-2026-7482': [
    ['offsets-past-end', 'an offset beyond it', tensors([{}, { offset: 2 ** 20 }], 128)],
    ['size-overflow', 'an offset that wraps around to the header', tensors([{ offset: MAX - 63n }])],
    ['offsets-past-end', 'a tensor larger than it', tensors([{ sizes: [2 ** 20] }])],
    ['offsets-past-end', 'a file that is cut in its last value', tensors([{}], 63)],
  ],
  'alignment: CVE-2025-0317': [
    ['invalid-alignment', '0', aligned(0)],
    ['invalid-alignment', 'no power of two', aligned(48)],
    ['offsets-past-end', '2^31, beyond the file', aligned(2 ** 31)],
  ],
  'a header that ends early: CVE-2024-32878, CVE-2024-39720': [
    ['header-past-end', 'after the four letters', ggufStart(0, 0).done().subarray(0, 4)],
    ['header-past-end', 'in a key and its value', ggufStart(0, 1).text('general.name').u32(8).done()],
  ],
  'names that occur twice': [
    [
      'duplicate-key',
      'a key',
      ggufOf(
        [
          ['k', u32(1)],
          ['k', text('2')],
        ],
        [],
      ),
    ],
    ['duplicate-tensor', 'a tensor', tensors([{ name: 'a' }, { name: 'a' }], 128)],
  ],
};

describe.each(Object.entries(CLASSES))('GGUF, %s', (_, cases) => {
  it.each(cases)('throws %s for %s', async (rule, _name, file) => {
    await expect(readGgufHeader(memorySource(file))).rejects.toMatchObject({ name: 'FormatError', rule });
  });
});

describe('GGUF, a model’s numbers: CVE-2024-8063, CVE-2025-0312, CVE-2025-49847', async () => {
  const backend = await createBackend('reference');

  async function load(
    metadata: Record<string, TestValue>,
    without: readonly string[] = [],
  ): Promise<unknown> {
    const file = await ggufOfFamily(tinyDecoderConfig('gemma'), await tinyDecoderCheckpoint('gemma'), {
      metadata,
      without,
    });
    const model = (await openSingleFile({ 'm.gguf': file }))!;
    return logitsOf(backend, model.configJson, model.checkpoint, [1]);
  }

  it('are read if nothing is changed', async () => {
    expect(await load({})).toBeDefined();
  });

  it.each<[string, Record<string, TestValue>, string[]?]>([
    ['no blocks', { 'gemma.block_count': u32(0) }],
    ['a text as the number of blocks', { 'gemma.block_count': text('2') }],
    ['2^32 − 1 blocks', { 'gemma.block_count': u32(2 ** 32 - 1) }],
    ['no heads', { 'gemma.attention.head_count': u32(0) }],
    ['no key-value heads', { 'gemma.attention.head_count_kv': u32(0) }],
    ['no features', { 'gemma.embedding_length': u32(0) }],
    ['an array of heads', { 'gemma.attention.head_count': { type: 'u32', value: [2, 2] } }],
    ['no embedding', {}, ['token_embd.weight']],
  ])('with %s are refused', async (_, metadata, without) => {
    await expect(load(metadata, without)).rejects.toBeInstanceOf(HeadwiseError);
  });
});
