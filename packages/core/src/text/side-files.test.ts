import { describe, expect, test } from 'vitest';
import { FormatError } from '../errors.ts';
import { Tokenizer } from './tokenizer.ts';

const bert = (config: object) =>
  Tokenizer.fromFiles({
    tokenizerJson: {
      added_tokens: [],
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: false,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: { '[UNK]': 0, bank: 1, BANK: 2, bánk: 3, 東: 4, 京: 5, 東京: 6 },
      },
    },
    tokenizerConfigJson: { tokenizer_class: 'BertTokenizerFast', ...config },
  });
const gpt2 = (config: object) =>
  Tokenizer.fromFiles({
    tokenizerJson: {
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [{ type: 'ByteLevel', add_prefix_space: true, trim_offsets: true }],
      },
      decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      model: { type: 'BPE', vocab: { a: 0, Ġ: 1, Ġa: 2, '<': 3, x: 4, '>': 5 }, merges: ['Ġ a'] },
    },
    tokenizerConfigJson: { tokenizer_class: 'GPT2Tokenizer', ...config },
  });

// Wanted values: AutoTokenizer of transformers 5.17.0.
describe('tokenizer_config.json', () => {
  test.each([
    [{ do_lower_case: true }, 'BANK', ['bank']],
    [{ do_lower_case: false }, 'BANK', ['BANK']],
    [{}, 'BANK', ['bank']],
    [{ strip_accents: false }, 'bánk', ['bánk']],
    [{}, 'bánk', ['bank']],
    [{ tokenize_chinese_chars: false }, '東京', ['東京']],
    [{}, '東京', ['東', '京']],
  ])('%j decides how BERT reads %s', (config, text, tokens) => {
    expect(bert(config).encode(text, { addSpecialTokens: false }).tokens).toEqual(tokens);
  });

  test.each([
    [{}, [0]],
    [{ add_prefix_space: false }, [0]],
    [{ add_prefix_space: true }, [2]],
  ])('%j decides whether a space comes before a text', (config, ids) => {
    expect([...gpt2(config).encode('a').ids]).toEqual(ids);
  });

  test('added_tokens_decoder, named and additional special tokens get the next free ids', () => {
    const tokenizer = gpt2({
      added_tokens_decoder: { 9: { content: '<y>', special: false }, 6: { content: '<x>', special: true } },
      pad_token: '<pad>',
      eos_token: { content: 'x' },
      additional_special_tokens: ['<x>', '<z>'],
    });
    expect([...tokenizer.encode('a<x>a<y><pad><z>x').ids]).toEqual([0, 6, 0, 7, 8, 9, 4]);
    expect([6, 7, 8, 9, 4, 0].map((id) => tokenizer.isSpecial(id))).toEqual([
      true,
      false,
      true,
      true,
      true,
      false,
    ]);
  });

  test.each([
    [{ do_lower_case: 'yes' }, 'do_lower_case in tokenizer_config.json must be a boolean, got "yes"'],
    [{ added_tokens_decoder: [] }, 'added_tokens_decoder in tokenizer_config.json must be an object'],
    [{ added_tokens_decoder: { 6: {} } }, 'added_tokens_decoder[6]'],
    [
      { additional_special_tokens: [7] },
      'additional_special_tokens in tokenizer_config.json must be a string',
    ],
  ])('fromFiles throws FormatError for %j', (config, words) => {
    expect(() => bert(config)).toThrow(FormatError);
    expect(() => bert(config)).toThrow(words);
  });
});
