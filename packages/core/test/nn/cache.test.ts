import { describe, expect, it, vi } from 'vitest';
import { ReferenceBackend } from '../../src/backend/reference/reference.ts';
import { createBackend, OutOfMemoryError, type Tensor } from '../../src/index.ts';
import { withScope } from '../../src/internal.ts';
import { KeyValueCache } from '../../src/nn/attention/kv-cache.ts';
import { appendKeyValues } from '../../src/nn/attention/past-key-values.ts';
import { SharedPrefixes, type SlotCopy } from '../../src/nn/attention/shared-prefixes.ts';
import { backendNames } from '../helpers/fixture.ts';
import { someIds } from '../helpers/tiny-decoders.ts';

const [SLOTS, CAPACITY, WIDTH] = [4, 12, 2];

/** A cache of one layer whose keys are token numbers, and the expected tokens of its slots. */
class Model {
  readonly cache: KeyValueCache;
  readonly slots: number[][] = Array.from({ length: SLOTS }, () => []);
  readonly #backend: ReferenceBackend;

  constructor(backend: ReferenceBackend, more: { capacity?: number; rows?: number } = {}) {
    this.#backend = backend;
    const sizes = {
      layers: 1,
      slots: SLOTS,
      capacity: CAPACITY,
      keyFeatures: WIDTH,
      valueFeatures: 1,
      ...more,
    };
    this.cache = new KeyValueCache(backend, sizes);
  }

  write(slot: number, start: number, tokens: readonly number[]): void {
    const offsets = Int32Array.of(0, tokens.length);
    const batch = { offsets, slots: Int32Array.of(slot), starts: Int32Array.of(start) };
    const past = this.cache.past(0, this.cache.locate(batch));
    const keys = Float32Array.from(tokens.flatMap((token) => [token, token + 0.5]));
    const values = Float32Array.from(tokens);
    withScope(this.#backend, () =>
      appendKeyValues(
        this.#backend,
        offsets,
        past,
        this.#backend.tensor(keys, [tokens.length, WIDTH]),
        this.#backend.tensor(values, [tokens.length, 1]),
      ),
    );
    this.slots[slot] = [...this.slots[slot]!.slice(0, start), ...tokens];
  }

  copy(copies: readonly SlotCopy[]): void {
    const before = this.slots.map((tokens) => [...tokens]);
    for (const { from, to, length } of copies) this.slots[to] = before[from]!.slice(0, length);
    this.cache.copy(copies);
  }

