import type { Component } from '../json/component.ts';

/** Where the children of a node are. */
export const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);

/** SentencePiece's normalization rules: the units of a double-array trie, and replacements that end with a zero. Throws `FormatError`. */
export function readCharsmap(component: Component): { units: Uint32Array; replacements: Uint8Array } {
  const invalid = (what: string) => component.error('precompiled_charsmap', what);
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(component.string('precompiled_charsmap')), (character) =>
      character.charCodeAt(0),
    );
  } catch (error) {
    if (error instanceof DOMException) throw invalid('must be Base64');
    throw error;
  }
  const view = new DataView(bytes.buffer);
  const size = bytes.length < 4 ? Infinity : view.getUint32(0, true);
  if (size < 4 || size > bytes.length - 4) throw invalid('must have a trie that ends within it');
  const units = Uint32Array.from({ length: Math.floor(size / 4) }, (_, i) => view.getUint32(4 + 4 * i, true));
  const replacements = bytes.subarray(4 + 4 * units.length);
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(replacements);
  } catch {
    throw invalid('must have replacements in UTF-8');
  }
  return { units, replacements };
}
