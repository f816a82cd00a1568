import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableBackends, type Backend, createBackend } from '../../src/index.ts';
import { type DecoderSession, LocalDecoderEngine } from '../../src/internal.ts';
import { SourceRows } from '../../src/models/seq2seq/source-slots.ts';
import { difference } from '../helpers/fixture.ts';
import { decodeBatch, logitRows, someIds } from '../helpers/tiny-decoders.ts';
import { sourcesOf, tinySeq2Seq } from '../helpers/tiny-seq2seq.ts';

const slotsOf = (...slots: number[]) => Int32Array.from(slots);

describe.each(availableBackends())('sources on %s', (backendName) => {
  let backend: Backend;
  let engine: LocalDecoderEngine;
  let fresh: DecoderSession;
  beforeAll(async () => {
    backend = await createBackend(backendName);
    engine = new LocalDecoderEngine(backend, await tinySeq2Seq('marian', backend));
    fresh = await engine.openSession({ slots: 1, capacity: 20 });
  });
  afterAll(() => engine.dispose());

  /** The logits of a target given a source, in a session of its own. */
  async function alone(source: readonly number[], text: readonly number[]): Promise<Float32Array> {
    await fresh.encodeSource(sourcesOf(source), slotsOf(0));
    return (await fresh.decode(decodeBatch({ ids: text }))).logits.data;
  }

  it('are shared by copied slots of any length', async () => {
    const session = await engine.openSession({ slots: 4, capacity: 20 });
    const [a, b, text] = [someIds(9, 3), someIds(5, 4), someIds(6, 5)];
    await session.encodeSource(sourcesOf(a, b), slotsOf(2, 0));
    await session.decode(decodeBatch({ ids: text, slot: 2 }, { ids: text, slot: 0 }));
    const copies = [
      { from: 2, to: 0, length: 3 },
      { from: 0, to: 2, length: 4 },
      { from: 2, to: 1, length: 0 },
      { from: 0, to: 3, length: 6 },
    ];
    const { logits } = await session.decode(
      decodeBatch(
        { ids: [7], slot: 0, start: 3 },
        { ids: [7], slot: 2, start: 4 },
        { ids: [7], slot: 1 },
        { ids: [7], slot: 3, start: 6 },
      ),
      { copies },
    );
    const expected = [
      await alone(a, [...text.slice(0, 3), 7]),
      await alone(b, [...text.slice(0, 4), 7]),
      await alone(a, [7]),
      await alone(b, [...text, 7]),
    ];
    for (const [s, wanted] of expected.entries()) {
      expect(difference(logitRows(logits, s, s + 1), wanted)).toBeLessThanOrEqual(1e-5);
    }
    await session.close();
  });

  it('are kept while others are added and replaced, at any length', async () => {
    const session = await engine.openSession({ slots: 3, capacity: 8 });
    const lengths = someIds(40, 8, 30);
    const sources: number[][] = [];
    for (const [round, length] of lengths.entries()) {
      const slot = round % 3;
      sources[slot] = someIds(1 + length, round + 1);
      await session.encodeSource(sourcesOf(sources[slot]), slotsOf(slot));
      if (round < 3) continue;
      if (round % 7 === 0) {
        // Two slots share a source: it is kept after the first slot is replaced.
        sources[(slot + 1) % 3] = sources[slot];
        const copies = [{ from: slot, to: (slot + 1) % 3, length: 0 }];
        await session.decode(decodeBatch({ ids: [1], slot }), { copies });
      }
      const batch = decodeBatch(...[0, 1, 2].map((slot) => ({ ids: [5, 6], slot })));
      const { logits } = await session.decode(batch);
      for (const [slot, source] of sources.entries()) {
        const wanted = await alone(source, [5, 6]);
        expect(difference(logitRows(logits, slot, slot + 1), wanted)).toBeLessThanOrEqual(1e-5);
      }
    }
    await session.close();
  });

  it('do not grow memory from text to text', async () => {
    const session = await engine.openSession({ slots: 2, capacity: 8 });
    const read = async (length: number, slot: number) => {
      await session.encodeSource(sourcesOf(someIds(length)), slotsOf(slot));
      await session.decode(decodeBatch({ ids: [1, 2], slot }));
    };
    for (const slot of [0, 1]) await read(30, slot);
    const bytes = backend.weightBytes;
    for (let round = 0; round < 50; round++) await read(1 + ((round * 7) % 30), round % 2);
    expect(backend.weightBytes).toBe(bytes);
    await session.close();
  });

  it('are required', async () => {
    const session = await engine.openSession({ slots: 2, capacity: 8 });
    const missing = 'decode: slot 1 has no source; call encodeSource first';
    const both = decodeBatch({ ids: [1] }, { ids: [1], slot: 1 });
    await session.encodeSource(sourcesOf([3, 4]), slotsOf(0));
    await expect(session.decode(both)).rejects.toThrow(missing);
    await expect(session.decode(both)).rejects.toMatchObject({ code: 'ERR_SHAPE' });
    await session.encodeSource(sourcesOf([3, 4]), slotsOf(1));
    expect((await session.decode(both)).logits.shape).toEqual([2, 61]);
    await session.close();
  });

  it('reset the target tokens of their slots when replaced', async () => {
    const session = await engine.openSession({ slots: 2, capacity: 8 });
    await session.encodeSource(sourcesOf([3, 4], [5]), slotsOf(0, 1));
    await session.decode(decodeBatch({ ids: [1, 2] }, { ids: [1, 2], slot: 1 }));
    await session.encodeSource(sourcesOf([6, 7]), slotsOf(0));
    await expect(session.decode(decodeBatch({ ids: [3], start: 2 }))).rejects.toThrow(
      'decode: slot 0 holds 0 tokens, sequence 0 starts at 2',
    );
    const { logits } = await session.decode(decodeBatch({ ids: [3], slot: 1, start: 2 }));
    expect(difference(logits.data, await alone([5], [1, 2, 3]))).toBeLessThanOrEqual(1e-5);
    await session.close();
  });

  it('are absent after a failed encodeSource, and can be encoded again', async () => {
    const session = await engine.openSession({ slots: 2, capacity: 8 });
    const [a, b] = [someIds(6, 3), someIds(40, 4)];
    await session.encodeSource(sourcesOf(a, a), slotsOf(0, 1));
    const hooks = {
      'encoder.blocks.1.residual.after': () => {
        throw new Error('no');
      },
    };
    await expect(session.encodeSource(sourcesOf(b), slotsOf(0), { hooks })).rejects.toThrow('no');
    await expect(session.decode(decodeBatch({ ids: [1] }))).rejects.toThrow('slot 0 has no source');
    const other = await session.decode(decodeBatch({ ids: [1], slot: 1 }));
    expect(difference(other.logits.data, await alone(a, [1]))).toBeLessThanOrEqual(1e-5);
    await session.encodeSource(sourcesOf(b), slotsOf(0));
    const { logits } = await session.decode(decodeBatch({ ids: [1] }));
    expect(difference(logits.data, await alone(b, [1]))).toBeLessThanOrEqual(1e-5);
    await session.close();
  });

  it('are rejected if too long, empty, unknown or of the wrong number', async () => {
    const session = await engine.openSession({ slots: 2, capacity: 8 });
    const mistakes: [ReturnType<typeof sourcesOf>, number[], string][] = [
      [sourcesOf([1], someIds(41)), [0, 1], 'Marian: a source may have at most 40 tokens, sequence 1 has 41'],
      [sourcesOf([]), [0], 'encodeSource: sequence 0 must have at least one token'],
      [sourcesOf([61]), [0], 'encodeSource: ids are 0 … 60, got 61 at index 0'],
      [
        sourcesOf([1], [2]),
        [0],
        'encodeSource: the offsets of 1 sequences must go from 0 to 2, got [0, 1, 2]',
      ],
      [sourcesOf([1], [2]), [1, 1], 'encodeSource: slot 1 is given to two sequences'],
      [sourcesOf([1]), [2], 'encodeSource: slots are 0 … 1, got 2'],
      [
        { ...sourcesOf([1]), typeIds: new Int32Array(2) },
        [0],
        'encodeSource: 1 tokens need as many typeIds, got 2',
      ],
    ];
    for (const [batch, slots, message] of mistakes) {
      await expect(session.encodeSource(batch, slotsOf(...slots))).rejects.toThrow(message);
      await expect(session.encodeSource(batch, slotsOf(...slots))).rejects.toMatchObject({
        code: 'ERR_SHAPE',
      });
    }
    await session.close();
    await expect(session.encodeSource(sourcesOf([1]), slotsOf(0))).rejects.toMatchObject({
      code: 'ERR_DISPOSED',
    });
  });

  it('are released with their session', async () => {
    const before = backend.weightBytes;
    const session = await engine.openSession({ slots: 2, capacity: 8 });
    await session.encodeSource(sourcesOf(someIds(20)), slotsOf(1));
    await session.close();
    expect(backend.weightBytes).toBe(before);
  });
});