  /** The cached keys and values of the expected tokens. */
  held(): { keys: number[][]; values: number[][] } {
    const everything = this.cache.locate({
      offsets: Int32Array.of(0, 0, 0, 0, 0),
      slots: Int32Array.of(0, 1, 2, 3),
      starts: Int32Array.from(this.slots, ({ length }) => length),
    });
    const { keys, values } = this.cache.past(0, everything);
    const [k, v] = [this.#backend.read(keys), this.#backend.read(values)];
    const stride = keys.shape[0]! / SLOTS;
    const rows = (data: Float32Array, width: number) =>
      this.slots.map(({ length }, slot) =>
        Array.from({ length }, (_, row) => data[(slot * stride + row) * width]!),
      );
    return { keys: rows(k, WIDTH), values: rows(v, 1) };
  }
}

describe('KeyValueCache', () => {
  it('locates the rows of new tokens and of whole sequences', async () => {
    const cache = new KeyValueCache(new ReferenceBackend(), {
      layers: 2,
      slots: 3,
      capacity: 10,
      keyFeatures: 4,
    });
    const location = cache.locate({
      offsets: Int32Array.of(0, 2, 5),
      slots: Int32Array.of(2, 0),
      starts: Int32Array.of(4, 0),
    });
    expect([...location.positions]).toEqual([4, 5, 0, 1, 2]);
    expect([...location.rows]).toEqual([24, 0]);
    expect([...location.ranges.starts]).toEqual([20, 0]);
    expect([...location.ranges.lengths]).toEqual([6, 3]);
    expect(cache.past(1, location).keys.shape).toEqual([30, 4]);
    expect(cache.past(1, location).values.shape).toEqual([30, 4]);
  });

  it('holds the right keys and values after random writes, copies and truncations', () => {
    const random = someIds(4000, 11, 1 << 20);
    const pick = (below: number) => random.pop()! % below;
    const model = new Model(new ReferenceBackend());
    for (let step = 0; step < 300; step++) {
      if (pick(3) > 0) {
        const slot = pick(SLOTS);
        const start = pick(model.slots[slot]!.length + 1);
        const room = CAPACITY - start;
        if (room > 0) model.write(slot, start, someIds(1 + pick(room), step + 1, 1000));
      } else {
        const targets = [0, 1, 2, 3].filter(() => pick(2) === 0);
        const copies = targets.map((to) => {
          const from = pick(SLOTS);
          return { from, to, length: pick(model.slots[from]!.length + 1) };
        });
        model.copy(copies);
      }
      const { keys, values } = model.held();
      expect(keys).toEqual(model.slots);
      expect(values).toEqual(model.slots);
    }
  });

  it('allocates rows in steps, which leave what is held unchanged', () => {
    const backend = new ReferenceBackend();
    const model = new Model(backend, { capacity: 300, rows: 2 });
    const sizes: number[] = [];
    for (const [step, length] of [1, 2, 60, 130, 131, 200, 290].entries()) {
      const slot = step % SLOTS;
      model.write(slot, Math.min(1, model.slots[slot]!.length), someIds(length, step + 1, 1000));
      if (step === 3) model.copy([{ from: 3, to: 0, length: 100 }]);
      const { keys, values } = model.held();
      expect(keys).toEqual(model.slots);
      expect(values).toEqual(model.slots);
      sizes.push(backend.weightBytes / (SLOTS * 3 * 8));
    }
    // Rows of a slot: multiples of 64, doubled, and at last the capacity.
    expect(sizes.map((size) => size / sizes[0]!)).toEqual(
      [2, 2, 64, 192, 192, 300, 300].map((rows) => rows / 2),
    );
    model.cache.release();
    expect(backend.weightBytes).toBe(0);
  });

  it('stays as it is when there is no memory for more rows', () => {
    const backend = new ReferenceBackend();
    const model = new Model(backend, { capacity: 300, rows: 64 });
    model.write(1, 0, someIds(64, 1, 1000));
    const { weightBytes } = backend;
    vi.spyOn(backend, 'constant').mockImplementation(() => {
      throw new OutOfMemoryError(1, 1);
    });
    expect(() => model.write(1, 64, [7])).toThrow(OutOfMemoryError);
    vi.restoreAllMocks();
    expect(backend.weightBytes).toBe(weightBytes);
    expect(model.held().keys).toEqual(model.slots);
  });

  it('copies only rows after the common prefix', () => {
    let copied = 0;
    class Counting extends ReferenceBackend {
      override assign(to: Tensor, x: Tensor): void {
        copied += x.shape[0]!;
        super.assign(to, x);
      }
    }
    const model = new Model(new Counting());
    const copy = (...copies: SlotCopy[]) => {
      copied = 0;
      model.copy(copies);
      return copied / 2;
    };
    model.write(0, 0, [1, 2, 3, 4, 5, 6, 7]);
    expect(copy({ from: 0, to: 1, length: 7 }, { from: 0, to: 2, length: 7 })).toBe(14);
    expect(copy({ from: 0, to: 1, length: 7 })).toBe(0);
    expect(copy({ from: 2, to: 2, length: 7 })).toBe(0);
    for (const slot of [0, 1, 2]) model.write(slot, 7, [10 + slot]);
    // The beams are swapped: only the last token of each differs.
    expect(
      copy({ from: 1, to: 0, length: 8 }, { from: 2, to: 1, length: 8 }, { from: 0, to: 2, length: 8 }),
    ).toBe(3);
    expect(model.held().keys).toEqual(model.slots);
    expect(copy({ from: 0, to: 1, length: 7 })).toBe(0);
    model.write(2, 3, [9]);
    expect(copy({ from: 2, to: 0, length: 4 })).toBe(1);
    expect(copy({ from: 1, to: 2, length: 7 })).toBe(4);
  });

  it('releases everything when an allocation fails', async () => {
    let left = 3;
    class Small extends ReferenceBackend {
      override constant(data: Float32Array, shape: readonly number[]): Tensor {
        if (left-- === 0) throw new RangeError('no memory');
        return super.constant(data, shape);
      }
    }
    const backend = new Small();
    const options = { layers: 4, slots: 1, capacity: 2, keyFeatures: 2 };
    expect(() => new KeyValueCache(backend, options)).toThrow('no memory');
    expect(backend.weightBytes).toBe(0);
  });

  it.each(backendNames)('releases its memory once, on %s', async (name) => {
    const backend = await createBackend(name);
    const cache = new KeyValueCache(backend, {
      layers: 3,
      slots: 2,
      capacity: 5,
      keyFeatures: 4,
      valueFeatures: 2,
    });
    expect(backend.weightBytes).toBe(3 * 10 * (4 + 2) * 4);
    cache.release();
    cache.release();
    expect(backend.weightBytes).toBe(0);
  });
});

describe('SharedPrefixes', () => {
  it('never reports a longer prefix than slots have in common', () => {
    const random = someIds(9000, 3, 1 << 20);
    const pick = (below: number) => random.pop()! % below;
    const shared = new SharedPrefixes(SLOTS);
    let rows: number[][] = Array.from({ length: SLOTS }, (_, slot) =>
      Array.from({ length: CAPACITY }, (_, row) => -1 - slot * CAPACITY - row),
    );
    let fresh = 0;
    let found = 0;
    for (let step = 0; step < 400; step++) {
      if (pick(2) === 0) {
        const [slot, start] = [pick(SLOTS), pick(CAPACITY)];
        rows[slot] = rows[slot]!.map((row, i) => (i < start ? row : fresh++));
        shared.write(slot, start);
      } else {
        const copies = [0, 1, 2, 3]
          .filter(() => pick(2) === 0)
          .map((to) => ({ from: pick(SLOTS), to, length: pick(CAPACITY + 1) }));
        const before = rows;
        rows = rows.map((own, slot) => {
          const copy = copies.find(({ to }) => to === slot);
          return copy ? [...before[copy.from]!.slice(0, copy.length), ...own.slice(copy.length)] : own;
        });
        shared.copy(copies.filter(({ from, to }) => from !== to));
      }
      for (let a = 0; a < SLOTS; a++) {
        for (let b = 0; b < SLOTS; b++) {
          if (a === b) continue;
          const differs = rows[a]!.findIndex((row, i) => row !== rows[b]![i]);
          expect(shared.common(a, b)).toBeLessThanOrEqual(differs < 0 ? CAPACITY : differs);
          expect(shared.common(a, b)).toBe(shared.common(b, a));
          found += shared.common(a, b);
        }
      }
    }
    expect(found).toBeGreaterThan(1000);
  });
});
