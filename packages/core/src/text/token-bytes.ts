/** How a vocabulary represents bytes. */
export type ByteEncoding =
  /** GPT-2: all tokens are bytes, each byte written as one printable character. */
  | 'byteLevel'
  /** SentencePiece with byte fallback: characters missing from the vocabulary are written as bytes, `<0xE4>`. */
  | 'byteFallback'
  /** Tokens consist of whole characters. */
  | 'none';

/** The byte encoding that the `decoder` of tokenizer.json decodes. */
export function readByteEncoding(decoder: unknown): ByteEncoding {
  const { type, decoders } = (typeof decoder === 'object' && decoder !== null ? decoder : {}) as {
    type?: unknown;
    decoders?: unknown;
  };
  if (type === 'ByteLevel') return 'byteLevel';
  if (type === 'ByteFallback') return 'byteFallback';
  if (!Array.isArray(decoders)) return 'none';
  return decoders.map(readByteEncoding).find((encoding) => encoding !== 'none') ?? 'none';
}

/** The bytes of a token; undefined for a token of whole characters. */
export function tokenBytes(token: string, encoding: ByteEncoding): readonly number[] | undefined {
  if (encoding === 'byteLevel') return Array.from(token, byteLevelByte);
  const [, byte] = encoding === 'byteFallback' ? (/^<0x([0-9A-F]{2})>$/i.exec(token) ?? []) : [];
  return byte === undefined ? undefined : [Number.parseInt(byte, 16)];
}

/** Inverse of GPT-2's `bytes_to_unicode`: printable Latin-1 bytes are their own characters, the others are numbered from 256. */
function byteLevelByte(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 256) return code;
  const index = code - 256;
  if (index < 33) return index;
  return index < 67 ? 127 + index - 33 : 173;
}
