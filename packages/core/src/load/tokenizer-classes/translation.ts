import { tokenizerError } from '../../text/json/component.ts';
import { afterPair, contentOf, flag, type Json } from '../tokenizer-template.ts';
import { type ClassInput, type TokenizerClass, textOf } from './class.ts';
import { MBART_LANGUAGES, MBART50_LANGUAGES, NLLB_LANGUAGES } from './languages.ts';
import {
  bpe,
  fairseq,
  metaspace,
  nameOf,
  precompiled,
  ROBERTA_TOKENS,
  replace,
  SPACES,
  sequence,
  spacedMask,
  unigram,
  unknownIn,
  WHITE_SPACE,
} from './parts.ts';

/** Pegasus's `<unk_2>` and so on. */
function pegasusUnknowns({ offset = 103 }: Json): string[] {
  if (!Number.isInteger(offset) || (offset as number) < 0 || (offset as number) > 10_000) {
    throw tokenizerError(
      `offset in tokenizer_config.json must be an integer from 0 to 10000, got ${JSON.stringify(offset)}`,
    );
  }
  return Array.from({ length: Math.max(0, (offset as number) - 2) }, (_, i) => `<unk_${i + 2}>`);
}

/** The end of the text and the language of the source, after the text or around it. */
function languageTemplate(input: ClassInput, language: string, first: boolean): object {
  const { options, idOf } = input;
  const token = contentOf(options.src_lang) ?? language;
  const id = idOf(token) ?? input.token('unk').id;
  const eos = input.token('eos');
  return first ? afterPair([{ token, id }], [eos]) : afterPair([], [eos, { token, id }]);
}

/** Pegasus's class, and those with language tokens. */
export const TRANSLATION_CLASSES: Readonly<Record<string, TokenizerClass>> = {
  PegasusTokenizer: {
    model: 'Unigram',
    tokens: { pad_token: '<pad>', eos_token: '</s>', unk_token: '<unk>', mask_token: '<mask_2>' },
    extra: (_, options) => {
      const sentence = 'mask_token_sent' in options ? options.mask_token_sent : '<mask_1>';
      return [...(sentence === null ? [] : [sentence]), ...pegasusUnknowns(options)];
    },
    reorder: (pieces, config) => {
      const masks = [
        'mask_token' in config ? contentOf(config.mask_token) : '<mask_1>',
        'mask_token_sent' in config ? contentOf(config.mask_token_sent) : '<mask_2>',
      ].filter((token) => token !== undefined);
      const first = [textOf(config, 'pad', '<pad>'), textOf(config, 'eos', '</s>'), ...new Set(masks)];
      return [
        ...first.map((token): [string, number] => [token, 0]),
        ...pegasusUnknowns(config).map((token): [string, number] => [token, -100]),
        ...pieces.slice(2),
      ];
    },
    build: (input) =>
      unigram(
        input,
        unknownIn(input, 1),
        input.charsmap ? [...precompiled(input), SPACES] : [replace({ Regex: '\\n' }, ' '), SPACES],
        'always',
        [],
        afterPair([], [input.token('eos')]),
      ),
  },
  MBartTokenizer: {
    model: 'Unigram',
    tokens: ROBERTA_TOKENS,
    adapt: spacedMask,
    extra: (own = []) => [
      ...MBART_LANGUAGES,
      ...own.filter((token) => !MBART_LANGUAGES.includes(nameOf(token))),
    ],
    reorder: fairseq('bos', MBART_LANGUAGES),
    build: (input) => unigram(input, 3, [], 'always', WHITE_SPACE, languageTemplate(input, 'en_XX', false)),
  },
  MBart50Tokenizer: {
    model: 'Unigram',
    tokens: {
      eos_token: '</s>',
      unk_token: '<unk>',
      sep_token: '</s>',
      pad_token: '<pad>',
      cls_token: '<s>',
      mask_token: '<mask>',
    },
    adapt: spacedMask,
    extra: (own = []) => [...own, ...MBART50_LANGUAGES],
    reorder: (pieces, config) =>
      pieces.some(([token]) => MBART50_LANGUAGES.includes(token))
        ? pieces
        : fairseq('cls', MBART50_LANGUAGES)(pieces, config),
    build: (input) =>
      unigram(
        input,
        3,
        [...precompiled(input), SPACES],
        'always',
        [],
        languageTemplate(input, 'en_XX', true),
      ),
  },
  NllbTokenizer: {
    model: 'BPE',
    tokens: ROBERTA_TOKENS,
    adapt: (options) =>
      typeof options.mask_token === 'string'
        ? { ...options, mask_token: { content: options.mask_token, lstrip: true, normalized: true } }
        : options,
    extra: (own) => own ?? NLLB_LANGUAGES,
    reorder: (pieces, config) => {
      const first = ['<s>', '<pad>', '</s>', '<unk>'].map((token, i) =>
        textOf(config, ['bos', 'pad', 'eos', 'unk'][i]!, token),
      );
      return [
        ...first.map((token): [string, number] => [token, 0]),
        ...pieces.filter(([token]) => !first.includes(token)),
      ];
    },
    build: (input) => ({
      normalizer: input.charsmap ? sequence('normalizers', [...precompiled(input), SPACES]) : null,
      pre_tokenizer: metaspace('always'),
      decoder: metaspace('always'),
      model: bpe(input, contentOf(input.options.unk_token) ?? 'None', false),
      post_processor: languageTemplate(input, 'eng_Latn', !flag(input.options, 'legacy_behaviour', false)),
    }),
  },
};
