import { flag } from './config-flag.ts';

type Json = Readonly<Record<string, unknown>>;

/** The special tokens of BERT's classes where tokenizer_config.json names no others. */
export const BERT_TOKENS = {
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};

/** The components of tokenizer.json that BERT's classes of transformers make. `config` is tokenizer_config.json. Throws `FormatError`. */
export function bertComponents(config: Json, vocab: Json, unk_token: string, post_processor: object) {
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: flag(config, 'tokenize_chinese_chars', true),
      strip_accents: config.strip_accents ?? null,
      lowercase: flag(config, 'do_lower_case', true),
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      vocab,
      unk_token,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    post_processor,
  };
}
