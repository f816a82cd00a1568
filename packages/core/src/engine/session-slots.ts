import { ConfigError, ShapeError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { DecodeBatch } from '../models/decoders/decoder.ts';
import type { TokenBatch } from '../models/token-batch.ts';
import type { SlotCopy } from '../nn/attention/shared-prefixes.ts';
import type { DecodeStepOptions } from './decoder-engine.ts';

/** Size of a session and limits of its model. */
export interface SessionLimits {
  readonly slots: number;
  readonly capacity: number;
  readonly vocabSize: number;
  /** Vocabulary size of an encoder–decoder's sources. Default: vocabSize. */
  readonly sourceVocabSize?: number;
  readonly contextLength: number;
}

/**
 * Tracks the number of tokens in a session's slots and validates calls before anything is computed, so that an invalid call leaves all slots
 * unchanged.
 */
export class SessionSlots {
  readonly slots: number;
  readonly capacity: number;
  readonly #vocabSize: number;
  readonly #sourceVocabSize: number;
  /** Number of tokens by slot. */
  #lengths: Int32Array;

  /** Throws `ConfigError` unless slots and capacity are integers of at least 1 and the capacity fits the context length. */
  constructor(limits: SessionLimits) {
    const { slots, capacity, vocabSize, sourceVocabSize = vocabSize, contextLength } = limits;
    for (const [name, value] of Object.entries({ slots, capacity })) {
      if (Number.isSafeInteger(value) && value >= 1) continue;
      throw new ConfigError(`session: ${name} must be a whole number of at least 1, got ${String(value)}`);
    }
    if (slots > LIMITS.slots) {
      throw new ConfigError(`session: slots must be at most ${LIMITS.slots}, got ${slots}`);
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
    this.#lengths = new Int32Array(slots);
  }

  /** Number of tokens in a slot. */
  length(slot: number): number {
    return this.#lengths[slot] ?? 0;
  }

  /** Truncates a slot to at most `length` tokens. */
  keep(slot: number, length: number): void {
    this.#lengths[slot] = Math.min(this.length(slot), length);
  }

  /** Throws `ShapeError` for invalid arguments of `decode`. */
  check(batch: DecodeBatch, { rows, copies = [] }: Pick<DecodeStepOptions, 'rows' | 'copies'> = {}): void {
    const lengths = this.#lengthsAfter(copies);
    const { ids, offsets, slots, starts } = batch;
    this.#checkSequences('decode', ids, offsets, slots, this.#vocabSize);
    if (starts.length !== slots.length) {
      throw new ShapeError(`decode: ${slots.length} sequences need as many starts, got ${starts.length}`);
    }
    for (let s = 0; s < slots.length; s++) {
      const [slot, start, count] = [slots[s]!, starts[s]!, offsets[s + 1]! - offsets[s]!];
      if (start < 0 || start > lengths[slot]!) {
        throw new ShapeError(
          `decode: slot ${slot} holds ${lengths[slot]} tokens, sequence ${s} starts at ${start}`,
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

  /** Throws `ShapeError` for invalid arguments of `encodeSource`. */
  checkSources({ ids, typeIds, offsets }: TokenBatch, slots: Int32Array): void {
    this.#checkSequences('encodeSource', ids, offsets, slots, this.#sourceVocabSize);
    if (typeIds.length === ids.length) return;
    throw new ShapeError(`encodeSource: ${ids.length} tokens need as many typeIds, got ${typeIds.length}`);
  }

  /** Records the start of `encodeSource`: the slots are emptied. */
  beginSources(slots: Int32Array): void {
    this.#lengths = this.#lengths.map((length, slot) => (slots.includes(slot) ? 0 : length));
  }

  /** Records the start of `decode`: until it ends, the slots are valid only up to `starts`. */
  begin({ slots, starts }: DecodeBatch, copies: readonly SlotCopy[] = []): void {
    this.#lengths = this.#lengthsAfter(copies);
    for (let s = 0; s < slots.length; s++) this.#lengths[slots[s]!] = starts[s]!;
  }

  /** Records the successful end of `decode`. */
  end({ offsets, slots, starts }: DecodeBatch): void {
    for (let s = 0; s < slots.length; s++) {
      this.#lengths[slots[s]!] = starts[s]! + offsets[s + 1]! - offsets[s]!;
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
    const used = new Set<number>();
    for (let s = 0; s < slots.length; s++) {
      if (!(offsets[s]! < offsets[s + 1]!)) {
        throw new ShapeError(`${call}: sequence ${s} must have at least one token`);
      }
      this.#checkSlot(call, slots[s]!);
      if (used.has(slots[s]!)) throw new ShapeError(`${call}: slot ${slots[s]} is given to two sequences`);
      used.add(slots[s]!);
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

  #lengthsAfter(copies: readonly SlotCopy[]): Int32Array {
    if (copies.length === 0) return this.#lengths;
    const lengths = this.#lengths.slice();
    const targets = new Set<number>();
    for (const { from, to, length } of copies) {
      this.#checkSlot('copies', from);
      this.#checkSlot('copies', to);
      if (targets.has(to)) throw new ShapeError(`copies: slot ${to} is the target of two`);
      targets.add(to);
      if (!(Number.isSafeInteger(length) && length >= 0 && length <= this.#lengths[from]!)) {
        throw new ShapeError(`copies: slot ${from} holds ${this.#lengths[from]} tokens, not ${length}`);
      }
      lengths[to] = length;
    }
    return lengths;
  }
}
