import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableBackends, createBackend } from '../../src/index.ts';
import {
  type DecoderSession,
  decoderFromCheckpoint,
  LocalDecoderEngine,
  parseDecoderConfig,
} from '../../src/internal.ts';
import { difference, floats } from '../helpers/fixture.ts';
import {
  tinyDecoderCheckpoint,
  tinyDecoderConfig,
  tinyDecoderReference,
  tinyDecoders,
} from '../helpers/tiny-decoders.ts';

const TOLERANCE = 1e-4;

describe.each(tinyDecoders)('%s', (name) => {
  const { sequences, greedy } = tinyDecoderReference(name);

  describe.each(availableBackends())('on %s', (backendName) => {
    let engine: LocalDecoderEngine;
    let session: DecoderSession;
    beforeAll(async () => {
      const backend = await createBackend(backendName);
      const config = parseDecoderConfig(tinyDecoderConfig(name));
      const decoder = await decoderFromCheckpoint(config, await tinyDecoderCheckpoint(name), backend);
      engine = new LocalDecoderEngine(backend, decoder);
      session = await engine.openSession({ slots: 1, capacity: 48 });
    });
    afterAll(() => engine.dispose());

    it.each(sequences.map((sequence, i) => [i, sequence] as const))(
      'agrees with PyTorch on logits, attention weights and lens of sequence %i',
      async (_, { ids, logits, attention, lens }) => {
        const tokens = ids.length;
        const record = ['blocks.*.attention.weights', 'blocks.*.lens'];
        const result = await session.decode(
          {
            ids: Int32Array.from(ids),
            offsets: Int32Array.of(0, tokens),
            slots: Int32Array.of(0),
            starts: Int32Array.of(0),
          },
          { rows: Int32Array.from(ids.keys()), record },
        );
        expect(result.logits.shape).toEqual(logits.shape);
        expect(difference(result.logits.data, floats(logits).data)).toBeLessThanOrEqual(TOLERANCE);
        const all = (what: string) =>
          [0, 1].flatMap((layer) => [...result.recorded.get(`blocks.${layer}.${what}`)!.data]);
        expect(difference(all('attention.weights'), floats(attention).data)).toBeLessThanOrEqual(TOLERANCE);
        expect(difference(all('lens'), floats(lens).data)).toBeLessThanOrEqual(TOLERANCE);
      },
    );

    it('generates PyTorch’s tokens, one at a time', async () => {
      let ids = Int32Array.from(greedy.prompt);
      let start = 0;
      const written: number[] = [];
      while (written.length < greedy.ids.length) {
        const offsets = Int32Array.of(0, ids.length);
        const batch = { ids, offsets, slots: Int32Array.of(0), starts: Int32Array.of(start) };
        const { logits } = await session.decode(batch);
        start += ids.length;
        const next = logits.data.indexOf(Math.max(...logits.data));
        written.push(next);
        ids = Int32Array.of(next);
      }
      expect(written).toEqual(greedy.ids);
    });
  });
});
