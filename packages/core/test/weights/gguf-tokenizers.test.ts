import { describe, expect, it } from 'vitest';
import { Tokenizer } from '../../src/index.ts';
import { ggufTokenizerFiles } from '../../src/load/gguf/tokenizer.ts';
import { memorySource } from '../../src/platform/bytes.ts';
import { wholeText } from '../../src/text/pieces/alignment.ts';
import { createPreTokenizer } from '../../src/text/pre-tokenizers/index.ts';
import { readGgufHeader } from '../../src/weights/gguf/index.ts';
import { fixtureCases } from '../helpers/fixture.ts';
import { ggufOf, type TestScalar, type TestValue } from '../helpers/gguf.ts';
import { byteLevelJson } from '../helpers/tiny-tokenizers.ts';

type Metadata = Record<string, TestValue>;

const text = (value: string): TestValue => ({ type: 'string', value });
const list = (type: 'string' | 'f32' | 'i32', value: readonly TestScalar[]): TestValue => ({ type, value });
const u32 = (value: number): TestValue => ({ type: 'u32', value });
const flag = (value: boolean): TestValue => ({ type: 'bool', value });

async function filesOf(metadata: Metadata) {
  return ggufTokenizerFiles(await readGgufHeader(memorySource(ggufOf(Object.entries(metadata), []))), 99);
}
const tokenizerOf = async (metadata: Metadata) => Tokenizer.fromFiles(await filesOf(metadata));

/** The GGUF metadata of a byte-level BPE tokenizer.json. */
function byteLevelMetadata(json: ReturnType<typeof byteLevelJson>, more: Metadata = {}): Metadata {
  const { vocab, merges } = json.model as { vocab: Record<string, number>; merges: string[] };
  const special = new Set((json.added_tokens as { content: string }[]).map(({ content }) => content));
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(vocab)) tokens[id] = token;
  return {
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text('gpt-2'),
    'tokenizer.ggml.tokens': list('string', tokens),
    'tokenizer.ggml.token_type': list(
      'i32',
      tokens.map((token) => (special.has(token) ? 3 : 1)),
    ),
    'tokenizer.ggml.merges': list('string', merges),
    'tokenizer.ggml.bos_token_id': u32(0),
    'tokenizer.ggml.eos_token_id': u32(2),
    ...more,
  };
}

const TEXTS = ['The bank of the river.', '나는 커피를 마셨다', '👩‍👧 of', '  two  spaces ', 'a</s>b the', ''];

describe('ggufTokenizerFiles with byte-level BPE', () => {
  it('tokenizes like the original tokenizer.json', async () => {
    const { post_processor: _, ...json } = byteLevelJson();
    // GGUF cannot represent lstrip of added tokens.
    const added = (json.added_tokens as object[]).map((token) => ({ ...token, lstrip: false }));
    const expected = Tokenizer.fromFiles({
      tokenizerJson: { ...json, added_tokens: added },
      tokenizerConfigJson: { clean_up_tokenization_spaces: false },
    });
    const tokenizer = await tokenizerOf(byteLevelMetadata(byteLevelJson()));
    expect(tokenizer.vocabSize).toBe(expected.vocabSize);
    expect(tokenizer.modelMaxLength).toBe(99);
    expect(tokenizer.specialTokens).toMatchObject({ bos: 0, eos: 2 });
    for (const sentence of TEXTS) {
      const encoding = tokenizer.encode(sentence, { offsets: true });
      expect(encoding).toEqual(expected.encode(sentence, { offsets: true }));
      expect(tokenizer.decode(encoding.ids, { skipSpecialTokens: false })).toBe(sentence);
    }
  });

  it('adds BOS and EOS as the metadata says', async () => {
    const ids = async (more: Metadata) => [
      ...(await tokenizerOf(byteLevelMetadata(byteLevelJson(), more))).encode('').ids,
    ];
    expect(await ids({})).toEqual([]);
    expect(await ids({ 'tokenizer.ggml.add_bos_token': flag(true) })).toEqual([0]);
    expect(await ids({ 'tokenizer.ggml.add_eos_token': flag(true) })).toEqual([2]);
    expect(await ids({ 'tokenizer.ggml.pre': text('llama-bpe') })).toEqual([0]);
    const none = { 'tokenizer.ggml.pre': text('tekken'), 'tokenizer.ggml.add_bos_token': flag(false) };
    expect(await ids(none)).toEqual([]);
  });

  it('treats BOS and EOS as special tokens whatever their type', async () => {
    const metadata = byteLevelMetadata(byteLevelJson());
    delete metadata['tokenizer.ggml.token_type'];
    const tokenizer = await tokenizerOf(metadata);
    expect([tokenizer.isSpecial(0), tokenizer.isSpecial(2), tokenizer.isSpecial(1)]).toEqual([
      true,
      true,
      false,
    ]);
    const { length } = metadata['tokenizer.ggml.tokens']!.value as readonly string[];
    const types = { 'tokenizer.ggml.token_type': list('i32', Array(length).fill(4)) };
    const { tokenizerJson } = await filesOf({ ...metadata, ...types });
    const added = (tokenizerJson as { added_tokens: { special: boolean }[] }).added_tokens;
    expect(added.map(({ special }) => special).slice(0, 4)).toEqual([true, false, true, false]);
  });

  it.each(fixtureCases<{ kind: string; text: string; pieces: string[] }>('pre-tokenizers'))(
    'pre-tokenizes $text as $kind',
    async ({ kind, text: sentence, pieces }) => {
      const { tokenizerJson } = await filesOf(
        byteLevelMetadata(byteLevelJson(), { 'tokenizer.ggml.pre': text(kind) }),
      );
      const words = createPreTokenizer((tokenizerJson as { pre_tokenizer: unknown }).pre_tokenizer)([
        wholeText(sentence),
      ]);
      expect(words.map((word) => word.text)).toEqual(pieces);
    },
  );
});

