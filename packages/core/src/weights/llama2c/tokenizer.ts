import { llama2cError } from './rules.ts';

/** A piece of the vocabulary in SentencePiece notation. Its id is its index. */
export interface Llama2cPiece {
  readonly text: string;
  readonly score: number;
}

/** Size of a piece's score and length. */
const ENTRY_BYTES = 8;

/**
 * Parses a `tokenizer.bin` with exactly `vocabSize` pieces. Never reads outside `bytes`.
 *
 * Throws `FormatError` with the broken `Llama2cRule`.
 */
export function parseLlama2cTokenizer(bytes: Uint8Array, vocabSize: number): Llama2cPiece[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const requireBytes = (at: number, count: number, what: string) => {
    if (at + count <= bytes.byteLength) return;
    throw llama2cError(
      'tokenizer-past-end',
      `${what} ends at byte ${at + count}, the tokenizer has ${bytes.byteLength} bytes`,
    );
  };
  requireBytes(0, 4, 'the maximum piece length');
  const maxLength = view.getInt32(0, true);
  const pieces: Llama2cPiece[] = [];
  const seen = new Set<string>();
  let at = 4;
  for (let id = 0; id < vocabSize; id++) {
    const what = `piece ${id} of ${vocabSize}`;
    requireBytes(at, ENTRY_BYTES, what);
    const score = view.getFloat32(at, true);
    const length = view.getInt32(at + 4, true);
    at += ENTRY_BYTES;
    if (length < 1 || length > maxLength) {
      throw llama2cError('piece-length', `${what} has ${length} bytes, expected 1 to ${maxLength}`);
    }
    if (Number.isNaN(score)) throw llama2cError('piece-score', `the score of ${what} is NaN`);
    requireBytes(at, length, what);
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(at, at + length));
    } catch {
      throw llama2cError('piece-not-utf8', `${what} is not valid UTF-8`);
    }
    at += length;
    const piece = { text: sentencePieceText(text, id), score };
    if (seen.has(piece.text)) {
      throw llama2cError('duplicate-piece', `${what}, ${JSON.stringify(piece.text)}, occurs twice`);
    }
    seen.add(piece.text);
    pieces.push(piece);
  }
  if (at !== bytes.byteLength) {
    throw llama2cError(
      'trailing-bytes',
      `the tokenizer of ${vocabSize} pieces ends at byte ${at}, ${bytes.byteLength - at} bytes follow`,
    );
  }
  return pieces;
}

/** Id of the first of 256 byte tokens, which follow the special tokens. */
const FIRST_BYTE = 3;
const SPECIAL_TOKENS = ['<unk>', '<s>', '</s>'];

/** Converts a piece from its printable form in llama2.c to SentencePiece notation. */
function sentencePieceText(text: string, id: number): string {
  const special = SPECIAL_TOKENS[id];
  if (special !== undefined) return special;
  const byte = id - FIRST_BYTE;
  // Older files contain the character with that code, later ones `<0x0A>` as in SentencePiece.
  if (byte < 256 && text === String.fromCharCode(byte)) return byteToken(byte);
  return text.replaceAll(' ', '▁');
}

/** The token of a byte, such as `<0x0A>`. */
export function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}
