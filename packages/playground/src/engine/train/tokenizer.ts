import { Tokenizer } from '@headwise/core';

/** Ids of the special tokens of all tokenizers here. */
export const PAD = 0;
export const BOS = 1;
export const EOS = 2;
const SPECIAL = ['<pad>', '<s>', '</s>', '<unk>'];

/** How a text is divided: into words, digits and marks, or into characters. */
export type Division = 'words' | 'characters';

/** A tokenizer, and the contents of the files that it is loaded from. */
export interface RunTokenizer {
  readonly tokenizer: Tokenizer;
  readonly files: { readonly 'tokenizer.json': unknown; readonly 'tokenizer_config.json': unknown };
}

/** A space is written as `▁` at the beginning of the word after it. */
const METASPACE = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: false };
const WORDS = '▁?\\p{L}+|▁?[^▁\\p{L}]';

const split = (regex: string) => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});

const PIPELINES = {
  words: {
    parts: (text: string) => text.replaceAll(' ', '▁').match(new RegExp(WORDS, 'gu')) ?? [],
    preTokenizer: { type: 'Sequence', pretokenizers: [METASPACE, split(WORDS)] },
    decoder: METASPACE,
    // Sources and targets end with </s>.
    around: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
    added: EOS,
  },
  characters: {
    parts: (text: string) => [...text],
    preTokenizer: split('[\\s\\S]'),
    decoder: { type: 'Fuse' },
    // A text that is to be continued begins with <s>, and has no end.
    around: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    added: BOS,
  },
};

/** A tokenizer whose vocabulary is that of these texts. */
export function tokenizerOf(texts: readonly string[], division: Division): RunTokenizer {
  const { parts, preTokenizer, decoder, around, added } = PIPELINES[division];
  const tokens = [...new Set(texts.flatMap(parts))].sort();
  const special = SPECIAL[added] ?? '';
  const tokenizerJson = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: preTokenizer,
    post_processor: {
      type: 'TemplateProcessing',
      single: around,
      pair: [...around, { Sequence: { id: 'B', type_id: 0 } }],
      special_tokens: { [special]: { id: special, ids: [added], tokens: [special] } },
    },
    decoder,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries([...SPECIAL, ...tokens].map((token, id) => [token, id])),
      unk_token: '<unk>',
    },
  };
  const tokenizerConfigJson = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    pad_token: '<pad>',
    unk_token: '<unk>',
    bos_token: '<s>',
    eos_token: '</s>',
  };
  return {
    tokenizer: Tokenizer.fromFiles({ tokenizerJson, tokenizerConfigJson }),
    files: { 'tokenizer.json': tokenizerJson, 'tokenizer_config.json': tokenizerConfigJson },
  };
}