/** GGUF metadata of a SentencePiece vocabulary: bytes, letters and a few longer pieces. */
function llamaMetadata(more: Metadata = {}): Metadata {
  const hex = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
  const pieces: [text: string, score: number, type: number][] = [
    ['<unk>', 0, 2],
    ['<s>', 0, 3],
    ['</s>', 0, 3],
    ...Array.from({ length: 256 }, (_, byte): [string, number, number] => [hex(byte), 0, 6]),
    ['he', -1, 1],
    ['▁t', -2, 1],
    ['▁the', -3, 1],
    ['▁▁', -1e9, 1],
    ...[...'▁abcdefghijklmnopqrstuvwxyz'].map((letter, i): [string, number, number] => [letter, -10 - i, 1]),
    ['<|end|>', 0, 4],
  ];
  return {
    'tokenizer.ggml.model': text('llama'),
    'tokenizer.ggml.tokens': list(
      'string',
      pieces.map(([piece]) => piece),
    ),
    'tokenizer.ggml.scores': list(
      'f32',
      pieces.map(([, score]) => score),
    ),
    'tokenizer.ggml.token_type': list(
      'i32',
      pieces.map(([, , type]) => type),
    ),
    'tokenizer.ggml.bos_token_id': u32(1),
    'tokenizer.ggml.eos_token_id': u32(2),
    'tokenizer.ggml.unknown_token_id': u32(0),
    'tokenizer.ggml.padding_token_id': u32(2),
    ...more,
  };
}

