import { describe, expect, it } from 'vitest';
import {
  ChatTemplate,
  createBackend,
  HeadwiseError,
  loadCausalLM,
  TemplateError,
  Tokenizer,
} from '../../src/index.ts';
import { openSingleFile } from '../../src/internal.ts';
import { ggufTokenizerFiles } from '../../src/load/gguf/tokenizer.ts';
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
// llama.cpp (ggml) and Ollama. Most numbers were compared with an advisory (GitHub's, Go's and OSV's databases, Databricks
// 22 March 2024); those of Cisco Talos (TALOS-2024-1912 to 1916), CVE-2025-66959, 2025-66960, 2026-65315, 2026-27940, 2026-5760 and 2024-34359 with pages that quote theirs.
// The advisories of Ollama name a function or a kind of fault, not the bytes. Classes without a number are from reports to these projects.
// All rules of the format are in gguf-format.test.ts.

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
  'the length of a text: CVE-2024-12055, CVE-2024-23496, CVE-2024-25665, CVE-2025-49847, CVE-2025-66959, CVE-2025-66960':
    [
      ['key-too-long', 'a key of 2^64 − 1 bytes, which is 0 with its end', padded(ggufStart(0, 1).u64(MAX))],
      ['header-past-end', 'a value of 2^64 − 1 bytes', value((writer) => writer.u32(8).u64(MAX))],
      ['header-past-end', 'a value of 2^32 bytes', value((writer) => writer.u32(8).u64(2n ** 32n))],
      [
        'header-past-end',
        'a value whose length is negative as a number of 32 bits, and fits as one of 16',
        value((writer) => writer.u32(8).u64(0x8000_0001)),
      ],
      [
        'header-past-end',
        'a value whose low 32 bits fit',
        value((writer) => writer.u32(8).u64(2n ** 32n + 4n)),
      ],
      [
        'version',
        'an empty text of version 1, which ends with a zero byte',
        ggufStart(0, 1, 1).u32(0).pad(64).done(),
      ],
      [
        'header-past-end',
        'a value one byte longer than the file',
        ggufStart(0, 1).text('k').u32(8).u64(2).u32(0).done().subarray(0, -3),
      ],
      ['name-too-long', 'a tensor’s name of 2^64 − 1 bytes', padded(ggufStart(1, 0).u64(MAX))],
    ],
  'arrays: CVE-2024-21825, CVE-2024-25667, CVE-2024-25668, CVE-2025-0315, CVE-2026-65315': [
    ['count-past-end', 'of 2^62 numbers of 4 bytes, 0 bytes in all', array(4, 2n ** 62n)],
    ['count-past-end', 'of 2^61 + 1 numbers of 8 bytes, 8 bytes in all', array(10, 2n ** 61n + 1n)],
    ['count-past-end', 'of 2^60 texts, 0 bytes of lengths and pointers', array(8, 2n ** 60n)],
    ['count-past-end', 'of 2^31 numbers in a file of 256 bytes', array(4, 2n ** 31n)],
    [
      'header-past-end',
      'with a text of 2^64 − 1 bytes',
      value((writer) => writer.u32(9).u32(8).u64(1).u64(MAX)),
    ],
    [
      'header-past-end',
      'of texts, of which only the first is there',
      value((writer) => writer.u32(9).u32(8).u64(8).text('a'.repeat(150)).u64(200)),
    ],
    ['nested-array', 'in each other', value((writer) => writer.u32(9).u32(9).u64(1).u32(9).u32(9).u64(1))],
  ],
  'sizes of tensors: CVE-2024-21802, CVE-2025-53630, CVE-2026-27940, CVE-2026-33298': [
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
      'size-overflow',
      'axes whose bytes wrap around to those of the file',
      tensors([{ sizes: [16, 2n ** 60n + 1n] }]),
    ],
    [
      'size-overflow',
      'an axis of 0 beside ones whose product wraps around',
      tensors([{ sizes: [0, 2n ** 32n, 2n ** 32n] }]),
    ],
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
  'rows that are no multiple of a block': [
    ['rows-not-in-blocks', 'one value of a block of 32', tensors([{ sizes: [1], type: TENSOR_TYPES.Q4_0 }])],
    ['rows-not-in-blocks', 'no axes', tensors([{ sizes: [], type: TENSOR_TYPES.Q8_0 }])],
    [
      'rows-not-in-blocks',
      'rows of 16 whose number is a multiple of 32',
      tensors([{ sizes: [16, 32], type: TENSOR_TYPES.Q4_0 }], 288),
    ],
  ],
  'data outside the file: CVE-2026-7482': [
    ['offsets-past-end', 'an offset beyond it', tensors([{}, { offset: 2 ** 20 }], 128)],
    ['size-overflow', 'an offset that wraps around to the header', tensors([{ offset: MAX - 63n }])],
    ['offsets-past-end', 'a tensor larger than it', tensors([{ sizes: [2 ** 20] }])],
    ['offsets-past-end', 'a file that is cut in its last value', tensors([{}], 63)],
    ['offsets-overlap', 'two tensors in the same place', tensors([{}, { offset: 0 }])],
    ['offsets-overlap', 'a tensor within another', tensors([{ sizes: [32] }, { offset: 64 }], 128)],
    ['offset-misaligned', 'an offset between two values', tensors([{}, { offset: 66 }], 130)],
  ],
  'alignment: CVE-2025-0317': [
    ['invalid-alignment', '0', aligned(0)],
    ['invalid-alignment', 'no power of two', aligned(48)],
    ['offsets-past-end', '2^31, beyond the file', aligned(2 ** 31)],
    [
      'invalid-alignment',
      'a number of another type',
      ggufOf([['general.alignment', { type: 'i32', value: 32 }]], []),
    ],
    ['invalid-alignment', 'a text', ggufOf([['general.alignment', text('32')]], [])],
    ['invalid-alignment', 'an array', ggufOf([['general.alignment', { type: 'u32', value: [32] }]], [])],
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

const list = (
  type: 'string' | 'f32' | 'i32' | 'u8' | 'u64',
  items: readonly (string | number)[],
): TestValue => ({
  type,
  value: items,
});
const VOCABULARY: Readonly<Record<string, TestValue>> = {
  'tokenizer.ggml.model': text('llama'),
  'tokenizer.ggml.tokens': list('string', ['<unk>', '<s>', '</s>', '<0x41>', '▁', 'a']),
  'tokenizer.ggml.scores': list('f32', [0, 0, 0, 0, -1, -2]),
  'tokenizer.ggml.token_type': list('i32', [2, 3, 3, 6, 1, 1]),
};

describe('GGUF, a model’s numbers: CVE-2024-8063, CVE-2025-0312', async () => {
  const backend = await createBackend('reference');

  const fileOf = async (metadata: Record<string, TestValue>, without: readonly string[] = []) =>
    ggufOfFamily(tinyDecoderConfig('gemma'), await tinyDecoderCheckpoint('gemma'), { metadata, without });

  async function load(metadata: Record<string, TestValue>, without?: readonly string[]): Promise<unknown> {
    const model = (await openSingleFile({ 'm.gguf': await fileOf(metadata, without) }))!;
    return logitsOf(backend, model.configJson, model.checkpoint, [1]);
  }

  it('are read if nothing is changed', async () => {
    expect(await load({})).toBeDefined();
  });

  it.each<[string, Record<string, TestValue>, string[]?]>([
    ['no blocks', { 'gemma.block_count': u32(0) }],
    ['a text as the number of blocks', { 'gemma.block_count': text('2') }],
    ['2^32 − 1 blocks', { 'gemma.block_count': u32(2 ** 32 - 1) }],
    ['more blocks than an array of 512 has', { 'gemma.block_count': u32(513) }],
    ['no heads', { 'gemma.attention.head_count': u32(0) }],
    ['no key-value heads', { 'gemma.attention.head_count_kv': u32(0) }],
    ['no features', { 'gemma.embedding_length': u32(0) }],
    ['heads without features', { 'gemma.attention.key_length': u32(0) }],
    ['heads of 2^31 features', { 'gemma.attention.key_length': u32(2 ** 31) }],
    ['2^32 − 1 features of the feed-forward part', { 'gemma.feed_forward_length': u32(2 ** 32 - 1) }],
    ['no context', { 'gemma.context_length': u32(0) }],
    [
      'an epsilon that is not a number',
      { 'gemma.attention.layer_norm_rms_epsilon': { type: 'f32', value: NaN } },
    ],
    ['a base of 0 for its positions', { 'gemma.rope.freq_base': { type: 'f32', value: 0 } }],
    ['an array of heads', { 'gemma.attention.head_count': { type: 'u32', value: [2, 2] } }],
    ['65535 parts', { 'split.count': { type: 'u16', value: 65_535 }, 'split.no': { type: 'u16', value: 0 } }],
    ['no embedding', {}, ['token_embd.weight']],
  ])('with %s are refused', async (_, metadata, without) => {
    await expect(load(metadata, without)).rejects.toBeInstanceOf(HeadwiseError);
  });

  it('refuse a token beyond the rows of the embedding, of a vocabulary that is larger', async () => {
    const more = Array.from({ length: 500 }, (_, i) => `t${i}`);
    const metadata = {
      ...VOCABULARY,
      'tokenizer.ggml.tokens': list('string', ['<unk>', '<s>', '</s>', '<0x41>', '▁', 'a', ...more]),
      'tokenizer.ggml.scores': list('f32', Array<number>(506).fill(0)),
      'tokenizer.ggml.token_type': list('i32', Array<number>(506).fill(4)),
    };
    const model = await loadCausalLM({ 'm.gguf': await fileOf(metadata) }, { backend });
    await expect(model.generate('t499', { maxNewTokens: 1 })).rejects.toBeInstanceOf(HeadwiseError);
    expect((await model.generate('a', { maxNewTokens: 1 })).ids).toHaveLength(1);
    await model.dispose();
  });
});

describe('GGUF, a vocabulary: CVE-2024-34359 and CVE-2026-5760 for its template', () => {
  async function tokenizerOf(changed: Readonly<Record<string, TestValue>>): Promise<Tokenizer> {
    const header = await readGgufHeader(
      memorySource(ggufOf(Object.entries({ ...VOCABULARY, ...changed }), [])),
    );
    return Tokenizer.fromFiles(ggufTokenizerFiles(header, 99));
  }

  it.each<[string, Record<string, TestValue>]>([
    ['fewer scores than tokens', { 'tokenizer.ggml.scores': list('f32', [0]) }],
    ['scores of 64 bits', { 'tokenizer.ggml.scores': list('u64', [0, 0, 0, 0, 1, 2]) }],
    ['scores that are not numbers', { 'tokenizer.ggml.scores': list('f32', [0, 0, 0, 0, NaN, 0]) }],
    ['more types than tokens', { 'tokenizer.ggml.token_type': list('i32', [2, 3, 3, 6, 1, 1, 1]) }],
    ['a negative type', { 'tokenizer.ggml.token_type': list('i32', [2, 3, 3, -6, 1, 1]) }],
    ['a negative token id', { 'tokenizer.ggml.bos_token_id': { type: 'i32', value: -1 } }],
    ['the id after its last', { 'tokenizer.ggml.bos_token_id': u32(6) }],
    ['the id 2^32 − 1', { 'tokenizer.ggml.eos_token_id': u32(2 ** 32 - 1) }],
    ['a number in place of its tokens', { 'tokenizer.ggml.tokens': u32(6) }],
  ])('with %s is refused', async (_, changed) => {
    await expect(tokenizerOf(changed)).rejects.toBeInstanceOf(HeadwiseError);
  });

  // A negative, a third and a letter that is no digit of 16 as the byte's number: such a token is not a byte.
  it.each(['<0x-1>', '<0xZZ>', '<0x100>', '<0x>', ''])(
    'with the token %j as a byte has no such byte',
    async (token) => {
      const tokens = list('string', ['<unk>', '<s>', '</s>', token, '▁', 'a']);
      const tokenizer = await tokenizerOf({ 'tokenizer.ggml.tokens': tokens });
      expect(tokenizer.encode('aA').ids).not.toContain(3);
      expect(tokenizer.decode([4, 5])).toBe('a');
    },
  );

  it('with scores of one byte has their values, none from behind them', async () => {
    const tokenizer = await tokenizerOf({ 'tokenizer.ggml.scores': list('u8', [0, 0, 0, 0, 1, 2]) });
    expect([...tokenizer.encode('aA').ids]).toEqual([4, 5, 3]);
  });

  it.each([
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ messages.constructor.constructor('return process')() }}",
    '{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}',
  ])('with the template %s reaches nothing outside the template', async (source) => {
    const header = await readGgufHeader(
      memorySource(ggufOf(Object.entries({ ...VOCABULARY, 'tokenizer.chat_template': text(source) }), [])),
    );
    const template = ChatTemplate.fromFiles(ggufTokenizerFiles(header, 99))!;
    const rendered = template.render([{ role: 'user', content: 'a' }]).catch((error: unknown) => error);
    const result = await rendered;
    if (typeof result === 'string') expect(result).toBe('');
    else expect(result).toBeInstanceOf(TemplateError);
  });
});
