import { QWEN2_PATTERN } from '../../text/pieces/published-patterns.ts';
import { bosEosTemplate, boundedTemplate, flag, robertaProcessing } from '../tokenizer-template.ts';
import type { ClassComponents, ClassInput, TokenizerClass } from './class.ts';
import { ROBERTA_TOKENS } from './parts.ts';

const byteLevel = (add_prefix_space: boolean, use_regex = true) => ({
  type: 'ByteLevel',
  add_prefix_space,
  trim_offsets: true,
  use_regex,
});

const DECODER = byteLevel(true);

/** Byte-level BPE, whose words come from GPT-2's expression. */
function bytes(
  { options, vocab, merges }: ClassInput,
  changes: Partial<ClassComponents> = {},
): ClassComponents {
  return {
    normalizer: null,
    pre_tokenizer: byteLevel(flag(options, 'add_prefix_space', false)),
    decoder: DECODER,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
    ...changes,
  };
}

const END_OF_TEXT = { bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>' };

export const BYTE_LEVEL_CLASSES: Readonly<Record<string, TokenizerClass>> = {
  GPT2Tokenizer: { model: 'BPE', tokens: END_OF_TEXT, build: (input) => bytes(input) },
  CodeGenTokenizer: { model: 'BPE', tokens: END_OF_TEXT, build: (input) => bytes(input) },
  RobertaTokenizer: {
    model: 'BPE',
    tokens: ROBERTA_TOKENS,
    build: (input) =>
      bytes(input, {
        post_processor: robertaProcessing(
          input.token('cls'),
          input.token('sep'),
          flag(input.options, 'trim_offsets', true),
          flag(input.options, 'add_prefix_space', false),
        ),
      }),
  },
  DebertaTokenizer: {
    model: 'BPE',
    tokens: {
      bos_token: '[CLS]',
      eos_token: '[SEP]',
      unk_token: '[UNK]',
      sep_token: '[SEP]',
      pad_token: '[PAD]',
      cls_token: '[CLS]',
      mask_token: '[MASK]',
    },
    build: (input) =>
      bytes(input, { post_processor: boundedTemplate(input.token('cls'), input.token('sep'), 1, 0) }),
  },
  GPTNeoXTokenizer: {
    model: 'BPE',
    tokens: { ...END_OF_TEXT, pad_token: '<|padding|>' },
    build: (input) =>
      bytes(input, {
        normalizer: { type: 'NFC' },
        pre_tokenizer: {
          ...byteLevel(flag(input.options, 'add_prefix_space', false)),
          trim_offsets: flag(input.options, 'trim_offsets', true),
        },
        post_processor: bosEosTemplateOf(input),
      }),
  },
  Qwen2Tokenizer: {
    model: 'BPE',
    tokens: { unk_token: '<|endoftext|>', eos_token: '<|endoftext|>', pad_token: '<|endoftext|>' },
    build: (input) =>
      bytes(input, {
        normalizer: { type: 'NFC' },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { Regex: QWEN2_PATTERN }, behavior: 'Isolated', invert: false },
            byteLevel(flag(input.options, 'add_prefix_space', false), false),
          ],
        },
      }),
  },
  CohereTokenizer: {
    model: 'BPE',
    tokens: {
      bos_token: '<BOS_TOKEN>',
      eos_token: '<|END_OF_TURN_TOKEN|>',
      unk_token: '<UNK>',
      sep_token: '<SEP>',
      pad_token: '<PAD>',
      cls_token: '<CLS>',
      mask_token: '<MASK_TOKEN>',
    },
    build: (input) => {
      const words = byteLevel(flag(input.options, 'add_prefix_space', false));
      return bytes(input, {
        normalizer: { type: 'NFC' },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [{ type: 'Digits', individual_digits: true }, words],
        },
        decoder: words,
      });
    },
  },
};

const bosEosTemplateOf = ({ options, token }: ClassInput) => bosEosTemplate(options, token);
