import { ConfigError } from '../errors.ts';
import { tokenizerError } from '../text/json/component.ts';
import type { TokenizerFiles } from '../text/tokenizer.ts';
import { type Merge, mergesInto } from './sentencepiece-merges.ts';
import {
  CONTROL,
  readSentencePieceModel,
  type SentencePieceModel,
  USER_DEFINED,
} from './sentencepiece-model.ts';
import {
  bosEosTemplate,
  boundedTemplate,
  contentOf,
  flag,
  type Json,
  requireToken,
} from './tokenizer-template.ts';

type Vocabulary = [text: string, score: number][];

/**
 * A tokenizer of a class of transformers 5.17 that reads a SentencePiece model: its vocabulary, order of ids, normaliser, pre-tokeniser and
 * post-processor are those of the class (`convert_slow_tokenizer.py`, `models/…/tokenization_….py`). `file` is the name of the model's file.
 *
 * Throws `FormatError` for a damaged model and `ConfigError` for one of another algorithm than the class's.
 */
export function sentencePieceTokenizer(
  name: string,
  bytes: Uint8Array,
  file: string,
  given: Json,
): TokenizerFiles {
  const model = readSentencePieceModel(bytes, file);
  const expected = name === 'LlamaTokenizer' ? 2 : 1;
  if (model.modelType !== expected) {
    const kind = (type: number) => ({ 1: 'Unigram', 2: 'BPE', 3: 'words', 4: 'characters' })[type] ?? type;
    throw new ConfigError(
      `${file}: ${name} needs a SentencePiece model of type ${kind(expected)}, got ${kind(model.modelType)}`,
    );
  }
  const options = withPieces(name, given, model);
  const tokenizerJson = name === 'LlamaTokenizer' ? llama(model, options) : unigram(name, model, options);
  const added_tokens = userDefined(model, given);
  return {
    tokenizerJson: { ...tokenizerJson, added_tokens },
    tokenizerConfigJson: { ...options, tokenizer_class: name },
  };
}

/** The options with the model's control pieces, which are special tokens unless the configuration lists others. */
function withPieces(name: string, options: Json, { pieces }: SentencePieceModel): Json {
  if (options.additional_special_tokens || options.extra_special_tokens) return options;
  const kept = pieces.filter(({ type }) => type === CONTROL);
  const tokens = kept.map(({ text }) => text);
  const sentinels = name === 'T5Tokenizer' && !tokens.some((text) => text.includes('<extra_id_'));
  return {
    ...options,
    additional_special_tokens: [...tokens, ...(sentinels ? sentinelTokens(options) : [])],
  };
}

/** User-defined pieces, which are added tokens but not special ones, unless the configuration names them or lists others. */
function userDefined({ pieces }: SentencePieceModel, given: Json): object[] {
  if (given.additional_special_tokens || given.extra_special_tokens) return [];
  const named = new Set(
    Object.entries(given).map(([key, value]) => (key.endsWith('_token') ? contentOf(value) : undefined)),
  );
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false };
  return pieces.flatMap(({ text, type }, id) =>
    type === USER_DEFINED && !named.has(text) ? [{ id, content: text, ...plain }] : [],
  );
}

/** T5's `<extra_id_0>` and so on. */
function sentinelTokens({ extra_ids: count = 100 }: Json): string[] {
  if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > 10_000) {
    throw tokenizerError(
      `extra_ids in tokenizer_config.json must be an integer from 0 to 10000, got ${JSON.stringify(count)}`,
    );
  }
  return Array.from({ length: count as number }, (_, i) => `<extra_id_${i}>`);
}

function unigram(name: string, model: SentencePieceModel, options: Json): object {
  const vocab = vocabularyOf(name, model, options);
  const ids = new Map(vocab.map(([text], id) => [text, id]));
  const token = (role: string) => requireToken(options, `${role}_token`, ids);
  const unk = contentOf(options.unk_token);
  const unkIds: Record<string, number> = {
    T5Tokenizer: 2,
    AlbertTokenizer: 1,
    XLMRobertaTokenizer: 3,
    CamembertTokenizer: Math.max(
      0,
      vocab.findIndex(([text]) => text === unk),
    ),
  };
  const named = vocab.findIndex(([text, score]) => text === unk && score === 0);
  const unk_id = unkIds[name] ?? (named >= 0 ? named : model.unkId);
  if (unk_id >= vocab.length)
    throw tokenizerError(`${name}: the vocabulary has no id ${unk_id} for unknown texts`);
  const deberta = name === 'DebertaV2Tokenizer';
  const prefixed = name === 'T5Tokenizer' || flag(options, 'add_prefix_space', true);
  const prepend_scheme = prefixed ? 'always' : deberta ? 'first' : 'never';
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme, split: true };
  const before = deberta
    ? flag(options, 'split_by_punct', false)
      ? [{ type: 'Punctuation', behavior: 'Isolated' }]
      : []
    : [{ type: 'WhitespaceSplit' }];
  const post = {
    T5Tokenizer: () => afterEach({ ...token('eos'), token: '</s>' }),
    AlbertTokenizer: () => boundedTemplate(token('cls'), token('sep'), 0, 1),
    DebertaV2Tokenizer: () => boundedTemplate(token('cls'), token('sep'), 0, 1),
    XLMRobertaTokenizer: () => boundedTemplate(token('bos'), token('eos'), 1, 0),
    CamembertTokenizer: () => boundedTemplate(token('bos'), token('eos'), 1, 0),
  }[name]!;
  return {
    normalizer: { type: 'Sequence', normalizers: normalizersOf(name, model, options) },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...before, metaspace] },
    post_processor: post(),
    decoder: metaspace,
    model: { type: 'Unigram', unk_id, vocab, byte_fallback: false },
  };
}

