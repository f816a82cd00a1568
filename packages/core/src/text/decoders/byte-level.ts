import { CHARACTER_BYTES } from '../pieces/byte-level.ts';

/** Decodes the bytes that the characters of tokens stand for. A token with another character stands for itself. */
export function decodeByteLevel(tokens: readonly string[]): string[] {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  for (const token of tokens) {
    const own = Array.from(token, (character) => CHARACTER_BYTES.get(character));
    if (own.every((byte) => byte !== undefined)) for (const byte of own) bytes.push(byte);
    else for (const byte of encoder.encode(token)) bytes.push(byte);
  }
  return [new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))];
}
