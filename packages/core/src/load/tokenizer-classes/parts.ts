import { tokenizerError } from '../../text/json/component.ts';
import { contentOf, flag, type Json } from '../tokenizer-template.ts';
import { type ClassComponents, type ClassInput, type Scored, textOf, withSpace } from './class.ts';

export const ROBERTA_TOKENS = {
  bos_token: '<s>',
  eos_token: '</s>',
  unk_token: '<unk>',
  sep_token: '</s>',
  pad_token: '<pad>',
  cls_token: '<s>',
  mask_token: '<mask>',
};
export const BERT_TOKENS = {
  bos_token: '[CLS]',
  eos_token: '[SEP]',
  unk_token: '<unk>',
  sep_token: '[SEP]',
  pad_token: '<pad>',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};
export const BOS_EOS = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' };

export const metaspace = (prepend_scheme: string, split = true) => ({
  type: 'Metaspace',
  replacement: '▁',
  prepend_scheme,
  split,
});
export const sequence = (kind: 'normalizers' | 'pretokenizers' | 'decoders', parts: readonly object[]) => ({
  type: 'Sequence',
  [kind]: parts,
});
export const replace = (pattern: object, content: string) => ({ type: 'Replace', pattern, content });
export const SPACES = replace({ Regex: ' {2,}' }, ' ');
export const QUOTES = [replace({ String: '``' }, '"'), replace({ String: "''" }, '"')];
/** DeBERTa's and BARThez's. */
export const ONE_SPACE = [
  replace({ Regex: '\\s{2,}|[\\n\\r\\t]' }, ' '),
  { type: 'NFC' },
  { type: 'Strip', strip_left: false, strip_right: true },
];
export const ACCENTS = [{ type: 'NFKD' }, { type: 'StripAccents' }];
export const LOWERCASE = { type: 'Lowercase' };

export const precompiled = ({ charsmap }: ClassInput) =>
  charsmap ? [{ type: 'Precompiled', precompiled_charsmap: charsmap }] : [];
export const prefixScheme = ({ options }: ClassInput, otherwise = 'never') =>
  flag(options, 'add_prefix_space', true) ? 'always' : otherwise;
export const lowercased = ({ options }: ClassInput, otherwise: boolean) =>
  flag(options, 'do_lower_case', otherwise) ? [LOWERCASE] : [];

/** Unigram, with `scheme` as that of Metaspace before and after it. */
export function unigram(
  input: ClassInput,
  unk_id: number,
  normalizers: readonly object[],
  scheme: string,
  words: readonly object[],
  post_processor?: unknown,
): ClassComponents {
  const { scored } = input;
  if (!(unk_id >= 0 && unk_id < scored.length)) {
    throw tokenizerError(
      `the class of the tokenizer has id ${unk_id} for unknown texts, but the vocabulary has ${scored.length} tokens`,
    );
  }
  return {
    normalizer: normalizers.length > 0 ? sequence('normalizers', normalizers) : null,
    pre_tokenizer: sequence('pretokenizers', [...words, metaspace(scheme)]),
    decoder: metaspace(scheme),
    model: { type: 'Unigram', unk_id, vocab: scored, byte_fallback: false },
    post_processor,
  };
}

export const WHITE_SPACE = [{ type: 'WhitespaceSplit' }];

/** The index of the unknown token where its score is 0, from index `from` on; −1 if it is not there. */
export const unknownIn = ({ options, scored }: ClassInput, from = 0) => {
  const unk = contentOf(options.unk_token);
  return scored.findIndex(([token, score], index) => index >= from && token === unk && score === 0);
};

/** Pieces whose first three are the control pieces of SentencePiece, as fairseq puts them into its dictionaries. */
export const fairseq =
  (first: string, ...last: readonly (readonly string[])[]) =>
  (pieces: Scored, config: Json): Scored => {
    const special = [textOf(config, first, '<s>'), textOf(config, 'pad', '<pad>')];
    special.push(textOf(config, 'eos', '</s>'), textOf(config, 'unk', '<unk>'));
    const after = [...last.flat(), textOf(config, 'mask', '<mask>')];
    const zero = (token: string): [string, number] => [token, 0];
    return [...special.map(zero), ...pieces.slice(3), ...after.map(zero)];
  };

/** `options` with a mask that takes the space before it. */
export const spacedMask = (options: Json): Json => ({
  ...options,
  mask_token: withSpace(options.mask_token),
});

export const nameOf = (token: unknown) => contentOf(token) ?? '';

/** BPE over the pieces of a SentencePiece model. */
export function bpe({ vocab, merges }: ClassInput, unk_token: string | null, byte_fallback: boolean): object {
  return { type: 'BPE', dropout: null, unk_token, fuse_unk: true, byte_fallback, vocab, merges };
}
