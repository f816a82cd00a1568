import { ConfigError } from '../../errors.ts';
import { isObject, tokenizerError } from '../../text/json/component.ts';
import { typeOfModel } from '../../text/models/index.ts';
import type { TokenizerFiles } from '../../text/tokenizer.ts';
import { BACKEND } from '../plain-tokenizer.ts';
import {
  CONTROL,
  readSentencePieceModel,
  type SentencePieceModel,
  USER_DEFINED,
} from '../sentencepiece-model.ts';
import { bosEosTemplate, type Json } from '../tokenizer-template.ts';
import { backendClass } from './backend.ts';
import { BYTE_LEVEL_CLASSES } from './byte-level.ts';
import { type ClassInput, type Scored, type TokenizerClass, tokensOf } from './class.ts';
import { LLAMA_CLASSES } from './llama.ts';
import { mergesOf, toBase64 } from './pieces.ts';
import { TRANSLATION_CLASSES } from './translation.ts';
import { UNIGRAM_CLASSES } from './unigram.ts';
import { WORD_PIECE_CLASSES } from './word-piece.ts';

const CLASSES: Readonly<Record<string, TokenizerClass>> = {
  ...WORD_PIECE_CLASSES,
  ...BYTE_LEVEL_CLASSES,
  ...UNIGRAM_CLASSES,
  ...TRANSLATION_CLASSES,
  ...LLAMA_CLASSES,
};

/** A tokenizer class by its name without `Fast`; undefined for names that are not known. */
export const tokenizerClass = (name: string): TokenizerClass | undefined =>
  Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;

/** What a class is made of: the vocabulary in the form of its model, and what its files say besides. */
export interface ClassParts extends Pick<ClassInput, 'unkId' | 'charsmap' | 'postProcessor'> {
  readonly vocab?: Readonly<Record<string, number>>;
  readonly merges?: readonly unknown[];
  readonly scored?: Scored;
  /** Tokens that were added to the vocabulary, if tokenizer_config.json has no `added_tokens_decoder`. */
  readonly added: readonly unknown[];
  /** Special tokens of a SentencePiece model. */
  readonly own?: readonly object[] | undefined;
}

/** Makes the tokenizer of a class, as its `__init__` does. `config` is tokenizer_config.json. Throws `FormatError` or `ConfigError`. */
export function makeTokenizer(
  name: string,
  parts: ClassParts,
  config: Json,
  made: TokenizerClass = CLASSES[name]!,
): TokenizerFiles {
  const { vocab = {}, scored = [], merges = [] } = parts;
  const given = { ...made.tokens, ...config };
  const listsExtra = 'extra_special_tokens' in config || 'additional_special_tokens' in config;
  const extra = listsExtra ? undefined : made.extra ? made.extra(parts.own, given) : parts.own;
  const options: Json = {
    ...(made.adapt ? made.adapt(given) : given),
    ...(extra && { extra_special_tokens: extra }),
  };
  const isUnigram = made.model === 'Unigram';
  const ids = isUnigram ? new Map(scored.map(([token], id) => [token, id])) : new Map(Object.entries(vocab));
  const known = (token: string) => ids.get(token);
  const { added, idOf, token } = tokensOf(
    config.added_tokens_decoder ? [] : parts.added,
    options,
    known,
    isUnigram ? scored.length : ids.size,
  );
  const input: ClassInput = { ...parts, options, vocab, merges, scored, token, idOf };
  const { post_processor, ...components } = made.build(input);
  return {
    tokenizerJson: {
      ...components,
      post_processor:
        post_processor !== undefined
          ? post_processor
          : (parts.postProcessor ?? bosEosTemplate(options, token)),
      added_tokens: added.map((one) => ({ ...one, id: idOf(String(one.content)) })),
    },
    tokenizerConfigJson: { ...options, tokenizer_class: name },
  };
}

/**
 * The tokenizer of a class from a SentencePiece model, whose file has the name `file`. Throws `FormatError` for a damaged model and `ConfigError` for
 * one of another algorithm than the class's.
 */
