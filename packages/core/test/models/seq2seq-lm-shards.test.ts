import { describe, expect, it } from 'vitest';
import { availableBackends, createBackend } from '../../src/index.ts';
import {
  type DecodeBatch,
  decodeSteps,
  type EncodeOutput,
  encodeSourceSteps,
  LocalDecoderEngine,
  type TokenBatch,
} from '../../src/internal.ts';
import { difference } from '../helpers/fixture.ts';
import { runShards } from '../helpers/lockstep.ts';
import { decodeBatch, someIds } from '../helpers/tiny-decoders.ts';
import { sourcesOf, tinySeq2Seq, tinySeq2Seqs, trainableSeq2Seqs } from '../helpers/tiny-seq2seq.ts';

/** Logits `[rows, vocabulary]`: the shards' columns concatenated. */
function joined(parts: readonly EncodeOutput[]): Float32Array {
  const rows = parts[0]!.shape[0]!;
  const all: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (const { shape, data } of parts) all.push(...data.subarray(row * shape[1]!, (row + 1) * shape[1]!));
  }
  return Float32Array.from(all);
}

// Five shards are more than any model has heads: at least one has none.
const trainable = new Set<string>(trainableSeq2Seqs);
const counts = tinySeq2Seqs.flatMap((name) =>
  (trainable.has(name) ? [2, 3, 5] : [5]).map((count) => [name, count] as const),
);

describe.each(counts)('%s over %i shards', (name, count) => {
  it.each(availableBackends())('on %s agrees with the unsharded model', async (backendName) => {
    const backend = await createBackend(backendName);
    const engine = new LocalDecoderEngine(backend, await tinySeq2Seq(name, backend));
    const session = await engine.openSession({ slots: 3, capacity: 24 });
    const shards = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const own = await createBackend(backendName);
        const plan = { shard: { index, count }, dtype: 'f32' } as const;
        const decoder = await tinySeq2Seq(name, own, { plan });
        return { backend: own, decoder, cache: decoder.openCache(own, 3, 24) };
      }),
    );
    const encodeSource = (batch: TokenBatch, slots: Int32Array, watches?: (name: string) => boolean) =>
      runShards(
        shards.map(({ backend: own, decoder, cache }) => ({
          backend: own,
          steps: (run) => encodeSourceSteps(decoder, run, batch, cache, slots),
        })),
        batch.offsets,
        watches,
      );
    const decode = (batch: DecodeBatch, watches?: (name: string) => boolean) =>
      runShards(
        shards.map(({ backend: own, decoder, cache }) => ({
          backend: own,
          steps: (run) => decodeSteps(decoder, run, batch, cache),
        })),
        batch.offsets,
        watches,
      );
    const expectSame = async (batch: DecodeBatch) => {
      const { logits } = await session.decode(batch);
      expect(difference(joined(decode(batch).results), logits.data)).toBeLessThanOrEqual(1e-4);
    };

    const sources = sourcesOf(someIds(13), someIds(6, 4));
    const slots = Int32Array.of(1, 0);
    const { recorded } = await session.encodeSource(sources, slots, { record: ['encoder.output'] });
    const { activations } = encodeSource(sources, slots, (activation) => activation === 'encoder.output');
    const output = activations.get('encoder.output')!;
    expect(output.length).toBe(count);
    for (const { data, request } of output) {
      expect(request.placement).toBe('replicated');
      expect(difference(data, recorded.get('encoder.output')!.data)).toBeLessThanOrEqual(1e-5);
    }

    const [long, short] = [someIds(15, 2), someIds(6, 7)];
    await expectSame(decodeBatch({ ids: long.slice(0, 9), slot: 1 }, { ids: short, slot: 0 }));
    await expectSame(decodeBatch({ ids: [3], slot: 0, start: 6 }, { ids: long.slice(9), slot: 1, start: 9 }));

    const copies = [{ from: 1, to: 2, length: 12 }];
    for (const { cache } of shards) cache.copy(copies);
    const batch = decodeBatch({ ids: [11, 12], slot: 2, start: 12 });
    const record = ['decoder.blocks.*.lens', 'decoder.blocks.*.crossAttention.weights', 'decoder.output'];
    const whole = await session.decode(batch, { copies, record });
    const parts = decode(batch, (activation) => whole.recorded.has(activation));
    expect(difference(joined(parts.results), whole.logits.data)).toBeLessThanOrEqual(1e-4);
    expect([...parts.activations.keys()].toSorted()).toEqual([...whole.recorded.keys()].toSorted());
    const lens = parts.activations
      .get('decoder.blocks.0.lens')!
      .map(({ data, request }) => ({ data, shape: request.value.shape }));
    expect(difference(joined(lens), whole.recorded.get('decoder.blocks.0.lens')!.data)).toBeLessThanOrEqual(
      1e-4,
    );
    const weights = 'decoder.blocks.0.crossAttention.weights';
    const heads = parts.activations.get(weights)!.flatMap(({ data }) => [...data]);
    expect(difference(heads, whole.recorded.get(weights)!.data)).toBeLessThanOrEqual(1e-5);

    await engine.dispose();
    for (const { backend: own, decoder, cache } of shards) {
      cache.release();
      decoder.dispose();
      expect(own.weightBytes).toBe(0);
    }
  });
});
