import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import minilm from '../../test/fixtures/minilm.json' with { type: 'json' };
import { minilmFiles } from '../../test/helpers/minilm.ts';
import { ConfigError, FormatError } from '../errors.ts';
import { Tokenizer } from './tokenizer.ts';
import { truncatedLengths } from './truncation.ts';

const tokenizerJson = JSON.parse(readFileSync(minilmFiles.tokenizer, 'utf8')) as Record<string, unknown>;
const tokenizer = Tokenizer.fromFiles({ tokenizerJson });

const [CLS, SEP] = [101, 102];

describe('Tokenizer.encode', () => {
  it.each(minilm.cases)('returns the ids and tokens of the reference for $text', ({ text, ids, tokens }) => {
    const encoding = tokenizer.encode(text);
    expect([...encoding.ids]).toEqual(ids);
    expect(encoding.tokens).toEqual(tokens);
    expect([...encoding.typeIds]).toEqual(ids.map(() => 0));
    expect(encoding.truncated).toBe(false);
  });

  it('ignores padding and max_length of tokenizer.json', () => {
    expect(tokenizerJson).toMatchObject({
      padding: { strategy: { Fixed: 128 } },
      truncation: { max_length: 128 },
    });
    expect(tokenizer.encode('a').ids).toHaveLength(3);
    expect(tokenizer.encode('a '.repeat(300)).ids).toHaveLength(302);
  });

  it('returns only special tokens for empty texts', () => {
    for (const text of ['', '  \n\t', '\u0000\u200b'])
      expect([...tokenizer.encode(text).ids]).toEqual([CLS, SEP]);
  });

  it('omits special tokens when addSpecialTokens is false', () => {
    expect(tokenizer.encode('river bank', { addSpecialTokens: false }).tokens).toEqual(['river', 'bank']);
    expect(tokenizer.encode('', { addSpecialTokens: false }).ids).toHaveLength(0);
  });

  it('joins a pair with token types 0 and 1', () => {
    const { tokens, typeIds } = tokenizer.encode('river bank', { pair: 'cash' });
    expect(tokens).toEqual(['[CLS]', 'river', 'bank', '[SEP]', 'cash', '[SEP]']);
    expect([...typeIds]).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it('accepts a pair of empty texts', () => {
    expect(tokenizer.encode('', { pair: '' }).tokens).toEqual(['[CLS]', '[SEP]', '[SEP]']);
  });

  it('returns the unknown token for words outside the vocabulary', () => {
    expect(tokenizer.encode('\u{1f9ff}').tokens).toEqual(['[CLS]', '[UNK]', '[SEP]']);
    expect(tokenizer.encode('x'.repeat(101)).tokens).toEqual(['[CLS]', '[UNK]', '[SEP]']);
  });

  it('tokenizes names of Object.prototype like other words', () => {
    expect(tokenizer.encode('__proto__ prototype').tokens).toEqual([
      '[CLS]',
      '_',
      '_',
      'proto',
      '_',
      '_',
      'prototype',
      '[SEP]',
    ]);
  });
});

describe('Tokenizer.encode with maxLength', () => {
  it('truncates the text and keeps the special tokens', () => {
    const { tokens, ids, truncated } = tokenizer.encode('She sat by the river bank.', { maxLength: 5 });
    expect(tokens).toEqual(['[CLS]', 'she', 'sat', 'by', '[SEP]']);
    expect(ids).toHaveLength(5);
    expect(truncated).toBe(true);
  });

  it('does not truncate when all tokens fit', () => {
    expect(tokenizer.encode('She sat by the river bank.', { maxLength: 9 }).truncated).toBe(false);
  });

  it('returns only special tokens when nothing else fits', () => {
    expect(tokenizer.encode('She sat', { maxLength: 2 }).tokens).toEqual(['[CLS]', '[SEP]']);
  });

  it('throws ConfigError when special tokens do not fit', () => {
    const message = 'encode: maxLength must leave room for 2 special tokens, got 1';
    expect(() => tokenizer.encode('She sat', { maxLength: 1 })).toThrow(new ConfigError(message));
    for (const maxLength of [-1, NaN]) expect(() => tokenizer.encode('', { maxLength })).toThrow(ConfigError);
    expect(() => tokenizer.encode('', { pair: '', maxLength: 2 })).toThrow('room for 3 special tokens');
  });

  it('truncates the longer text of a pair first', () => {
    const pair = { pair: 'one two three four five six' };
    const encode = (maxLength: number) =>
      tokenizer.encode('she sat', { ...pair, maxLength }).tokens.join(' ');
    expect(encode(8)).toBe('[CLS] she sat [SEP] one two three [SEP]');
    expect(encode(6)).toBe('[CLS] she [SEP] one two [SEP]');
    expect(encode(5)).toBe('[CLS] she [SEP] one [SEP]');
  });

  it.each([
    [3, 4, 10, [3, 4]],
    [3, 4, 7, [3, 4]],
    [2, 9, 6, [2, 4]],
    [9, 2, 6, [4, 2]],
    [9, 9, 7, [3, 4]],
    [9, 8, 7, [4, 3]],
    [5, 0, 3, [3, 0]],
    [5, 5, 0, [0, 0]],
  ])('truncatedLengths divides %i and %i tokens with budget %i', (first, second, budget, expected) => {
    expect(truncatedLengths(first, second, budget)).toEqual(expected);
  });
});

describe('Tokenizer.decode', () => {
  // As Transformers 5.17 decides.
  it.each([
    ['WordLevel', undefined, false],
    ['WordLevel', { clean_up_tokenization_spaces: true }, true],
    ['WordLevel', { clean_up_tokenization_spaces: false }, false],
    ['BPE', { clean_up_tokenization_spaces: true }, false],
    [
      'BPE',
      {
        clean_up_tokenization_spaces: true,
        clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output: true,
      },
      true,
    ],
  ])('of a %s with %j removes spaces before punctuation: %s', (type, tokenizerConfigJson, removes) => {
    const vocab = { a: 0, '.': 1 };
    const model = type === 'BPE' ? { type, vocab, merges: [] } : { type, vocab, unk_token: 'a' };
    const made = Tokenizer.fromFiles({
      tokenizerJson: { model },
      ...(tokenizerConfigJson && { tokenizerConfigJson }),
    });
    expect(made.decode([0, 1])).toBe(removes ? 'a.' : 'a .');
  });

  it('returns the text without special tokens by default', () => {
    const { ids } = tokenizer.encode('She sat by the river bank.');
    expect(tokenizer.decode(ids)).toBe('she sat by the river bank.');
    expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe(
      '[CLS] she sat by the river bank. [SEP]',
    );
  });

  it('returns the empty string for no tokens', () => {
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([CLS, SEP])).toBe('');
  });
});

describe('Tokenizer vocabulary', () => {
  it('has a size, token look-up and special tokens', () => {
    expect(tokenizer.vocabSize).toBe(30_522);
    expect(tokenizer.tokenToId('river')).toBe(2314);
    expect(tokenizer.idToToken(2314)).toBe('river');
    expect(tokenizer.tokenToId('no such token')).toBeUndefined();
    expect(tokenizer.idToToken(30_522)).toBeUndefined();
    expect(tokenizer.specialTokens).toEqual({ cls: 101, sep: 102, pad: 0, mask: 103, unk: 100 });
    expect([CLS, 2314].map((id) => tokenizer.isSpecial(id))).toEqual([true, false]);
  });

  it('takes special tokens from tokenizer_config.json when it names them', () => {
    const tokenizerConfigJson = { cls_token: { content: '[MASK]' }, bos_token: '[CLS]', eos_token: null };
    const named = Tokenizer.fromFiles({ tokenizerJson, tokenizerConfigJson });
    expect(named.specialTokens).toMatchObject({ cls: 103, bos: 101, sep: 102 });
    expect(named.specialTokens.eos).toBeUndefined();
  });
});

describe('Tokenizer.fromFiles', () => {
  const model = {
    type: 'WordPiece',
    vocab: { '[UNK]': 0, a: 1 },
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
  };

  it('accepts a tokenizer.json without optional fields', () => {
    const small = Tokenizer.fromFiles({
      tokenizerJson: { model, pre_tokenizer: { type: 'WhitespaceSplit' } },
    });
    expect([...small.encode('a b', { pair: 'a' }).ids]).toEqual([1, 0, 1]);
    expect([...small.encode('a b', { pair: 'a' }).typeIds]).toEqual([0, 0, 1]);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['no model', {}],
    ['added_tokens that is not a list', { model, added_tokens: {} }],
    ['an unknown model', { model: { type: 'Oracle', vocab: {} } }],
    ['an unknown normalizer', { model, normalizer: { type: 'Oracle' } }],
  ])('throws FormatError for %s', (_, json) => {
    expect(() => Tokenizer.fromFiles({ tokenizerJson: json })).toThrow(FormatError);
  });

  it('adds the special tokens of the post-processor whether the vocabulary has them or not', () => {
    const post_processor = { type: 'BertProcessing', cls: ['[CLS]', 5], sep: ['[SEP]', 6] };
    const { ids, tokens } = Tokenizer.fromFiles({ tokenizerJson: { model, post_processor } }).encode('a');
    expect(tokens).toEqual(['[CLS]', 'a', '[SEP]']);
    expect([...ids]).toEqual([5, 1, 6]);
  });
});
