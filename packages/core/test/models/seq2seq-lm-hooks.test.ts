import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  availableBackends,
  createBackend,
  type Hooks,
  replaceWith,
  scale,
  silence,
} from '../../src/index.ts';
import { type DecoderSession, LocalDecoderEngine } from '../../src/internal.ts';
import { difference } from '../helpers/fixture.ts';
import { decodeBatch, logitRows, someIds } from '../helpers/tiny-decoders.ts';
import { sourcesOf, type TinySeq2Seq, tinySeq2Seq } from '../helpers/tiny-seq2seq.ts';

const [source, text] = [someIds(7), someIds(5, 3)];
const first = Int32Array.of(0);
const rows = Int32Array.from(text.keys());

/** Expected sizes of encoder and decoder: layers, heads, headDim, intermediateSize. */
const models: [TinySeq2Seq, Half, Half][] = [
  [
    't5-v1.1',
    { layers: 1, heads: 3, headDim: 10, units: 40 },
    { layers: 2, heads: 3, headDim: 10, units: 40 },
  ],
  ['bart', { layers: 2, heads: 3, headDim: 8, units: 48 }, { layers: 2, heads: 4, headDim: 6, units: 40 }],
];
interface Half {
  readonly layers: number;
  readonly heads: number;
  readonly headDim: number;
  readonly units: number;
}

