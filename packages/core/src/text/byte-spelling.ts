/** How a vocabulary spells bytes that are no characters by themselves. */
export type ByteSpelling =
  /** GPT-2's way: every token is bytes, each spelt as a character of its own. */
  | 'byteLevel'
  /** SentencePiece's: where the vocabulary lacks a character, its bytes stand as `<0xE4>`. */
  | 'byteFallback'
  /** Tokens are of whole characters. */
  | 'none';

/** Which way a tokenizer.json's decoder undoes. */
export function byteSpellingOf(decoder: unknown): ByteSpelling {
  const { type, decoders } = (typeof decoder === 'object' && decoder !== null ? decoder : {}) as {
    type?: unknown;
    decoders?: unknown;
  };
  if (type === 'ByteLevel') return 'byteLevel';
  if (type === 'ByteFallback') return 'byteFallback';
  if (!Array.isArray(decoders)) return 'none';
  return decoders.map(byteSpellingOf).find((spelling) => spelling !== 'none') ?? 'none';
}

/** The bytes of a token; undefined for one of whole characters. */
export function bytesOfToken(token: string, spelling: ByteSpelling): readonly number[] | undefined {
  if (spelling === 'byteLevel') return Array.from(token, byteOfCharacter);
  const [, byte] = spelling === 'byteFallback' ? (/^<0x([0-9A-F]{2})>$/i.exec(token) ?? []) : [];
  return byte === undefined ? undefined : [Number.parseInt(byte, 16)];
}

/** Printable bytes of Latin-1 stand for themselves; the others are counted from 256 on. */
function byteOfCharacter(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 256) return code;
  const nth = code - 256;
  if (nth < 33) return nth;
  return nth < 67 ? 127 + nth - 33 : 173;
}

/** Follows bytes of UTF-8 and knows whether a character is still incomplete. */
export class CharacterBytes {
  #missing = 0;

  /** Whether bytes of the last character are still to come. */
  get incomplete(): boolean {
    return this.#missing > 0;
  }

  push(bytes: readonly number[] | undefined): void {
    // A token of whole characters ends what was broken off before it.
    if (bytes === undefined) this.#missing = 0;
    for (const byte of bytes ?? []) {
      const continues = byte >= 0x80 && byte < 0xc0;
      if (continues) this.#missing = Math.max(0, this.#missing - 1);
      else this.#missing = byte >= 0xf5 ? 0 : byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
    }
  }
}
