/** Replaces tokens of bytes, such as `<0xE4>`, by their text. Bytes in a row that are not UTF-8 are U+FFFD each. */
export function decodeByteFallback(tokens: readonly string[]): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length === 0) return;
    try {
      parts.push(decoder.decode(Uint8Array.from(bytes)));
    } catch {
      for (const _ of bytes) parts.push('\ufffd');
    }
    bytes = [];
  };
  for (const token of tokens) {
    const digits = /^<0x(\+[0-9a-f]|[0-9a-f]{2})>$/i.exec(token)?.[1];
    if (digits !== undefined) {
      bytes.push(Number.parseInt(digits, 16));
    } else {
      flush();
      parts.push(token);
    }
  }
  flush();
  return parts;
}