describe('SourceRows', () => {
  it('never overlap, and keep their contents over random changes', () => {
    const random = someIds(80_000, 11, 1 << 16);
    const pick = (below: number) => random.pop()! % below;
    const slots = 6;
    const rows = new SourceRows(slots);
    /** The contents of rows, and the expected source of each slot. */
    let memory: number[] = [];
    const reads: (number[] | undefined)[] = new Array(slots).fill(undefined);
    let largest = 0;
    for (let round = 0; round < 800; round++) {
      if (pick(3) === 0) {
        const copies = [0, 1, 2].map((to) => ({ from: pick(slots), to: (to * 2 + pick(2)) % slots }));
        const before = [...reads];
        for (const { from, to } of copies) reads[to] = before[from];
        rows.copy(copies);
        continue;
      }
      const chosen = Array.from({ length: slots }, (_, slot) => slot).filter(() => pick(3) === 0);
      const lengths = chosen.map(() => 1 + pick(12));
      const ids = Int32Array.from(chosen);
      const layout = rows.begin(ids, lengths);
      if (layout) {
        const next = new Array<number>(layout.rows).fill(-1);
        for (const { from, to, length } of layout.moves) {
          for (let i = 0; i < length; i++) next[to + i] = memory[from + i]!;
        }
        memory = next;
        rows.adopt(layout, ids, lengths);
        expect(rows.rows).toBe(layout.rows);
      }
      for (const slot of chosen) reads[slot] = undefined;
      const places = rows.pendingRanges();
      expect([...places.lengths]).toEqual(lengths);
      for (const [i, slot] of chosen.entries()) {
        const values = Array.from({ length: lengths[i]! }, () => pick(1 << 16));
        for (const [j, value] of values.entries()) memory[places.starts[i]! + j] = value;
        // Some are not committed.
        if (round % 5 !== 0) reads[slot] = values;
      }
      if (round % 5 !== 0) rows.commit();
      for (const [slot, values] of reads.entries()) {
        const ranges = rows.rangesOf(Int32Array.of(slot));
        if (!values) {
          expect(ranges).toBeUndefined();
          continue;
        }
        const start = ranges!.starts[0]!;
        expect(memory.slice(start, start + ranges!.lengths[0]!)).toEqual(values);
      }
      largest = Math.max(largest, rows.rows);
    }
    // At most six sources of at most 12 rows are in use, and six are pending.
    expect(largest).toBeLessThanOrEqual(1.5 * 12 * 12);
  });
});
