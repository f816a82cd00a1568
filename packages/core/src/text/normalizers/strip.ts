import type { Component } from '../json/component.ts';
import { slicePiece } from '../pieces/alignment.ts';
import { WHITE_SPACE } from '../unicode/categories.ts';
import type { Normalizer } from './normalizer.ts';

/** Removes white space at the start, the end or both. */
export function stripNormalizer(component: Component): Normalizer {
  const left = component.boolean('strip_left');
  const right = component.boolean('strip_right');
  return (piece) => {
    const { text } = piece;
    let [start, end] = [0, text.length];
    while (left && start < end && WHITE_SPACE.has(text.charCodeAt(start))) start++;
    while (right && end > start && WHITE_SPACE.has(text.charCodeAt(end - 1))) end--;
    return slicePiece(piece, start, end);
  };
}
