import { ConfigError } from '../../errors.ts';
import { DECODERS } from '../../text/decoders/index.ts';
import { tokenizerError } from '../../text/json/component.ts';
import { MODELS } from '../../text/models/index.ts';
import { sentencePieceDecoder, sentencePieceModel } from '../../text/models/sentencepiece.ts';
import { addedIds, addedTokens } from '../../text/side-files.ts';
import type { TokenizerFiles } from '../../text/tokenizer.ts';
import type { RepositoryFiles } from '../../weights/sources/repository.ts';
import { mergesOf } from '../sentencepiece.ts';
import { readSentencePieceModel, type SentencePieceModel, USER_DEFINED } from '../sentencepiece-model.ts';
import { afterPair, contentOf, type Json } from '../tokenizer-template.ts';
import { readVocabulary } from '../tokenizer-vocabularies.ts';
import { M2M100_LANGUAGES, WMT21_LANGUAGES } from './languages.ts';
import { toBase64 } from './pieces.ts';

const MARIAN_TOKENS = { unk_token: '<unk>', eos_token: '</s>', pad_token: '<pad>', model_max_length: 512 };
const M2M100_TOKENS = {
  bos_token: '<s>',
  eos_token: '</s>',
  unk_token: '<unk>',
  sep_token: '</s>',
  pad_token: '<pad>',
};

/**
 * The tokenizers of transformers that run SentencePiece in Python and give its pieces ids of vocab.json: Marian's, which splits texts with source.spm,
 * and M2M100's. `path` gives the name of a file. Rejects with `FormatError` or `ConfigError`.
 */
export async function pythonTokenizer(
  name: string,
  files: RepositoryFiles,
  path: (file: string) => string,
  config: Json,
): Promise<TokenizerFiles> {
  Object.assign(MODELS, { SentencePiece: sentencePieceModel });
  Object.assign(DECODERS, { SentencePiece: sentencePieceDecoder });
  const isMarian = name === 'MarianTokenizer';
  if (config.separate_vocabs) {
    throw new ConfigError(
      'tokenizer_config.json: separate_vocabs is true, and vocabularies that are not shared are not supported',
    );
  }
  const file = path(isMarian ? 'source.spm' : 'sentencepiece.bpe.model');
  const model = readSentencePieceModel(await files.bytes(file), file);
  const vocab = readVocabulary(await files.json(path('vocab.json')));
  const options: Json = { ...(isMarian ? MARIAN_TOKENS : M2M100_TOKENS), ...config };
  const unk = contentOf(options.unk_token) ?? '';
  if (!Object.hasOwn(vocab, unk)) {
    throw tokenizerError(`vocab.json must have the unknown token ${JSON.stringify(unk)}`);
  }
  const languages = isMarian ? [] : languagesOf(options);
  const size = Object.keys(vocab).length;
  const added = addedTokens({}, options) as Json[];
  const ids = addedIds(added, (token) => (Object.hasOwn(vocab, token) ? vocab[token] : undefined), size);
  const eos = ending(contentOf(options.eos_token) ?? '</s>', ids);
  const first = isMarian ? [] : [sourceLanguage(options, languages, size)];
  const special = added.filter((token) => token.special).map(({ content }) => content);
  const { pieces, addDummyPrefix: add_dummy_prefix } = model;
  const shared = {
    type: 'SentencePiece',
    pieces: pieces.map(({ text, score, type }) => [text, score, type]),
    add_dummy_prefix,
    remove_extra_whitespaces: model.removeExtraWhitespaces,
  };
  return {
    tokenizerJson: {
      normalizer: null,
      pre_tokenizer: null,
      added_tokens: added,
      model: {
        ...shared,
        vocab,
        unk_id: vocab[unk],
        language_codes: isMarian,
        extra_tokens: languages,
        escape_whitespaces: model.escapeWhitespaces,
        treat_whitespace_as_suffix: model.treatWhitespaceAsSuffix,
        byte_fallback: model.byteFallback,
        ...(model.charsmap.length > 0 && { precompiled_charsmap: toBase64(model.charsmap) }),
        ...(model.modelType !== 1 && { merges: mergesIn(model, file) }),
      },
      post_processor: afterPair(first, [eos]),
      decoder: { ...shared, special, spaced: isMarian },
    },
    tokenizerConfigJson: { ...options, tokenizer_class: name },
  };
}

function ending(token: string, ids: ReadonlyMap<string, number>) {
  const id = ids.get(token);
  if (id === undefined) throw tokenizerError(`eos_token ${JSON.stringify(token)} is not in the vocabulary`);
  return { token, id };
}

/** M2M100's language tokens, which have the ids after those of vocab.json. */
function languagesOf({ language_codes: codes = 'm2m100' }: Json): string[] {
  const known: Readonly<Record<string, readonly string[]>> = {
    m2m100: M2M100_LANGUAGES,
    wmt21: WMT21_LANGUAGES,
  };
  if (typeof codes !== 'string' || !Object.hasOwn(known, codes)) {
    throw new ConfigError(
      `tokenizer_config.json: language_codes must be m2m100 or wmt21, got ${JSON.stringify(codes)}`,
    );
  }
  return known[codes]!.map((code) => `__${code}__`);
}

function sourceLanguage(options: Json, languages: readonly string[], size: number) {
  const language = contentOf(options.src_lang) ?? 'en';
  const index = languages.indexOf(`__${language}__`);
  if (index >= 0) return { token: languages[index]!, id: size + index };
  throw new ConfigError(
    `tokenizer_config.json: src_lang must be a language code such as en or ko, got ${JSON.stringify(language)}`,
  );
}

function mergesIn(model: SentencePieceModel, file: string) {
  if (model.modelType !== 2 || model.pieces.some(({ type }) => type === USER_DEFINED)) {
    throw new ConfigError(
      `${file}: the SentencePiece model must be Unigram, or BPE without user-defined pieces`,
    );
  }
  return mergesOf(
    model.pieces.map(({ text, score, type }) => ({ text, score, kind: type === 1 ? 'normal' : 'control' })),
  );
}
