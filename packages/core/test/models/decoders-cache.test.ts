import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableBackends, createBackend } from '../../src/index.ts';
import { type DecoderSession, LocalDecoderEngine, type SlotCopy } from '../../src/internal.ts';
import { difference } from '../helpers/fixture.ts';
import { decodeBatch, loadTinyDecoder, logitRows, someIds, tinyDecoders } from '../helpers/tiny-decoders.ts';

const TOLERANCE = 5e-5;
const LENGTH = 20;
const ids = someIds(LENGTH);
const allRows = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

/** Logits do not depend on how tokens are split into calls, on the slot, or on other sequences. */
describe.each(tinyDecoders)('%s', (name) => {
  describe.each(availableBackends())('on %s', (backendName) => {
    let engine: LocalDecoderEngine;
    let session: DecoderSession;
    /** Logits after each token, of all tokens in one call. */
    let whole: Float32Array;
    const expectAfter = (logits: Float32Array, from: number, to: number) =>
      expect(difference(logits, whole.subarray(from * 61, to * 61))).toBeLessThanOrEqual(TOLERANCE);

    beforeAll(async () => {
      const backend = await createBackend(backendName);
      engine = new LocalDecoderEngine(backend, await loadTinyDecoder(name, backend));
      session = await engine.openSession({ slots: 5, capacity: 40 });
      const { logits } = await session.decode(decodeBatch({ ids }), { rows: allRows(LENGTH) });
      whole = logits.data;
    });
    afterAll(() => engine.dispose());

    it('equals the logits of one call: token by token', async () => {
      for (const [start, id] of ids.entries()) {
        const { logits } = await session.decode(decodeBatch({ ids: [id], slot: 1, start }));
        expect(logits.shape).toEqual([1, 61]);
        expectAfter(logits.data, start, start + 1);
      }
    });

    it.each([[[7, 13]], [[1, 19]], [[19, 1]], [[5, 1, 6, 8]]])(
      'equals the logits of one call: in chunks of %j',
      async (pieces) => {
        let start = 0;
        for (const count of pieces) {
          const batch = decodeBatch({ ids: ids.slice(start, start + count), slot: 2, start });
          const { logits } = await session.decode(batch, { rows: allRows(count) });
          expectAfter(logits.data, start, start + count);
          start += count;
        }
      },
    );

    it('returns the logits of last rows by default', async () => {
      const { logits } = await session.decode(decodeBatch({ ids, slot: 3 }));
      expectAfter(logits.data, LENGTH - 1, LENGTH);
      const next = await session.decode(decodeBatch({ ids: ids.slice(5), slot: 3, start: 5 }));
      expectAfter(next.logits.data, LENGTH - 1, LENGTH);
    });

    it('returns the logits of rows in any order, and of none', async () => {
      const rows = Int32Array.of(9, 3, 4);
      const { logits } = await session.decode(decodeBatch({ ids }), { rows });
      for (const [i, row] of rows.entries()) expectAfter(logitRows(logits, i, i + 1), row, row + 1);
      const none = await session.decode(decodeBatch({ ids }), { rows: new Int32Array() });
      expect(none.logits.shape).toEqual([0, 61]);
    });

    it('equals the logits of one call: in a batch of other lengths, in slots of any order', async () => {
      const other = someIds(9, 7);
      const alone = await session.decode(decodeBatch({ ids: other, slot: 4 }), { rows: allRows(9) });
      await session.decode(
        decodeBatch({ ids: other.slice(0, 3), slot: 3 }, { ids: ids.slice(0, 11), slot: 0 }),
      );
      const both = decodeBatch(
        { ids: ids.slice(11), slot: 0, start: 11 },
        { ids: other.slice(3), slot: 3, start: 3 },
        { ids: [5], slot: 1 },
      );
      const { logits } = await session.decode(both, { rows: allRows(16) });
      expectAfter(logitRows(logits, 0, 9), 11, LENGTH);
      expect(difference(logitRows(logits, 9, 15), logitRows(alone.logits, 3, 9))).toBeLessThanOrEqual(
        TOLERANCE,
      );
      const last = await session.decode(both);
      expectAfter(logitRows(last.logits, 0, 1), LENGTH - 1, LENGTH);
    });

    it('equals the logits of one call: after other tokens were discarded', async () => {
      await session.decode(decodeBatch({ ids: [...ids.slice(0, 8), 1, 2, 3] }));
      const { logits } = await session.decode(decodeBatch({ ids: ids.slice(8), start: 8 }), {
        rows: allRows(LENGTH - 8),
      });
      expectAfter(logits.data, 8, LENGTH);
    });

    it('equals the logits of one call: in slots that were swapped', async () => {
      const read = (slot: number, count: number) =>
        session.decode(decodeBatch({ ids: ids.slice(0, count), slot }));
      await read(0, 12);
      await session.decode(decodeBatch({ ids: someIds(12, 9), slot: 1 }));
      await session.decode(decodeBatch({ ids: someIds(5, 3), slot: 2 }));
      const copies: SlotCopy[] = [
        { from: 0, to: 1, length: 12 },
        { from: 1, to: 2, length: 7 },
        { from: 2, to: 0, length: 5 },
        { from: 0, to: 4, length: 3 },
      ];
      const rest = decodeBatch({ ids: ids.slice(12), slot: 1, start: 12 });
      const { logits } = await session.decode(rest, { copies, rows: allRows(8) });
      expectAfter(logits.data, 12, LENGTH);
      const [second, first] = [someIds(12, 9).slice(0, 7), someIds(5, 3)];
      const moved = await session.decode(
        decodeBatch(
          { ids: [7], slot: 2, start: 7 },
          { ids: [7], slot: 0, start: 5 },
          { ids: ids.slice(3, 6), slot: 4, start: 3 },
        ),
      );
      const anew = await session.decode(
        decodeBatch({ ids: [...second, 7], slot: 0 }, { ids: [...first, 7], slot: 1 }),
      );
      expect(difference(logitRows(moved.logits, 0, 2), anew.logits.data)).toBeLessThanOrEqual(TOLERANCE);
      expectAfter(logitRows(moved.logits, 2, 3), 5, 6);
    });
  });
});