export function sentencePieceParts(
  name: string,
  bytes: Uint8Array,
  file: string,
  config: Json,
): TokenizerFiles {
  const model = readSentencePieceModel(bytes, file);
  const made = name === BACKEND ? backendClass(model) : CLASSES[name]!;
  const expected = made.model === 'BPE' ? 2 : 1;
  if (model.modelType !== expected) {
    const kind = (type: number) => ({ 1: 'Unigram', 2: 'BPE', 3: 'words', 4: 'characters' })[type] ?? type;
    throw new ConfigError(
      `${file}: ${name} needs a SentencePiece model of type ${kind(expected)}, got ${kind(model.modelType)}`,
    );
  }
  const pieces: Scored = model.pieces.map(({ text, score }) => [text, score]);
  const scored = made.reorder?.(pieces, config) ?? pieces;
  const isBpe = made.model === 'BPE';
  const parts = {
    ...(isBpe
      ? { vocab: Object.fromEntries(scored.map(([text], id) => [text, id])), merges: mergesOf(pieces) }
      : { scored }),
    unkId: model.unkId,
    charsmap: model.charsmap.length > 0 ? toBase64(model.charsmap) : undefined,
    own: addedPieces(model),
    added: [],
    postProcessor: undefined,
  };
  return makeTokenizer(name, parts, config, made);
}

/** The control pieces of a model, which are special tokens, and the user-defined ones, which are not. */
function addedPieces({ pieces }: SentencePieceModel): object[] {
  const kept = pieces.filter(({ type }) => type === CONTROL || type === USER_DEFINED);
  return kept.map(({ text, type }) => ({ content: text, normalized: false, special: type === CONTROL }));
}

/**
 * The tokenizer of a class that makes its components itself: of tokenizer.json it takes the vocabulary, the merges, the post-processor, the table of
 * normalisation and the added tokens, and nothing else (`convert_to_native_format` of transformers 5.17). Throws `ConfigError` where the model of the
 * file cannot be that of the class.
 */
export function remakeTokenizer(name: string, tokenizerJson: Json, config: Json): TokenizerFiles {
  const { model: kind } = CLASSES[name]!;
  const model = isObject(tokenizerJson.model) ? tokenizerJson.model : {};
  const { vocab, merges = [] } = model;
  if (!Array.isArray(merges)) throw tokenizerError('model.merges in tokenizer.json must be a list');
  const { add_bos_token: _bos, add_eos_token: _eos, ...options } = config;
  const { added_tokens: added = [], post_processor: postProcessor } = tokenizerJson;
  if (!Array.isArray(added)) throw tokenizerError('added_tokens in tokenizer.json must be a list');
  const parts = { added, postProcessor, charsmap: charsmapIn(tokenizerJson.normalizer) };
  const found = typeOfModel(model);
  if (found !== kind) throw wrongModel(name, kind, found);
  if (kind === 'Unigram') {
    const scored = checkScored(vocab);
    // mBART-50 completes a vocabulary that has no languages, wherever it comes from.
    const own = name === 'MBart50Tokenizer' ? CLASSES[name]!.reorder!(scored, options) : scored;
    return makeTokenizer(name, { ...parts, scored: own }, options);
  }
  if (!isObject(vocab)) throw tokenizerError('model.vocab in tokenizer.json must be an object');
  return makeTokenizer(name, { ...parts, vocab: vocab as Record<string, number>, merges }, options);
}

function checkScored(vocab: unknown): Scored {
  if (!Array.isArray(vocab)) throw tokenizerError('model.vocab in tokenizer.json must be a list');
  const wrong = vocab.find(
    (piece) => !(Array.isArray(piece) && typeof piece[0] === 'string' && typeof piece[1] === 'number'),
  );
  if (wrong === undefined) return vocab as unknown as Scored;
  throw tokenizerError(
    `model.vocab in tokenizer.json must have tokens with scores, got ${JSON.stringify(wrong).slice(0, 60)}`,
  );
}

function wrongModel(name: string, kind: string, found: unknown): ConfigError {
  return new ConfigError(
    `tokenizer.json has a model of type ${JSON.stringify(found)}, but the class ${name} of the repository needs ${kind}; set tokenizer_class in tokenizer_config.json to PreTrainedTokenizerFast to use tokenizer.json as it is`,
  );
}

/** The first `precompiled_charsmap` among the file's normalizers. */
function charsmapIn(normalizer: unknown): string | undefined {
  if (!isObject(normalizer)) return undefined;
  const list = normalizer.type === 'Sequence' ? normalizer.normalizers : [normalizer];
  const found = (Array.isArray(list) ? list : []).find((one) => isObject(one) && one.type === 'Precompiled');
  return typeof found?.precompiled_charsmap === 'string' ? found.precompiled_charsmap : undefined;
}
