import { Tokenizer } from '../../src/text/index.ts';

type Json = Record<string, unknown>;

/** The characters of bytes in byte-level BPE (GPT-2's `bytes_to_unicode`): printable bytes are their own characters. */
const printable = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
const bytes = Array.from({ length: 256 }, (_, byte) => byte);
const unprintable = bytes.filter((byte) => !printable(byte));
export const byteAlphabet = bytes.map((byte) =>
  String.fromCharCode(printable(byte) ? byte : 256 + unprintable.indexOf(byte)),
);

/** A text in byte-level encoding: each UTF-8 byte as its character. */
export const toByteLevel = (text: string) =>
  Array.from(new TextEncoder().encode(text), (byte) => byteAlphabet[byte]).join('');

/** Merges that build each word from left to right. */
function mergesOf(words: readonly string[]): string[] {
  const merges = words.flatMap((word) =>
    Array.from({ length: word.length - 1 }, (_, i) => `${word.slice(0, i + 1)} ${word[i + 1]}`),
  );
  return [...new Set(merges)];
}

const added = (contents: readonly string[], options: Json = {}) =>
  contents.map((content, id) => ({ id, content, special: true, normalized: false, ...options }));

/** A tokenizer.json like RoBERTa's: byte-level BPE. */
export function byteLevelJson(
  preTokenizer: Json = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
): Json {
  const special = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];
  const merges = mergesOf([' the', ' bank', ' river', ' of', 'The', ' é', '나는', '👩'].map(toByteLevel));
  const tokens = [...special, ...byteAlphabet, ...merges.map((merge) => merge.replace(' ', ''))];
  return {
    model: {
      type: 'BPE',
      vocab: Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id])),
      merges,
      unk_token: null,
      fuse_unk: false,
    },
    added_tokens: added(special).map((token) =>
      token.content === '<mask>' ? { ...token, lstrip: true } : token,
    ),
    pre_tokenizer: preTokenizer,
    post_processor: {
      type: 'RobertaProcessing',
      sep: ['</s>', 2],
      cls: ['<s>', 0],
      trim_offsets: true,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel' },
  };
}

/** A tokenizer.json like XLM-R's: Unigram with ▁ for spaces. */
export function unigramJson(): Json {
  const pieces: [string, number][] = [
    ['<s>', 0],
    ['<pad>', 0],
    ['</s>', 0],
    ['<unk>', 0],
    ['▁', -3],
    ...'abcdefghijklmnopqrstuvwxyz.,!?0123456789é나는가각fi'
      .split('')
      .map((letter): [string, number] => [letter, -8]),
    ...['▁the', '▁bank', '▁river', '▁나는', '▁커피를', 'er', 'ing', 'ank', '▁The', '▁fi'].map(
      (piece): [string, number] => [piece, -5],
    ),
  ];
  return {
    model: { type: 'Unigram', unk_id: 3, vocab: pieces },
    added_tokens: [
      ...added(['<s>', '<pad>', '</s>', '<unk>']),
      { id: pieces.length, content: '<mask>', special: true, normalized: false, lstrip: true },
    ],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Precompiled', precompiled_charsmap: '' },
        { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'Metaspace', replacement: '▁', add_prefix_space: true, prepend_scheme: 'always' },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '<s>', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
      ],
      pair: [
        { SpecialToken: { id: '<s>', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
        { Sequence: { id: 'B', type_id: 0 } },
        { SpecialToken: { id: '</s>', type_id: 0 } },
      ],
    },
    decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
  };
}

/** A tokenizer.json like Llama's: BPE with byte fallback, whose normalizer replaces spaces by ▁. */
export function byteFallbackJson(): Json {
  const special = ['<unk>', '<s>', '</s>'];
  const merges = mergesOf(['▁the', '▁bank', '▁river']);
  const fallback = bytes.map((byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const letters = ['▁', ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?'];
  const tokens = [...special, ...fallback, ...letters, ...merges.map((merge) => merge.replace(' ', ''))];
  return {
    model: {
      type: 'BPE',
      vocab: Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id])),
      merges,
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
    },
    added_tokens: added(special),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    decoder: null,
  };
}

/** A tokenizer.json like multilingual cased BERT's: WordPiece that keeps case and accents, with several scripts. */
export function casedJson(): Json {
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
  const words = [
    'The',
    'the',
    'river',
    'bank',
    'É',
    'é',
    '나',
    '는',
    '커',
    '피',
    '中',
    '文',
    '.',
    ',',
    'Σ',
    'ς',
    'fi',
  ];
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const tokens = [
    ...special,
    ...words,
    ...letters,
    ...[...letters, '는', '피', 'é'].map((letter) => `##${letter}`),
  ];
  return {
    model: {
      type: 'WordPiece',
      vocab: Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id])),
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    added_tokens: added(special),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: false,
      lowercase: false,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  };
}

export const tokenizerOf = (json: Json, config: Json = {}) =>
  Tokenizer.fromFiles({ tokenizerJson: json, tokenizerConfigJson: config });
