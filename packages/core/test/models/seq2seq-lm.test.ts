import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableBackends, createBackend } from '../../src/index.ts';
import { type DecoderSession, LocalDecoderEngine } from '../../src/internal.ts';
import { difference, floats, type StoredArray } from '../helpers/fixture.ts';
import { decodeBatch, logitRows } from '../helpers/tiny-decoders.ts';
import { sourcesOf, tinySeq2Seq, tinySeq2SeqReference, tinySeq2Seqs } from '../helpers/tiny-seq2seq.ts';

const TOLERANCE = 1e-5;
const LOGITS = 1e-4;

describe.each(tinySeq2Seqs)('%s', (name) => {
  const { sequences, greedy } = tinySeq2SeqReference(name);

  describe.each(availableBackends())('on %s', (backendName) => {
    let engine: LocalDecoderEngine;
    let session: DecoderSession;
    beforeAll(async () => {
      const backend = await createBackend(backendName);
      engine = new LocalDecoderEngine(backend, await tinySeq2Seq(name, backend));
      session = await engine.openSession({ slots: 3, capacity: 40 });
    });
    afterAll(() => engine.dispose());

    describe.each(sequences.map((sequence, i) => [i, sequence] as const))('of sequence %i', (_, sequence) => {
      const { ids, target, encoded, encoderAttention, logits, decoderAttention, crossAttention } = sequence;
      const layers = (
        recorded: ReadonlyMap<string, { data: Float32Array }>,
        what: string,
        like: StoredArray,
      ) =>
        Array.from({ length: like.shape[0]! }, (_, layer) => [
          ...recorded.get(what.replace('*', String(layer)))!.data,
        ]).flat();

      it('agrees with PyTorch on the encoder’s output and weights', async () => {
        const weights = 'encoder.blocks.*.attention.weights';
        const { recorded } = await session.encodeSource(sourcesOf(ids), Int32Array.of(0), {
          record: ['encoder.output', weights],
        });
        const output = recorded.get('encoder.output')!;
        expect(output.shape).toEqual(encoded.shape);
        expect(difference(output.data, floats(encoded).data)).toBeLessThanOrEqual(TOLERANCE);
        expect(
          difference(layers(recorded, weights, encoderAttention), floats(encoderAttention).data),
        ).toBeLessThanOrEqual(TOLERANCE);
      });

      it('agrees with PyTorch on logits and the weights of both attentions, in one call', async () => {
        await session.encodeSource(sourcesOf(ids), Int32Array.of(1));
        const [own, cross] = [
          'decoder.blocks.*.attention.weights',
          'decoder.blocks.*.crossAttention.weights',
        ];
        const rows = Int32Array.from(target.keys());
        const batch = decodeBatch({ ids: target, slot: 1 });
        const plain = await session.decode(batch, { rows });
        expect(plain.logits.shape).toEqual(logits.shape);
        expect(difference(plain.logits.data, floats(logits).data)).toBeLessThanOrEqual(LOGITS);
        const watched = await session.decode(batch, { rows, record: [own, cross] });
        expect(difference(watched.logits.data, floats(logits).data)).toBeLessThanOrEqual(LOGITS);
        const { recorded } = watched;
        expect(
          difference(layers(recorded, own, decoderAttention), floats(decoderAttention).data),
        ).toBeLessThanOrEqual(TOLERANCE);
        expect(
          difference(layers(recorded, cross, crossAttention), floats(crossAttention).data),
        ).toBeLessThanOrEqual(TOLERANCE);
      });

      it('gives equal logits token by token', async () => {
        await session.encodeSource(sourcesOf(ids), Int32Array.of(2));
        for (const [start, id] of target.entries()) {
          const step = await session.decode(decodeBatch({ ids: [id], slot: 2, start }));
          const wanted = logitRows(floats(logits), start, start + 1);
          expect(difference(step.logits.data, wanted)).toBeLessThanOrEqual(LOGITS);
        }
      });
    });

    it('gives equal logits in a batch', async () => {
      const slots = Int32Array.of(2, 0, 1);
      await session.encodeSource(sourcesOf(...sequences.map(({ ids }) => ids)), slots);
      const batch = decodeBatch(
        ...sequences.map(({ target }, s) => ({ ids: target.slice(0, 3 + s), slot: slots[s]! })),
      );
      const first = await session.decode(batch, { rows: Int32Array.from(batch.ids.keys()) });
      for (const [s, { logits }] of sequences.entries()) {
        const [from, to] = [batch.offsets[s]!, batch.offsets[s + 1]!];
        const wanted = logitRows(floats(logits), 0, to - from);
        expect(difference(logitRows(first.logits, from, to), wanted)).toBeLessThanOrEqual(LOGITS);
      }
      const going = sequences.flatMap(({ target, logits }, s) => {
        const start = batch.offsets[s + 1]! - batch.offsets[s]!;
        return start < target.length ? [{ ids: target.slice(start), slot: slots[s]!, start, logits }] : [];
      });
      expect(going.length).toBe(2);
      const rest = await session.decode(decodeBatch(...going), {
        rows: Int32Array.from({ length: going.flatMap(({ ids }) => ids).length }, (_, i) => i),
      });
      let at = 0;
      for (const { ids, start, logits } of going) {
        const wanted = logitRows(floats(logits), start, start + ids.length);
        expect(difference(logitRows(rest.logits, at, at + ids.length), wanted)).toBeLessThanOrEqual(LOGITS);
        at += ids.length;
      }
    });

    it('generates PyTorch’s tokens', async () => {
      await session.encodeSource(sourcesOf(greedy.prompt), Int32Array.of(0));
      const written: number[] = [];
      let id = sequences[0]!.target[0]!;
      for (let start = 0; written.length < greedy.ids.length; start++) {
        const { logits } = await session.decode(decodeBatch({ ids: [id], start }));
        id = logits.data.indexOf(Math.max(...logits.data));
        written.push(id);
      }
      expect(written).toEqual(greedy.ids);
    });
  });
});
