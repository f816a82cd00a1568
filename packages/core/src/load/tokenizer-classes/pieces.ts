import { type Merge, mergesInto } from '../sentencepiece-merges.ts';
import type { Scored } from './class.ts';

/** Every way to put a piece together from two (`generate_merges`), by the piece's id, and then by the lengths of its parts. */
export function mergesOf(pieces: Scored): Merge[] {
  const vocab = new Map(pieces.map(([text], id) => [text, id]));
  const merges = [...vocab].flatMap(([text, id]) =>
    mergesInto(text, (part) => vocab.has(part)).map((merge) => ({ ...merge, id })),
  );
  merges.sort((a, b) => a.id - b.id || a.length - b.length);
  return merges.map(({ left, right }) => [left, right]);
}

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}
