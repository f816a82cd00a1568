/** The characters that stand for the 256 bytes in byte-level tokens: GPT-2's `bytes_to_unicode`, by code point. */
export function byteAlphabet(): string[] {
  return [range(33, 126), range(161, 172), range(174, 323)].flat();
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i));
}
