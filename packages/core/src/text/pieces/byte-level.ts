import { AlignedWriter, type Piece } from './alignment.ts';
import { checkGrowth } from './limits.ts';

/** The characters that stand for the 256 bytes in byte-level tokens: GPT-2's `bytes_to_unicode`. */
export const BYTE_CHARACTERS: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  String.fromCharCode(byteCharacter(byte)),
);

/** Printable characters of Latin-1 stand for themselves, the other bytes are numbered from 256. */
function byteCharacter(byte: number): number {
  if (byte <= 32) return 256 + byte;
  if (byte < 127) return byte;
  if (byte < 161) return 256 + 33 + byte - 127;
  return byte === 173 ? 323 : byte;
}

/** The byte of each character of `BYTE_CHARACTERS`. */
export const CHARACTER_BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

const encoder = new TextEncoder();

/** Replaces each character by those of its UTF-8 bytes. */
export function byteLevelText(text: string): string {
  const encoded = encoder.encode(text);
  // Bytes of bytes: a file may have the component many times.
  checkGrowth(encoded.length, 'ByteLevel');
  let bytes = '';
  for (const byte of encoded) bytes += BYTE_CHARACTERS[byte];
  return bytes;
}

/** Replaces each character by those of its UTF-8 bytes, which all have its range. */
export function byteLevelPiece(piece: Piece): Piece {
  const text = byteLevelText(piece.text);
  // The positions of ASCII do not change.
  if (text.length === piece.text.length) return { ...piece, text };
  const writer = new AlignedWriter(piece.alignment.origin, text.length);
  writeByteLevel(piece, text, writer);
  return writer.finish();
}

/** Appends the bytes of a piece, `bytes`, to a writer. */
export function writeByteLevel(piece: Piece, bytes: string, writer: AlignedWriter): void {
  const { text, alignment, from } = piece;
  let at = 0;
  for (let i = 0; i < text.length; ) {
    const code = text.codePointAt(i)!;
    const next = i + (code > 0xffff ? 2 : 1);
    const end = at + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
    const from0 = alignment.startOf(from + i);
    const to0 = alignment.endOf(from + next - 1);
    for (; at < end; at++) writer.unit(bytes.charCodeAt(at), from0, to0);
    i = next;
  }
}
