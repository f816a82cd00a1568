import type { Component } from '../json/component.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The merges of BPE: for pairs of tokens, in which order they are merged (rank, from 0) and to which token. */
export class Merges {
  /** For each slot of the hash table a rank plus one; 0 in an empty slot. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #lefts: Int32Array;
  readonly #rights: Int32Array;
  /** The token that each merge gives, by rank. */
  readonly merged: Int32Array;

  /** Throws `FormatError` for a merge that is not of two tokens, and for tokens that are not in the vocabulary. */
  constructor(component: Component, { ids }: Vocabulary, prefixLength: number) {
    const merges = component
      .list('merges')
      .filter((merge) => !(typeof merge === 'string' && merge.startsWith('#version')));
    let size = 1024;
    while (size < merges.length * 2) size *= 2;
    this.#slots = new Int32Array(size);
    this.#mask = size - 1;
    this.#lefts = new Int32Array(merges.length);
    this.#rights = new Int32Array(merges.length);
    this.merged = new Int32Array(merges.length);
    for (const [rank, merge] of merges.entries()) {
      const parts = typeof merge === 'string' ? merge.split(' ') : merge;
      if (!(Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === 'string')))
        throw component.error('merges', `must have two tokens each, got ${JSON.stringify(merge)} at ${rank}`);
      const [left, right] = parts as [string, string];
      const idOf = (token: string): number => {
        const id = ids.get(token);
        if (id !== undefined) return id;
        throw component.error('merges', `must have tokens of the vocabulary, got ${JSON.stringify(token)} at ${rank}`);
      };
      this.#lefts[rank] = idOf(left);
      this.#rights[rank] = idOf(right);
      this.merged[rank] = idOf(left + right.slice(prefixLength));
      this.#slots[this.#slotOf(idOf(left), idOf(right))] = rank + 1;
    }
  }

  /** The rank of a pair; −1 if it is not merged. */
  rankOf(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right)]! - 1;
  }

  #slotOf(left: number, right: number): number {
    const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    for (let slot = (mixed ^ (mixed >>> 15)) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const rank = this.#slots[slot]! - 1;
      if (rank < 0 || (this.#lefts[rank] === left && this.#rights[rank] === right)) return slot;
    }
  }
}
