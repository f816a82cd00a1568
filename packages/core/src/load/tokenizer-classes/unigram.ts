import { tokenizerError } from '../../text/json/component.ts';
import {
  afterEach,
  bosEosTemplate,
  boundedTemplate,
  contentOf,
  flag,
  type Json,
} from '../tokenizer-template.ts';
import { type TokenizerClass, textOf } from './class.ts';
import {
  ACCENTS,
  BERT_TOKENS,
  BOS_EOS,
  fairseq,
  lowercased,
  nameOf,
  ONE_SPACE,
  precompiled,
  prefixScheme,
  QUOTES,
  ROBERTA_TOKENS,
  replace,
  SPACES,
  spacedMask,
  unigram,
  unknownIn,
  WHITE_SPACE,
} from './parts.ts';

/** T5's `<extra_id_0>` and so on. */
function sentinels({ extra_ids: count = 100 }: Json): string[] {
  if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > 10_000) {
    throw tokenizerError(
      `extra_ids in tokenizer_config.json must be an integer from 0 to 10000, got ${JSON.stringify(count)}`,
    );
  }
  return Array.from({ length: count as number }, (_, i) => `<extra_id_${i}>`);
}

/** Classes with Unigram of encoders, T5 and XLNet. */
export const UNIGRAM_CLASSES: Readonly<Record<string, TokenizerClass>> = {
  T5Tokenizer: {
    model: 'Unigram',
    tokens: { eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' },
    extra: (own = [], options) =>
      own.some((token) => nameOf(token).includes('<extra_id_')) ? own : [...own, ...sentinels(options)],
    reorder: (pieces, config) => [
      ...pieces,
      ...sentinels(config)
        .reverse()
        .map((token): [string, number] => [token, 0]),
    ],
    build: (input) =>
      unigram(
        input,
        2,
        precompiled(input),
        'always',
        WHITE_SPACE,
        afterEach({ ...input.token('eos'), token: '</s>' }),
      ),
  },
  AlbertTokenizer: {
    model: 'Unigram',
    tokens: BERT_TOKENS,
    build: (input) =>
      unigram(
        input,
        1,
        [
          ...QUOTES,
          ...(flag(input.options, 'keep_accents', false) ? [] : ACCENTS),
          ...lowercased(input, true),
          ...precompiled(input),
        ],
        prefixScheme(input),
        WHITE_SPACE,
        boundedTemplate(input.token('cls'), input.token('sep'), 0, 1),
      ),
  },
  XLMRobertaTokenizer: {
    model: 'Unigram',
    tokens: ROBERTA_TOKENS,
    reorder: fairseq('bos'),
    build: (input) =>
      unigram(
        input,
        3,
        precompiled(input),
        prefixScheme(input),
        WHITE_SPACE,
        boundedTemplate(input.token('bos'), input.token('eos'), 1, 0),
      ),
  },
  CamembertTokenizer: {
    model: 'Unigram',
    tokens: ROBERTA_TOKENS,
    adapt: spacedMask,
    extra: (own) => own ?? ['<s>NOTUSED', '</s>NOTUSED', '<unk>NOTUSED'],
    reorder: (pieces, config) => [
      ['<s>NOTUSED', 0],
      [textOf(config, 'pad', '<pad>'), 0],
      ['</s>NOTUSED', 0],
      [textOf(config, 'unk', '<unk>'), 0],
      ['<unk>NOTUSED', -100],
      ...pieces.slice(1),
      [textOf(config, 'mask', '<mask>'), 0],
    ],
    build: (input) => {
      const unk = contentOf(input.options.unk_token);
      const unkId = input.scored.findIndex(([token]) => token === unk);
      const template = boundedTemplate(input.token('bos'), input.token('eos'), 1, 0);
      return unigram(
        input,
        Math.max(0, unkId),
        precompiled(input),
        prefixScheme(input),
        WHITE_SPACE,
        template,
      );
    },
  },
  DebertaV2Tokenizer: {
    model: 'Unigram',
    tokens: { ...BERT_TOKENS, unk_token: '[UNK]', pad_token: '[PAD]' },
    build: (input) => {
      const named = unknownIn(input);
      const template = boundedTemplate(input.token('cls'), input.token('sep'), 0, 1);
      return unigram(
        input,
        named >= 0 ? named : (input.unkId ?? 1),
        [...lowercased(input, false), ...ONE_SPACE],
        prefixScheme(input, 'first'),
        flag(input.options, 'split_by_punct', false) ? [{ type: 'Punctuation', behavior: 'Isolated' }] : [],
        template,
      );
    },
  },
  BarthezTokenizer: {
    model: 'Unigram',
    tokens: ROBERTA_TOKENS,
    adapt: spacedMask,
    build: (input) => unigram(input, 3, ONE_SPACE, prefixScheme(input), []),
  },
  BigBirdTokenizer: {
    model: 'Unigram',
    tokens: { ...BOS_EOS, pad_token: '<pad>', sep_token: '[SEP]', mask_token: '[MASK]', cls_token: '[CLS]' },
    adapt: spacedMask,
    build: (input) => {
      const named = unknownIn(input);
      return unigram(
        input,
        named >= 0 ? named : 100,
        [replace({ Regex: ' {2,}' }, '▁')],
        prefixScheme(input),
        [],
        boundedTemplate(input.token('cls'), input.token('sep'), 0, 1),
      );
    },
  },
  RemBertTokenizer: {
    model: 'Unigram',
    tokens: BERT_TOKENS,
    build: (input) =>
      unigram(
        input,
        2,
        [
          ...QUOTES,
          SPACES,
          ...(flag(input.options, 'keep_accents', true) ? [] : ACCENTS),
          ...lowercased(input, false),
          ...precompiled(input),
        ],
        prefixScheme(input),
        [],
        // Without a tokenizer.json the class's own template is replaced by the base class's (`_post_init`).
        input.postProcessor
          ? boundedTemplate(input.token('cls'), input.token('sep'), 0, 1)
          : bosEosTemplate(input.options, input.token),
      ),
  },
  XLNetTokenizer: {
    model: 'Unigram',
    tokens: { ...BOS_EOS, sep_token: '<sep>', pad_token: '<pad>', cls_token: '<cls>', mask_token: '<mask>' },
    adapt: spacedMask,
    extra: (own) => own ?? ['<eop>', '<eod>'],
    build: (input) => {
      const special = (role: string, type_id: number) => ({
        SpecialToken: { id: input.token(role).token, type_id },
      });
      const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
      const tokens = ['sep', 'cls'].map((role) => {
        const { token, id } = input.token(role);
        return [token, { id: token, ids: [id], tokens: [token] }];
      });
      const template = {
        type: 'TemplateProcessing',
        single: [text('A', 0), special('sep', 0), special('cls', 2)],
        pair: [text('A', 0), special('sep', 0), text('B', 1), special('sep', 1), special('cls', 2)],
        special_tokens: Object.fromEntries(tokens),
      };
      const normalizers = [...QUOTES, ...ACCENTS, ...lowercased(input, false), ...precompiled(input)];
      return unigram(input, input.unkId ?? 0, normalizers, 'always', WHITE_SPACE, template);
    },
  },
};