/** The pieces in the order of the class's ids, with the tokens that it puts before and after them. */
function vocabularyOf(name: string, { pieces }: SentencePieceModel, options: Json): Vocabulary {
  const vocab = pieces.map(({ text, score }): [string, number] => [text, score]);
  const text = (role: string) => contentOf(options[`${role}_token`]) ?? 'None';
  if (name === 'T5Tokenizer') {
    const sentinels = sentinelTokens(options).reverse();
    return [...vocab, ...sentinels.map((token): [string, number] => [token, 0])];
  }
  if (name === 'XLMRobertaTokenizer') {
    const first = ['bos', 'pad', 'eos', 'unk'].map((role): [string, number] => [text(role), 0]);
    return [...first, ...vocab.slice(3), [text('mask'), 0]];
  }
  if (name === 'CamembertTokenizer') {
    return [
      ['<s>NOTUSED', 0],
      [text('pad'), 0],
      ['</s>NOTUSED', 0],
      [text('unk'), 0],
      ['<unk>NOTUSED', -100],
      ...vocab.slice(1),
      [text('mask'), 0],
    ];
  }
  return vocab;
}

function normalizersOf(name: string, { charsmap }: SentencePieceModel, options: Json): object[] {
  const lowercase = (otherwise: boolean) =>
    flag(options, 'do_lower_case', otherwise) ? [{ type: 'Lowercase' }] : [];
  const replace = (text: string) => ({ type: 'Replace', pattern: { String: text }, content: '"' });
  const precompiled =
    charsmap.length > 0 ? [{ type: 'Precompiled', precompiled_charsmap: toBase64(charsmap) }] : [];
  if (name === 'AlbertTokenizer') {
    const accents = flag(options, 'keep_accents', false) ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }];
    return [replace('``'), replace("''"), ...accents, ...lowercase(true), ...precompiled];
  }
  if (name !== 'DebertaV2Tokenizer') return precompiled;
  return [
    ...lowercase(false),
    { type: 'Replace', pattern: { Regex: '\\s{2,}|[\\n\\r\\t]' }, content: ' ' },
    { type: 'NFC' },
    { type: 'Strip', strip_left: false, strip_right: true },
  ];
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}

/** `A last`, and `A last B last` for a pair. */
function afterEach({ token, id }: { token: string; id: number }): object {
  const special = { SpecialToken: { id: token, type_id: 0 } };
  const text = (name: string) => ({ Sequence: { id: name, type_id: 0 } });
  return {
    type: 'TemplateProcessing',
    single: [text('A'), special],
    pair: [text('A'), special, text('B'), special],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

/** Llama's BPE with byte fallback, whose pieces are merged in the order of their ids. */
function llama({ pieces }: SentencePieceModel, options: Json): object {
  const vocab = new Map(pieces.map(({ text }, id) => [text, id]));
  const prefixed = flag(options, 'add_prefix_space', true);
  const prepend_scheme = prefixed ? (flag(options, 'legacy', false) ? 'always' : 'first') : 'never';
  return {
    normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme, split: false },
    post_processor: bosEosTemplate(options, vocab),
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefixed ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      unk_token: null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(vocab),
      merges: mergesOf(vocab),
    },
  };
}

/** Every way to put a piece together from two (`generate_merges`), by the piece's id, and then by the lengths of its parts. */
function mergesOf(vocab: ReadonlyMap<string, number>): Merge[] {
  const merges = [...vocab].flatMap(([text, id]) =>
    mergesInto(text, (part) => vocab.has(part)).map((merge) => ({ ...merge, id })),
  );
  merges.sort((a, b) => a.id - b.id || a.length - b.length);
  return merges.map(({ left, right }) => [left, right]);
}