describe('ggufTokenizerFiles with SentencePiece BPE', () => {
  const tokens = async (sentence: string, more: Metadata = {}) =>
    (await tokenizerOf(llamaMetadata(more))).encode(sentence).tokens;

  it('merges by score, falls back to bytes and splits at user-defined tokens', async () => {
    expect(await tokens('the cat')).toEqual(['<s>', '▁the', '▁', 'c', 'a', 't']);
    expect(await tokens('  é')).toEqual(['<s>', '▁▁', '▁', '<0xC3>', '<0xA9>']);
    expect(await tokens('a<|end|>')).toEqual(['<s>', '▁', 'a', '<|end|>']);
    expect((await tokenizerOf(llamaMetadata())).specialTokens).toEqual({ bos: 1, eos: 2, unk: 0, pad: 2 });
  });

  it('orders merges of equal score as transformers does', async () => {
    const pieces = ['<unk>', '<s>', '</s>', 'bc', 'ab', 'bcd', 'abcd', 'a', 'b', 'c', 'd'];
    const metadata = {
      ...llamaMetadata(),
      'tokenizer.ggml.tokens': list('string', pieces),
      'tokenizer.ggml.scores': list('f32', Array(pieces.length).fill(-1)),
      'tokenizer.ggml.token_type': list('i32', [2, 3, 3, ...Array(pieces.length - 3).fill(1)]),
    };
    const { tokenizerJson } = await filesOf(metadata);
    const { merges } = (tokenizerJson as { model: { merges: string[][] } }).model;
    // generate_merges of transformers 5.17 with these scores.
    expect(merges.map((merge) => merge.join(' '))).toEqual(['bc d', 'a bcd', 'b c', 'a b']);
  });

  it('adds BOS and EOS as the metadata says', async () => {
    const off = {
      'tokenizer.ggml.add_bos_token': flag(false),
      'tokenizer.ggml.add_space_prefix': flag(false),
    };
    expect(await tokens('he', off)).toEqual(['he']);
    expect(await tokens('he', { 'tokenizer.ggml.add_eos_token': flag(true) })).toEqual([
      '<s>',
      '▁',
      'he',
      '</s>',
    ]);
    const tokenizer = await tokenizerOf(llamaMetadata(off));
    expect(tokenizer.decode(tokenizer.encode(' he').ids)).toBe(' he');
  });

  it('returns the chat template', async () => {
    const { tokenizerConfigJson } = await filesOf(
      llamaMetadata({ 'tokenizer.chat_template': text('{{ x }}') }),
    );
    expect(tokenizerConfigJson).toMatchObject({
      chat_template: '{{ x }}',
      bos_token: '<s>',
      eos_token: '</s>',
    });
    expect((await filesOf(llamaMetadata())).tokenizerConfigJson).not.toHaveProperty('chat_template');
  });
});

describe('ggufTokenizerFiles with invalid metadata', () => {
  const count = (llamaMetadata()['tokenizer.ggml.tokens']!.value as readonly string[]).length;
  const gpt2 = byteLevelMetadata(byteLevelJson());
  it.each<[string, Metadata, string]>([
    [
      'an unsupported model',
      llamaMetadata({ 'tokenizer.ggml.model': text('t5') }),
      'tokenizer.ggml.model must be llama, gpt2 or bert, got "t5"',
    ],
    ['no model', {}, 'tokenizer.ggml.tokens must be a list of strings, got nothing'],
    [
      'tokens that are numbers',
      llamaMetadata({ 'tokenizer.ggml.tokens': list('i32', [1]) }),
      'tokenizer.ggml.tokens must be a list of strings, got a list of 1 of type i32',
    ],
    [
      'too few scores',
      llamaMetadata({ 'tokenizer.ggml.scores': list('f32', [1]) }),
      `tokenizer.ggml.scores must be a list of ${count} numbers, got a list of 1`,
    ],
    [
      'a score of NaN',
      llamaMetadata({ 'tokenizer.ggml.scores': list('f32', Array(count).fill(Number.NaN)) }),
      'the score of token 0 is not a number (tokenizer-invalid)',
    ],
    [
      'an unknown token type',
      llamaMetadata({ 'tokenizer.ggml.token_type': list('i32', Array(count).fill(9)) }),
      'token 0 is of type 9, expected 1 to 6',
    ],
    [
      'a BOS id outside the vocabulary',
      llamaMetadata({ 'tokenizer.ggml.bos_token_id': u32(99_999) }),
      `tokenizer.ggml.bos_token_id is 99999, there are ${count} tokens`,
    ],
    [
      'a merge of one token',
      { ...gpt2, 'tokenizer.ggml.merges': list('string', ['a b', 'ab']) },
      'merge 1 must be two tokens separated by a space, got "ab"',
    ],
    [
      'an unsupported pre-tokenizer',
      { ...gpt2, 'tokenizer.ggml.pre': text('default') },
      'tokenizer.ggml.pre must be one of gpt-2',
    ],
    [
      'a chat template that is not a string',
      llamaMetadata({ 'tokenizer.chat_template': u32(1) }),
      'tokenizer.chat_template must be a string, got 1',
    ],
  ])('throws for %s', async (_, metadata, message) => {
    await expect(filesOf(metadata)).rejects.toThrow(message);
  });
});
