import { type Merge, mergesInto } from './sentencepiece-merges.ts';
import { templateOf } from './tokenizer-template.ts';

/** A tokenizer converted to the content of Hugging Face's files. */
export interface TokenizerDescription {
  /** tokenizer.json */
  readonly tokenizerJson: object;
  /** tokenizer_config.json */
  readonly tokenizerConfigJson: Readonly<Record<string, unknown>>;
}

/** A piece of a SentencePiece vocabulary; its id is its index in the list. */
export interface Piece {
  /** With `▁` for a space; bytes as `<0x0A>`. */
  readonly text: string;
  /** Merge priority: pairs that form the piece with the highest score are merged first. */
  readonly score: number;
  readonly kind: PieceKind;
}

/** SentencePiece's types. Only normal pieces are formed by merging; user-defined ones are split off the text before. */
export type PieceKind = 'normal' | 'unknown' | 'control' | 'userDefined' | 'unused' | 'byte';

export interface SentencePieceOptions {
  /** Ids. A token that is not given is not there. */
  readonly bos?: number | undefined;
  readonly eos?: number | undefined;
  readonly unk?: number | undefined;
  readonly pad?: number | undefined;
  /** Whether a text begins with the token `bos`, and ends with `eos`. */
  readonly addBos: boolean;
  readonly addEos: boolean;
  /** Whether a text is read as if a space came before it. */
  readonly addSpacePrefix: boolean;
  readonly modelMaxLength?: number | undefined;
}

const SPACE = '▁';

/**
 * A vocabulary of SentencePiece's BPE with byte fallback (Llama's kind), as tokenizer.json and tokenizer_config.json would have it: scores
 * become an order of merges, as in transformers' conversion of Llama.
 */
export function sentencePieceFiles(
  pieces: readonly Piece[],
  options: SentencePieceOptions,
): TokenizerDescription {
  const { addBos, addEos, addSpacePrefix } = options;
  const textOf = (id: number | undefined) => (id === undefined ? undefined : pieces[id]?.text);
  const [bos, eos, unk, pad] = [options.bos, options.eos, options.unk, options.pad].map(textOf);
  const prepend = { type: 'Prepend', prepend: SPACE };
  const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
  const tokenizerJson = {
    version: '1.0',
    added_tokens: pieces.flatMap(({ text, kind }, id) => addedToken(id, text, kind)),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(addSpacePrefix ? [prepend] : []),
        { type: 'Replace', pattern: { String: ' ' }, content: SPACE },
      ],
    },
    pre_tokenizer: null,
    post_processor: templateOf(
      addBos && bos !== undefined ? { token: bos, id: options.bos! } : undefined,
      addEos && eos !== undefined ? { token: eos, id: options.eos! } : undefined,
    ),
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(addSpacePrefix ? [strip] : []),
      ],
    },
    model: {
      type: 'BPE',
      unk_token: unk ?? null,
      fuse_unk: true,
      byte_fallback: true,
      ...vocabularyOf(pieces.map(({ text }) => text)),
      merges: mergesOf(pieces),
    },
  };
  const tokenizerConfigJson = {
    add_bos_token: addBos,
    add_eos_token: addEos,
    clean_up_tokenization_spaces: false,
    ...(bos !== undefined && { bos_token: bos }),
    ...(eos !== undefined && { eos_token: eos }),
    ...(unk !== undefined && { unk_token: unk }),
    ...(pad !== undefined && { pad_token: pad }),
    ...(options.modelMaxLength !== undefined && { model_max_length: options.modelMaxLength }),
  };
  return { tokenizerJson, tokenizerConfigJson };
}

/**
 * The fields of a model that give each text its id. As in llama.cpp a text that is there twice has the last of its ids; the others, in
 * `duplicate_tokens`, are only decoded.
 */
export function vocabularyOf(texts: readonly string[]): object {
  const ids = new Map(texts.map((text, id) => [text, id]));
  const twice = texts.flatMap((text, id) => (ids.get(text) === id ? [] : [[id, text]]));
  return {
    vocab: Object.fromEntries(ids),
    ...(twice.length > 0 && { duplicate_tokens: Object.fromEntries(twice) }),
  };
}

/**
 * Every way to put a normal piece together from two, in the order of transformers' `generate_merges`: by score, of equal ones those with the
 * longest left part, then with the longest right part, then by the id of the piece.
 */
function mergesOf(pieces: readonly Piece[]): Merge[] {
  const normal = pieces.filter(({ kind }) => kind === 'normal');
  const texts = new Set(normal.map(({ text }) => text));
  const merges = normal.flatMap(({ text, score }) =>
    mergesInto(text, (part) => texts.has(part)).map((merge) => ({
      ...merge,
      score,
      whole: [...text].length,
    })),
  );
  // The sum of both lengths is that of the piece.
  merges.sort((a, b) => b.score - a.score || b.length - a.length || b.whole - a.whole);
  return merges.map(({ left, right }) => [left, right]);
}

function addedToken(id: number, content: string, kind: PieceKind): object[] {
  if (kind !== 'unknown' && kind !== 'control' && kind !== 'userDefined') return [];
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return [{ id, content, special: kind !== 'userDefined', ...plain }];
}
