import { ConfigError, ShapeError } from '../errors.ts';
import type { DecodeBatch } from '../models/decoders/decoder.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { SlotCopy } from '../nn/attention/shared-prefixes.ts';
import type { DecodeStepOptions } from './decoder-engine.ts';

/** What a session is asked for, and what its model allows. */
export interface SessionLimits {
  readonly slots: number;
  readonly capacity: number;
  readonly vocabSize: number;
  /** Of an encoder–decoder's sources. Default: vocabSize. */
  readonly sourceVocabSize?: number;
  readonly contextLength: number;
}

/**
 * What the slots of a session hold. Every call is checked against it before anything is computed, so that a mistake is an error that
 * says so, and leaves all slots as they were.
 */
export class SessionSlots {
  readonly slots: number;
  readonly capacity: number;
  readonly #vocabSize: number;
  readonly #sourceVocabSize: number;
  /** Tokens of each slot. */
  #held: Int32Array;

  /** Throws `ConfigError` for numbers that are not whole, and for a capacity that is more than the model can read. */
  constructor(limits: SessionLimits) {
    const { slots, capacity, vocabSize, sourceVocabSize = vocabSize, contextLength } = limits;
    for (const [name, value] of Object.entries({ slots, capacity })) {
      if (Number.isSafeInteger(value) && value >= 1) continue;
      throw new ConfigError(`session: ${name} must be a whole number of at least 1, got ${String(value)}`);
    }
    if (capacity > contextLength) {
      throw new ConfigError(
        `session: the model reads at most ${contextLength} tokens, capacity is ${capacity}`,
      );
    }
    this.slots = slots;
    this.capacity = capacity;
    this.#vocabSize = vocabSize;
    this.#sourceVocabSize = sourceVocabSize;
    this.#held = new Int32Array(slots);
  }

  /** How many tokens a slot holds. */
  held(slot: number): number {
    return this.#held[slot] ?? 0;
  }

  /** Of what a slot holds, only the first `length` tokens are still there. */
  keep(slot: number, length: number): void {
    this.#held[slot] = Math.min(this.held(slot), length);
  }

  /** Throws `ShapeError` for a call of `decode` that cannot be answered. */
  check(batch: DecodeBatch, { rows, copies = [] }: Pick<DecodeStepOptions, 'rows' | 'copies'> = {}): void {
    const held = this.#afterCopies(copies);
    const { ids, offsets, slots, starts } = batch;
    this.#checkSequences('decode', ids, offsets, slots, this.#vocabSize);
    if (starts.length !== slots.length) {
      throw new ShapeError(`decode: ${slots.length} sequences need as many starts, got ${starts.length}`);
    }
    for (let s = 0; s < slots.length; s++) {
      const [slot, start, count] = [slots[s]!, starts[s]!, offsets[s + 1]! - offsets[s]!];
      if (start < 0 || start > held[slot]!) {
        throw new ShapeError(
          `decode: slot ${slot} holds ${held[slot]} tokens, sequence ${s} starts at ${start}`,
        );
      }
      if (start + count > this.capacity) {
        throw new ShapeError(
          `decode: a slot holds at most ${this.capacity} tokens, sequence ${s} would have ${start + count}`,
        );
      }
    }
    const wrong = rows?.findIndex((row) => row < 0 || row >= ids.length) ?? -1;
    if (wrong >= 0) throw new ShapeError(`decode: rows are 0 … ${ids.length - 1}, got ${rows![wrong]}`);
  }

  /** Throws `ShapeError` for a call of `encodeSource` that cannot be answered. */
  checkSources({ ids, typeIds, offsets }: TokenBatch, slots: Int32Array): void {
    this.#checkSequences('encodeSource', ids, offsets, slots, this.#sourceVocabSize);
    if (typeIds.length === ids.length) return;
    throw new ShapeError(`encodeSource: ${ids.length} tokens need as many typeIds, got ${typeIds.length}`);
  }

  /** Slots get other sources: what was written about the former ones is no longer there. */
  beginSources(slots: Int32Array): void {
    this.#held = this.#held.map((held, slot) => (slots.includes(slot) ? 0 : held));
  }

  /** A call begins: of its sequences only what comes before `starts` is sure to be there until it ends. */
  begin({ slots, starts }: DecodeBatch, copies: readonly SlotCopy[] = []): void {
    this.#held = this.#afterCopies(copies);
    for (let s = 0; s < slots.length; s++) this.#held[slots[s]!] = starts[s]!;
  }

  /** The call has ended well. */
  end({ offsets, slots, starts }: DecodeBatch): void {
    for (let s = 0; s < slots.length; s++) {
      this.#held[slots[s]!] = starts[s]! + offsets[s + 1]! - offsets[s]!;
    }
  }

  #checkSequences(
    call: string,
    ids: Int32Array,
    offsets: Int32Array,
    slots: Int32Array,
    vocabSize: number,
  ): void {
    if (slots.length < 1) throw new ShapeError(`${call}: needs at least one sequence`);
    if (offsets.length !== slots.length + 1 || offsets[0] !== 0 || offsets.at(-1) !== ids.length) {
      throw new ShapeError(
        `${call}: the offsets of ${slots.length} sequences must go from 0 to ${ids.length}, got [${offsets.join(', ')}]`,
      );
    }
    const taken = new Set<number>();
    for (let s = 0; s < slots.length; s++) {
      if (!(offsets[s]! < offsets[s + 1]!)) {
        throw new ShapeError(`${call}: sequence ${s} must have at least one token`);
      }
      this.#checkSlot(call, slots[s]!);
      if (taken.has(slots[s]!)) throw new ShapeError(`${call}: slot ${slots[s]} is given to two sequences`);
      taken.add(slots[s]!);
    }
    const unknown = ids.findIndex((id) => id < 0 || id >= vocabSize);
    if (unknown >= 0) {
      throw new ShapeError(`${call}: ids are 0 … ${vocabSize - 1}, got ${ids[unknown]} at index ${unknown}`);
    }
  }

  #checkSlot(call: string, slot: number): void {
    if (Number.isSafeInteger(slot) && slot >= 0 && slot < this.slots) return;
    throw new ShapeError(`${call}: slots are 0 … ${this.slots - 1}, got ${slot}`);
  }

  #afterCopies(copies: readonly SlotCopy[]): Int32Array {
    if (copies.length === 0) return this.#held;
    const held = this.#held.slice();
    const targets = new Set<number>();
    for (const { from, to, length } of copies) {
      this.#checkSlot('copies', from);
      this.#checkSlot('copies', to);
      if (targets.has(to)) throw new ShapeError(`copies: slot ${to} is the target of two`);
      targets.add(to);
      if (!(Number.isSafeInteger(length) && length >= 0 && length <= this.#held[from]!)) {
        throw new ShapeError(`copies: slot ${from} holds ${this.#held[from]} tokens, not ${length}`);
      }
      held[to] = length;
    }
    return held;
  }
}
