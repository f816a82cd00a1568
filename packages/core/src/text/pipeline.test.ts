import { describe, expect, it } from 'vitest';
import { ConfigError, FormatError } from '../errors.ts';
import { Tokenizer } from './tokenizer.ts';

const model = {
  type: 'WordPiece',
  vocab: { '[UNK]': 0, a: 1, b: 2 },
  unk_token: '[UNK]',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 100,
};
const tokenizerOf = (json: object) => Tokenizer.fromFiles({ tokenizerJson: { model, ...json } });
const bpe = (options: object) => ({ type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'], ...options });

describe('components that are not supported', () => {
  it.each([
    ['normalizer.type', { normalizer: { type: 'Oracle' } }],
    [
      'normalizer.normalizers[1].type',
      { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, {}] } },
    ],
    ['normalizer.clean_text', { normalizer: { type: 'BertNormalizer' } }],
    ['normalizer.new_option', { normalizer: { type: 'NFC', new_option: true } }],
    ['precompiled_charsmap', { normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } }],
    ['pre_tokenizer.behavior', { pre_tokenizer: { type: 'Punctuation', behavior: 'Doubled' } }],
    ['pre_tokenizer.length', { pre_tokenizer: { type: 'FixedLength', length: 0 } }],
    ['add_prefix_space', { pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: false } }],
    [
      'pre_tokenizer.pattern',
      { pre_tokenizer: { type: 'Split', pattern: 'x', behavior: 'Isolated', invert: false } },
    ],
    [
      'post_processor.trim_offsets',
      { post_processor: { type: 'RobertaProcessing', sep: ['a', 1], cls: ['b', 2] } },
    ],
    [
      'SpecialToken.id',
      {
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }],
          pair: [],
          special_tokens: {},
        },
      },
    ],
    ['decoder.start', { decoder: { type: 'Strip', content: ' ', start: -1, stop: 0 } }],
    ['added_tokens[0].content', { added_tokens: [{ id: 3 }] }],
    ['model.dropout', { model: bpe({ dropout: 0.1 }) }],
    ['model.merges', { model: bpe({ merges: ['a c'] }) }],
    ['model.vocab', { model: { ...model, vocab: { a: 2 ** 40 } } }],
    ['model.unk_id', { model: { type: 'Unigram', unk_id: 1, vocab: [['a', 0]] } }],
  ])('are refused by the name %s', (name, json) => {
    expect(() => tokenizerOf(json)).toThrow(FormatError);
    expect(() => tokenizerOf(json)).toThrow(name);
  });

  it('are not meant by options of ByteLevel on another component, which the library does not read either', () => {
    const [A, B] = ['A', 'B'].map((id) => ({ Sequence: { id, type_id: 0 } }));
    const type = { type: 'TemplateProcessing', single: [A], pair: [A, B], special_tokens: {} };
    const options = { add_prefix_space: true, trim_offsets: true, use_regex: true };
    const template = (more: object) => tokenizerOf({ post_processor: { ...type, ...more } });
    expect(template(options).encode('a', { offsets: true })).toEqual(
      template({}).encode('a', { offsets: true }),
    );
  });

  it('names the token that a vocabulary lacks', () => {
    const unigram = tokenizerOf({ model: { type: 'Unigram', vocab: [['a', 0]] } });
    expect(() => unigram.encode('b')).toThrow(ConfigError);
    expect(() => unigram.encode('b')).toThrow('"b"');
    const words = tokenizerOf({ model: { ...model, unk_token: '<none>' } });
    expect(() => words.encode('c')).toThrow('"<none>"');
  });
});

describe('a long text without spaces', () => {
  const letters = 'ab'.repeat(100_000);
  it.each([
    ['BPE', bpe({})],
    ['BPE of one long token', bpe({ vocab: { a: 0, b: 1, ab: 2, ba: 3 }, merges: ['a b', 'b a'] })],
    [
      'Unigram',
      {
        type: 'Unigram',
        unk_id: 0,
        vocab: [
          ['<unk>', 0],
          ['a', -1],
          ['b', -1],
          ['ab', -1.5],
        ],
      },
    ],
  ])('is tokenized by %s in time that does not grow with its square', (_, long) => {
    const tokenizer = tokenizerOf({ model: long });
    const { ids, offsets } = tokenizer.encode(letters, { offsets: true });
    expect(ids).toHaveLength(100_000);
    expect(offsets.at(-1)).toBe(letters.length);
  });
});

describe('BPE', () => {
  it('places bytes of a suffix, which the word does not have, at its end', () => {
    const bytes = ['a', '<', '/', 'w', '>'].map((character) => `<0x${character.charCodeAt(0).toString(16)}>`);
    const vocab = Object.fromEntries(
      bytes.map((token, id) => [token.toUpperCase().replace('X', 'x'), id] as const),
    );
    const tokenizer = tokenizerOf({
      model: { type: 'BPE', vocab, merges: [], byte_fallback: true, end_of_word_suffix: '</w>' },
    });
    const { ids, offsets } = tokenizer.encode('a', { offsets: true });
    expect([...ids]).toEqual([0, 1, 2, 3, 4]);
    expect([...offsets!]).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it('merges a pair that begins with the character 0 in a long word', () => {
    const vocab = { '\0': 0, a: 1, b: 2, '\0a': 3 };
    const tokenizer = tokenizerOf({ model: { type: 'BPE', vocab, merges: ['\0 a'] } });
    expect(tokenizer.encode(`${'b'.repeat(70)}\0a`).ids.at(-1)).toBe(3);
  });
});
