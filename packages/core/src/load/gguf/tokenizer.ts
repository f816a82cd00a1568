import { ConfigError, FormatError } from '../../errors.ts';
import type { GgufHeader } from '../../weights/gguf/header.ts';
import { MetadataReader } from '../../weights/gguf/metadata-reader.ts';
import {
  type PieceKind,
  sentencePieceFiles,
  type TokenizerDescription,
  vocabularyOf,
} from '../sentencepiece.ts';
import { templateOf } from '../tokenizer-template.ts';
import { preTokenizationOf } from './pre-tokenizers.ts';
import { wordPieceFiles } from './word-piece.ts';

/** Token types, indexed by their number in `tokenizer.ggml.token_type`; 0 is undefined in ggml and read as normal. */
const KINDS: readonly PieceKind[] = [
  'normal',
  'normal',
  'unknown',
  'control',
  'userDefined',
  'unused',
  'byte',
];

interface Token {
  readonly text: string;
  readonly kind: PieceKind;
}

/**
 * The tokenizer of a GGUF file, `tokenizer.ggml.model`: `llama` (SentencePiece's BPE with byte fallback), `gpt2` (byte-level BPE) or `bert`
 * (WordPiece).
 *
 * Throws `ConfigError` for any other value and for metadata of the wrong type or length, and `FormatError` (`tokenizer-invalid`) for an
 * invalid vocabulary.
 */
export function ggufTokenizerFiles({ metadata }: GgufHeader, modelMaxLength: number): TokenizerDescription {
  const reader = new MetadataReader(metadata);
  const tokens = readTokens(reader);
  const id = (name: string) => {
    const value = reader.id(`tokenizer.ggml.${name}_token_id`);
    if (value === undefined || value < tokens.length) return value;
    throw tokenizerError(`tokenizer.ggml.${name}_token_id is ${value}, there are ${tokens.length} tokens`);
  };
  const ids = { bos: id('bos'), eos: id('eos'), unk: id('unknown'), pad: id('padding') };
  const kind = reader.text('tokenizer.ggml.model');
  if (kind === 'bert') {
    // The key of [SEP] is misspelt in llama.cpp.
    const sep = id('seperator') ?? id('separator');
    return wordPieceFiles(
      tokens.map(({ text, kind: type }) => ({ text, isSpecial: type === 'control' || type === 'unknown' })),
      { cls: id('cls') ?? ids.bos, sep: sep ?? ids.eos, unk: ids.unk, pad: ids.pad, mask: id('mask') },
      modelMaxLength,
    );
  }
  if (kind !== 'llama' && kind !== 'gpt2') {
    throw new ConfigError(
      `GGUF: tokenizer.ggml.model must be llama, gpt2 or bert, got ${JSON.stringify(kind)}`,
    );
  }
  const files =
    kind === 'llama'
      ? llamaFiles(reader, tokens, ids, modelMaxLength)
      : gpt2Files(reader, tokens, ids, modelMaxLength);
  if (!reader.has('tokenizer.chat_template')) return files;
  const template = reader.text('tokenizer.chat_template');
  return { ...files, tokenizerConfigJson: { ...files.tokenizerConfigJson, chat_template: template } };
}

type Ids = Readonly<Record<'bos' | 'eos' | 'unk' | 'pad', number | undefined>>;

function readTokens(reader: MetadataReader): Token[] {
  const texts = reader.texts('tokenizer.ggml.tokens');
  const types = reader.has('tokenizer.ggml.token_type')
    ? reader.numbers('tokenizer.ggml.token_type', texts.length)
    : undefined;
  return texts.map((text, i) => {
    const kind = KINDS[types?.[i] ?? 1];
    if (kind === undefined) throw tokenizerError(`token ${i} is of type ${types?.[i]}, expected 1 to 6`);
    return { text, kind };
  });
}

function llamaFiles(
  reader: MetadataReader,
  tokens: readonly Token[],
  ids: Ids,
  modelMaxLength: number,
): TokenizerDescription {
  const scores = reader.numbers('tokenizer.ggml.scores', tokens.length);
  const pieces = tokens.map((token, i) => ({ ...token, score: scores[i]! }));
  const unscored = scores.findIndex((score) => Number.isNaN(score));
  if (unscored >= 0) throw tokenizerError(`the score of token ${unscored} is not a number`);
  return sentencePieceFiles(pieces, {
    ...ids,
    addBos: reader.flag('tokenizer.ggml.add_bos_token', true),
    addEos: reader.flag('tokenizer.ggml.add_eos_token', false),
    addSpacePrefix: reader.flag('tokenizer.ggml.add_space_prefix', true),
    modelMaxLength,
  });
}

function gpt2Files(
  reader: MetadataReader,
  tokens: readonly Token[],
  ids: Ids,
  modelMaxLength: number,
): TokenizerDescription {
  const pre = preTokenizationOf(reader.text('tokenizer.ggml.pre', 'gpt-2'));
  const merges = reader.texts('tokenizer.ggml.merges');
  const invalid = merges.findIndex((merge) => !/^[^ ]+ [^ ]+$/.test(merge));
  if (invalid >= 0)
    throw tokenizerError(
      `merge ${invalid} must be two tokens separated by a space, got ${JSON.stringify(merges[invalid]).slice(0, 80)}`,
    );
  const addBos = reader.flag('tokenizer.ggml.add_bos_token', pre.addBos);
  const addEos = reader.flag('tokenizer.ggml.add_eos_token', false);
  const textOf = (id: number | undefined) => (id === undefined ? undefined : tokens[id]!.text);
  const specialToken = (add: boolean, id: number | undefined) =>
    add && id !== undefined ? { token: tokens[id]!.text, id } : undefined;
  const special = new Set(Object.values(ids).filter((id) => id !== undefined));
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const tokenizerJson = {
    version: '1.0',
    added_tokens: tokens.flatMap(({ text, kind }, id) => {
      const isSpecial = kind === 'control' || kind === 'unknown' || special.has(id);
      return isSpecial || kind === 'userDefined' ? [{ id, content: text, special: isSpecial, ...plain }] : [];
    }),
    normalizer: pre.normalizer,
    pre_tokenizer: pre.preTokenizer,
    post_processor: templateOf(specialToken(addBos, ids.bos), specialToken(addEos, ids.eos)),
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      unk_token: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre.ignoreMerges,
      ...vocabularyOf(tokens.map(({ text }) => text)),
      merges,
    },
  };
  const named = Object.entries(ids).flatMap(([role, id]) => {
    const token = textOf(id);
    return token === undefined ? [] : [[`${role}_token`, token]];
  });
  const tokenizerConfigJson = {
    add_bos_token: addBos,
    add_eos_token: addEos,
    clean_up_tokenization_spaces: false,
    model_max_length: modelMaxLength,
    ...Object.fromEntries(named),
  };
  return { tokenizerJson, tokenizerConfigJson };
}

function tokenizerError(what: string): FormatError {
  return new FormatError('tokenizer-invalid', `GGUF: ${what} (tokenizer-invalid)`);
}