describe('beams that are reordered repeatedly', () => {
  it('keep the right keys and values', async () => {
    const backend = await createBackend('wasm-simd');
    const engine = new LocalDecoderEngine(backend, await loadTinyDecoder('llama', backend));
    const [beams, plain] = [
      await engine.openSession({ slots: 4, capacity: 48 }),
      await engine.openSession({ slots: 1, capacity: 48 }),
    ];
    const random = someIds(1000, 5, 1 << 16);
    const pick = (below: number) => random.pop()! % below;
    const prompt = someIds(6, 2);
    await beams.decode(decodeBatch({ ids: prompt }));
    let texts: number[][] = [0, 1, 2, 3].map(() => prompt);
    let copies: SlotCopy[] = [1, 2, 3].map((to) => ({ from: 0, to, length: prompt.length }));
    for (let step = 0; step < 30; step++) {
      const next = texts.map(() => pick(61));
      const batch = decodeBatch(
        ...texts.map(({ length }, slot) => ({ ids: [next[slot]!], slot, start: length })),
      );
      const { logits } = await beams.decode(batch, { copies });
      texts = texts.map((text, slot) => [...text, next[slot]!]);
      for (const [slot, text] of texts.entries()) {
        const alone = await plain.decode(decodeBatch({ ids: text }));
        expect(difference(logitRows(logits, slot, slot + 1), alone.logits.data)).toBeLessThanOrEqual(
          TOLERANCE,
        );
      }
      // Some steps do not reorder slots, some discard the last token.
      const sources = texts.map((_, slot) => (pick(3) === 0 ? slot : pick(4)));
      copies = sources.map((from, to) => ({
        from,
        to,
        length: texts[from]!.length - (pick(4) === 0 ? 1 : 0),
      }));
      texts = copies.map(({ from, length }) => texts[from]!.slice(0, length));
    }
    await engine.dispose();
    expect(backend.weightBytes).toBe(0);
  });
});
