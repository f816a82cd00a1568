import { ConfigError, FormatError } from '../../errors.ts';
import type { TokenizerDescription } from '../sentencepiece.ts';
import { boundedTemplate } from '../tokenizer-template.ts';

/** A token of the file; `isSpecial` if it never comes from a text. */
export interface WordPieceToken {
  readonly text: string;
  readonly isSpecial: boolean;
}

/** Ids of special tokens, where the file has them. */
export type WordPieceIds = Readonly<Record<'cls' | 'sep' | 'unk' | 'pad' | 'mask', number | undefined>>;

/** llama.cpp's mark of a token that begins a word. */
const WORD_START = '\u2581';
const NAMES = { cls: '[CLS]', sep: '[SEP]', unk: '[UNK]', pad: '[PAD]', mask: '[MASK]' } as const;

/**
 * The tokenizer of a BERT: WordPiece. In a GGUF file tokens that begin a word start with `▁` and those within a word have no mark, where a
 * vocab.txt has none and `##`. Texts are lower-cased and lose their accents, as in llama.cpp and in uncased models.
 *
 * Throws `ConfigError` for a vocabulary with capital letters, whose model reads texts as they are, which the file does not say; `FormatError`
 * (`tokenizer-invalid`) for tokens that are equal in WordPiece's spelling, and for a vocabulary without `[CLS]`, `[SEP]` or `[UNK]`.
 */
export function wordPieceFiles(
  tokens: readonly WordPieceToken[],
  ids: WordPieceIds,
  modelMaxLength: number,
): TokenizerDescription {
  const vocab = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    const text = spelled(token);
    if (vocab.has(text)) throw invalid(`token ${id}, ${JSON.stringify(token.text)}, occurs twice`);
    vocab.set(text, id);
    if (!token.isSpecial && !isBracketed(text) && /\p{Lu}/u.test(text)) {
      throw new ConfigError(
        `GGUF: token ${id}, ${JSON.stringify(text)}, has a capital letter: the file does not say how texts of a cased model are normalised; load its safetensors`,
      );
    }
  }
  const special = (role: keyof typeof NAMES) => {
    const id = ids[role] ?? vocab.get(NAMES[role]);
    return id === undefined ? undefined : { id, content: spelled(tokens[id]!) };
  };
  const [cls, sep, unk] = [special('cls'), special('sep'), special('unk')];
  if (!cls || !sep || !unk) throw invalid('the vocabulary has no [CLS], [SEP] or [UNK]');
  const named = { cls, sep, unk, pad: special('pad'), mask: special('mask') };
  const added = Object.values(named).filter((token) => token !== undefined);
  const ending = ({ id, content }: { id: number; content: string }) => ({ token: content, id });
  const tokenizerJson = {
    version: '1.0',
    added_tokens: added
      .map((token) => ({
        ...token,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      }))
      .sort((a, b) => a.id - b.id),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: boundedTemplate(ending(cls), ending(sep), 0, 1),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unk.content,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab),
    },
  };
  const tokenizerConfigJson = {
    model_max_length: modelMaxLength,
    ...Object.fromEntries(
      Object.entries(named).flatMap(([role, token]) => (token ? [[`${role}_token`, token.content]] : [])),
    ),
  };
  return { tokenizerJson, tokenizerConfigJson };
}

/** The token as a vocab.txt has it. */
function spelled({ text, isSpecial }: WordPieceToken): string {
  if (isSpecial || isBracketed(text)) return text;
  return text.startsWith(WORD_START) ? text.slice(WORD_START.length) : `##${text}`;
}

/** `[CLS]`, `[unused7]`: converters leave such tokens as they are. */
function isBracketed(text: string): boolean {
  return text.length > 1 && text.startsWith('[') && text.endsWith(']');
}

function invalid(what: string): FormatError {
  return new FormatError('tokenizer-invalid', `GGUF: ${what} (tokenizer-invalid)`);
}