describe.each(models)('%s', (name, encoder, decoder) => {
  describe.each(availableBackends())('on %s', (backendName) => {
    let engine: LocalDecoderEngine;
    let session: DecoderSession;
    beforeAll(async () => {
      const backend = await createBackend(backendName);
      engine = new LocalDecoderEngine(backend, await tinySeq2Seq(name, backend));
      session = await engine.openSession({ slots: 2, capacity: 20 });
    });
    afterAll(() => engine.dispose());

    /** Logits of the target given the source, with hooks of either call. */
    async function logitsWith(hooks: { source?: Hooks; text?: Hooks } = {}): Promise<Float32Array> {
      await session.encodeSource(sourcesOf(source), first, hooks.source && { hooks: hooks.source });
      const options = { rows, ...(hooks.text && { hooks: hooks.text }) };
      return (await session.decode(decodeBatch({ ids: text }), options)).logits.data;
    }

    it('every activation of encodeSource has its name and shape', async () => {
      const { heads, headDim, units } = encoder;
      const expected: Record<string, number[]> = {
        'encoder.embeddings': [10, 24],
        'encoder.blocks.0.residual.before': [10, 24],
        'encoder.blocks.0.attention.norm': [10, 24],
        'encoder.blocks.0.attention.queries': [10, heads * headDim],
        'encoder.blocks.0.attention.keys': [10, heads * headDim],
        'encoder.blocks.0.attention.values': [10, heads * headDim],
        'encoder.blocks.0.attention.scores': [2, heads, 7, 7],
        'encoder.blocks.0.attention.weights': [2, heads, 7, 7],
        'encoder.blocks.0.attention.heads.2.weights': [2, 1, 7, 7],
        'encoder.blocks.0.attention.heads.2.context': [10, headDim],
        'encoder.blocks.0.attention.context': [10, heads * headDim],
        'encoder.blocks.0.attention.output': [10, 24],
        'encoder.blocks.0.residual.middle': [10, 24],
        'encoder.blocks.0.feedForward.norm': [10, 24],
        'encoder.blocks.0.feedForward.hidden': [10, units],
        'encoder.blocks.0.feedForward.output': [10, 24],
        'encoder.blocks.0.residual.after': [10, 24],
        'encoder.output': [10, 24],
        'decoder.blocks.1.crossAttention.keys': [10, decoder.heads * decoder.headDim],
        'decoder.blocks.1.crossAttention.values': [10, decoder.heads * decoder.headDim],
        'decoder.blocks.1.crossAttention.heads.2.keys': [10, decoder.headDim],
        'decoder.blocks.1.crossAttention.heads.2.values': [10, decoder.headDim],
      };
      const { recorded } = await session.encodeSource(sourcesOf(source, [1, 2, 3]), Int32Array.of(1, 0), {
        record: Object.keys(expected),
      });
      const shapes = Object.fromEntries([...recorded].map(([key, { shape }]) => [key, shape]));
      expect(shapes).toEqual(expected);
    });

    it('every activation of forward has its name and shape', async () => {
      const { heads, headDim, units } = decoder;
      const features = heads * headDim;
      await session.encodeSource(sourcesOf(source, [1, 2, 3]), Int32Array.of(1, 0));
      await session.decode(decodeBatch({ ids: text }, { ids: text.slice(0, 2), slot: 1 }));
      const batch = decodeBatch({ ids: [5], slot: 1, start: 2 }, { ids: [6, 7], slot: 0, start: 5 });
      const cross = (more: Record<string, number[]>, prefix = 'decoder.blocks.1.crossAttention') =>
        Object.fromEntries(Object.entries(more).map(([key, shape]) => [`${prefix}.${key}`, shape]));
      const expected: Record<string, number[]> = {
        'decoder.embeddings': [3, 24],
        'decoder.blocks.1.residual.before': [3, 24],
        'decoder.blocks.1.attention.norm': [3, 24],
        'decoder.blocks.1.attention.keys': [3, features],
        'decoder.blocks.1.attention.weights': [2, heads, 2, 7],
        'decoder.blocks.1.attention.heads.0.scores': [2, 1, 2, 7],
        'decoder.blocks.1.attention.output': [3, 24],
        'decoder.blocks.1.residual.between': [3, 24],
        ...cross({
          norm: [3, 24],
          queries: [3, features],
          'heads.1.queries': [3, headDim],
          scores: [2, heads, 2, 7],
          weights: [2, heads, 2, 7],
          'heads.1.weights': [2, 1, 2, 7],
          context: [3, features],
          'heads.1.context': [3, headDim],
          'heads.1.output': [3, 24],
          output: [3, 24],
        }),
        'decoder.blocks.1.residual.middle': [3, 24],
        'decoder.blocks.1.feedForward.norm': [3, 24],
        'decoder.blocks.1.feedForward.hidden': [3, units],
        'decoder.blocks.1.feedForward.output': [3, 24],
        'decoder.blocks.1.residual.after': [3, 24],
        'decoder.blocks.0.lens': [2, 61],
        'decoder.blocks.1.lens': [2, 61],
        'decoder.output': [3, 24],
        'decoder.logits': [2, 61],
      };
      const plain = await session.decode(batch);
      const { recorded, logits } = await session.decode(batch, { record: Object.keys(expected) });
      const shapes = Object.fromEntries([...recorded].map(([key, { shape }]) => [key, shape]));
      expect(shapes).toEqual(expected);
      expect(difference(logits.data, plain.logits.data)).toBeLessThanOrEqual(1e-4);
      expect(difference(recorded.get('decoder.logits')!.data, logits.data)).toBe(0);
      expect(difference(recorded.get('decoder.blocks.1.lens')!.data, logits.data)).toBeLessThanOrEqual(1e-5);
      // The second sequence has the shorter source.
      const weights = recorded.get('decoder.blocks.1.crossAttention.weights')!.data;
      const row = weights.subarray(heads * 2 * 7, heads * 2 * 7 + 7);
      expect([...row].map((weight) => weight > 0)).toEqual([true, true, true, false, false, false, false]);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    });

    it('ablating a head by its context, output or weights is equivalent', async () => {
      const plain = await logitsWith();
      for (const part of ['attention', 'crossAttention']) {
        const head = `decoder.blocks.0.${part}.heads.2`;
        const silenced = await logitsWith({ text: { [`${head}.context`]: silence() } });
        expect(difference(silenced, plain)).toBeGreaterThan(1e-3);
        for (const what of ['output', 'weights']) {
          const other = await logitsWith({ text: { [`${head}.${what}`]: silence() } });
          expect(difference(other, silenced)).toBeLessThan(1e-4);
        }
      }
      const head = 'encoder.blocks.0.attention.heads.2';
      const silenced = await logitsWith({ source: { [`${head}.context`]: silence() } });
      expect(difference(silenced, plain)).toBeGreaterThan(1e-3);
      const other = await logitsWith({ source: { [`${head}.output`]: silence() } });
      expect(difference(other, silenced)).toBeLessThan(1e-4);
      expect(difference(await logitsWith(), plain)).toBe(0);
    });

    it('edits of the source affect all later tokens', async () => {
      const { recorded } = await session.encodeSource(sourcesOf([9, 8, 7]), first, {
        record: ['encoder.output'],
      });
      const { data } = recorded.get('encoder.output')!;
      const { logits } = await session.decode(decodeBatch({ ids: text }), { rows });
      await session.encodeSource(sourcesOf([1, 2, 3]), first, {
        hooks: { 'encoder.output': replaceWith(data) },
      });
      for (const [start, id] of text.entries()) {
        const step = await session.decode(decodeBatch({ ids: [id], start }));
        expect(difference(step.logits.data, logitRows(logits, start, start + 1))).toBeLessThanOrEqual(1e-4);
      }
      const values = 'decoder.blocks.*.crossAttention.values';
      const halved = await logitsWith({ source: { [values]: scale(0.5) } });
      const context = 'decoder.blocks.*.crossAttention.context';
      const same = await logitsWith({ text: { [context]: scale(0.5) } });
      expect(difference(halved, same)).toBeLessThanOrEqual(1e-4);
    });

    it('edits of a lens have no effect, those of output and logits do', async () => {
      const plain = await logitsWith();
      const lens = await logitsWith({ text: { 'decoder.blocks.*.lens': silence() } });
      expect(difference(lens, plain)).toBeLessThanOrEqual(1e-4);
      const logits = await logitsWith({ text: { 'decoder.logits': scale(2) } });
      expect(
        difference(
          logits,
          plain.map((value) => 2 * value),
        ),
      ).toBeLessThanOrEqual(1e-4);
      const output = await logitsWith({ text: { 'decoder.output': silence() } });
      for (const row of rows) {
        expect(difference(output.subarray(row * 61, row * 61 + 61), output.subarray(0, 61))).toBe(0);
      }
    });

    it('throws an error naming an unknown activation', async () => {
      await session.encodeSource(sourcesOf(source), first);
      const batch = decodeBatch({ ids: text });
      const keys = 'decoder.blocks.0.crossAttention.keys';
      await expect(session.decode(batch, { record: [keys] })).rejects.toThrow(keys);
      await expect(session.decode(batch, { record: ['blocks.0.lens'] })).rejects.toThrow('blocks.0.lens');
      const record = ['decoder.embeddings'];
      await expect(session.encodeSource(sourcesOf(source), first, { record })).rejects.toThrow(record[0]);
    });
  });
});
