import type { Component } from '../json/component.ts';
import { Transformer } from '../pieces/transform.ts';
import type { Normalizer } from './normalizer.ts';

/** Characters that are a grapheme cluster of their own, whatever follows but a mark: ASCII, CJK ideographs, kana and Hangul syllables. */
const SIMPLE = /^[\n -~\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*$/;

/**
 * SentencePiece's normalization rules (`precompiled_charsmap`): a double-array trie from UTF-8 to positions in a list of replacements.
 * A grapheme cluster of less than 6 bytes is looked up first, then each of its characters; what counts is its shortest prefix in the trie.
 */
export function precompiledNormalizer(component: Component): Normalizer {
  const { units, replacements } = readCharsmap(component);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  const lookUp = (text: string): string | undefined => {
    const bytes = encoder.encode(text);
    let node = offsetOf(units[0]!);
    for (const byte of bytes) {
      if (byte === 0) return undefined;
      node ^= byte;
      const unit = units[node] ?? 0;
      if ((unit & 0x800000ff) !== byte) return undefined;
      node ^= offsetOf(unit);
      if ((unit >>> 8) & 1) {
        const start = (units[node] ?? 0) & 0x7fffffff;
        const end = replacements.indexOf(0, start);
        return decoder.decode(replacements.subarray(start, end < 0 ? undefined : end));
      }
    }
    return undefined;
  };
  const found = new Map<string, string | null>();
  const replacementOf = (text: string): string | null => {
    let replacement = found.get(text);
    if (replacement === undefined) {
      replacement = lookUp(text) ?? null;
      found.set(text, replacement);
    }
    return replacement;
  };

  let segmenter: Intl.Segmenter | undefined;
  return (piece) => {
    const { text } = piece;
    const transformer = new Transformer(piece);
    let modified = false;
    // A change waits for the next one, which may remove characters after it.
    let waiting = -1;
    let waitingChange = 0;
    const push = (code: number, change: number) => {
      if (waiting >= 0) transformer.push(waiting, waitingChange);
      waiting = code;
      waitingChange = change;
    };
    const replace = (old: string, replacement: string) => {
      modified = true;
      const difference = characterCount(replacement) - characterCount(old);
      const kept = characterCount(replacement) - difference;
      let i = 0;
      for (const character of replacement) push(character.codePointAt(0)!, i++ >= kept ? 1 : 0);
      if (difference < 0 && waiting >= 0) waitingChange += difference;
    };
    const add = (cluster: string) => {
      // Clusters of one character are looked up once.
      const whole = cluster.length > 2 || characterCount(cluster) > 1;
      if (whole && encoder.encode(cluster).length < 6) {
        const replacement = replacementOf(cluster);
        if (replacement !== null) return replace(cluster, replacement);
      }
      for (const character of cluster) {
        const replacement = replacementOf(character);
        if (replacement === null) push(character.codePointAt(0)!, 0);
        else replace(character, replacement);
      }
    };
    if (SIMPLE.test(text)) add(text);
    else {
      segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
      for (const { segment } of segmenter.segment(text)) add(segment);
    }
    if (!modified) return piece;
    if (waiting >= 0) transformer.push(waiting, waitingChange);
    return transformer.finish();
  };
}

function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Where the children of a node are. */
const offsetOf = (unit: number) => (unit >>> 10) << ((unit & 0x200) >>> 6);

function readCharsmap(component: Component): { units: Uint32Array; replacements: Uint8Array } {
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
