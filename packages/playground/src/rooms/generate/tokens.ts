/** The text of a token by its spelling in a vocabulary of characters or of SentencePiece. */
export function tokenText(spelling: string): string {
  const [, byte] = /^<0x([0-9A-F]{2})>$/.exec(spelling) ?? [];
  if (byte !== undefined) {
    const code = Number.parseInt(byte, 16);
    // Bytes of a longer character have no text of their own.
    return code < 0x80 ? String.fromCharCode(code) : spelling;
  }
  return spelling.replaceAll('▁', ' ');
}

/** A text with its white space visible. */
export function visible(text: string): string {
  return text.replaceAll(' ', '␣').replaceAll('\n', '↵').replaceAll('\t', '⇥');
}
