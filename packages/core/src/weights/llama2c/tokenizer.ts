import { llama2cError } from './rules.ts';

/** A piece of a vocabulary, as it stands in the file; its id is its place. */
export interface Llama2cPiece {
  readonly text: string;
  readonly score: number;
}

/** Score and length. */
const ENTRY_BYTES = 8;

/**
 * Reads a `tokenizer.bin`, which has a piece for each of `vocabSize` rows and nothing else.
 *
 * Throws `FormatError` with the broken `Llama2cRule`; nothing outside `bytes` is ever read.
 */
export function parseLlama2cTokenizer(bytes: Uint8Array, vocabSize: number): Llama2cPiece[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const need = (at: number, count: number, what: string) => {
    if (at + count <= bytes.byteLength) return;
    throw llama2cError(
      'tokenizer-past-end',
      `${what} would end at byte ${at + count} of a tokeniser of ${bytes.byteLength} bytes`,
    );
  };
  need(0, 4, 'the length of the longest piece');
  const longest = view.getInt32(0, true);
  const pieces: Llama2cPiece[] = [];
  const seen = new Set<string>();
  let at = 4;
  for (let id = 0; id < vocabSize; id++) {
    const what = `piece ${id} of ${vocabSize}`;
    need(at, ENTRY_BYTES, what);
    const score = view.getFloat32(at, true);
    const length = view.getInt32(at + 4, true);
    at += ENTRY_BYTES;
    if (length < 1 || length > longest) {
      throw llama2cError('piece-length', `${what} has ${length} bytes, expected 1 to ${longest}`);
    }
    if (Number.isNaN(score)) throw llama2cError('piece-score', `the score of ${what} is not a number`);
    need(at, length, what);
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(at, at + length));
    } catch {
      throw llama2cError('piece-not-utf8', `${what} is not valid UTF-8`);
    }
    at += length;
    const piece = { text: sentencePieceText(text, id), score };
    if (seen.has(piece.text)) {
      throw llama2cError('duplicate-piece', `${what}, ${JSON.stringify(piece.text)}, is there already`);
    }
    seen.add(piece.text);
    pieces.push(piece);
  }
  if (at !== bytes.byteLength) {
    throw llama2cError(
      'trailing-bytes',
      `the tokeniser of ${vocabSize} pieces ends at byte ${at}, ${bytes.byteLength - at} more follow`,
    );
  }
  return pieces;
}

/** Ids of the 256 bytes, after the three tokens that are no text. */
const FIRST_BYTE = 3;
const SPECIAL = ['<unk>', '<s>', '</s>'];

/** How SentencePiece spells a piece that llama2.c wrote as it is to be printed. */
function sentencePieceText(text: string, id: number): string {
  const special = SPECIAL[id];
  if (special !== undefined) return special;
  const byte = id - FIRST_BYTE;
  // The first tokenisers have the character of that number, later ones `<0x0A>` as in the vocabulary.
  if (byte < 256 && text === String.fromCharCode(byte)) return byteToken(byte);
  return text.replaceAll(' ', '▁');
}

/** The piece that stands for a byte. */
export function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}
