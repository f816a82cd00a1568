import { boundedTemplate, contentOf, flag, robertaProcessing } from '../tokenizer-template.ts';
import { type ClassInput, type TokenizerClass, withSpace } from './class.ts';

const BERT_TOKENS = {
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};

function wordPiece({ options, vocab }: ClassInput, post_processor: object) {
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: flag(options, 'tokenize_chinese_chars', true),
      strip_accents: options.strip_accents ?? null,
      lowercase: flag(options, 'do_lower_case', true),
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      vocab,
      unk_token: contentOf(options.unk_token) ?? 'None',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    post_processor,
  };
}

export const WORD_PIECE_CLASSES: Readonly<Record<string, TokenizerClass>> = {
  BertTokenizer: {
    model: 'WordPiece',
    tokens: BERT_TOKENS,
    build: (input) => wordPiece(input, boundedTemplate(input.token('cls'), input.token('sep'), 0, 1)),
  },
  MPNetTokenizer: {
    model: 'WordPiece',
    tokens: {
      bos_token: '<s>',
      eos_token: '</s>',
      sep_token: '</s>',
      cls_token: '<s>',
      unk_token: '[UNK]',
      pad_token: '<pad>',
      mask_token: '<mask>',
    },
    adapt: (options) => ({ ...options, mask_token: withSpace(options.mask_token) }),
    build: (input) =>
      wordPiece(input, robertaProcessing(input.token('cls'), input.token('sep'), true, false)),
  },
};
