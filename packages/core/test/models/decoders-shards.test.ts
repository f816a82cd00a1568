import { describe, expect, it } from 'vitest';
import { availableBackends, createBackend } from '../../src/index.ts';
import { type DecodeBatch, decodeSteps, type EncodeOutput, LocalDecoderEngine } from '../../src/internal.ts';
import { difference } from '../helpers/fixture.ts';
import { runShards } from '../helpers/lockstep.ts';
import { decodeBatch, loadTinyDecoder, someIds, tinyDecoders } from '../helpers/tiny-decoders.ts';

const TOLERANCE = 5e-5;

/** Logits `[rows, vocabulary]`: the shards' columns concatenated. */
function joined(parts: readonly EncodeOutput[]): Float32Array {
  const rows = parts[0]!.shape[0]!;
  const all: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (const { shape, data } of parts) all.push(...data.subarray(row * shape[1]!, (row + 1) * shape[1]!));
  }
  return Float32Array.from(all);
}

// Three shards are more than some models have key-value heads: at least one has none.
describe.each(tinyDecoders.flatMap((name) => [2, 3].map((count) => [name, count] as const)))(
  '%s over %i shards',
  (name, count) => {
    it.each(availableBackends())('on %s agrees with the unsharded model', async (backendName) => {
      const backend = await createBackend(backendName);
      const engine = new LocalDecoderEngine(backend, await loadTinyDecoder(name, backend));
      const session = await engine.openSession({ slots: 3, capacity: 24 });
      const shards = await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const own = await createBackend(backendName);
          const plan = { shard: { index, count }, dtype: 'f32' } as const;
          const decoder = await loadTinyDecoder(name, own, {}, plan);
          return { backend: own, decoder, cache: decoder.openCache(own, 3, 24) };
        }),
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
        expect(difference(joined(decode(batch).results), logits.data)).toBeLessThanOrEqual(TOLERANCE);
      };

      const [long, short] = [someIds(15), someIds(6, 4)];
      await expectSame(decodeBatch({ ids: long.slice(0, 9), slot: 1 }, { ids: short, slot: 0 }));
      await expectSame(
        decodeBatch({ ids: [3], slot: 0, start: 6 }, { ids: long.slice(9), slot: 1, start: 9 }),
      );

      const copies = [{ from: 1, to: 2, length: 12 }];
      for (const { cache } of shards) cache.copy(copies);
      const batch = decodeBatch({ ids: [11, 12], slot: 2, start: 12 });
      const record = ['blocks.*.lens', 'blocks.*.attention.weights', 'logits', 'output'];
      const { logits, recorded } = await session.decode(batch, { copies, record });
      const { results, activations } = decode(batch, (activation) => recorded.has(activation));
      expect(difference(joined(results), logits.data)).toBeLessThanOrEqual(TOLERANCE);
      expect([...activations.keys()].toSorted()).toEqual([...recorded.keys()].toSorted());
      const lens = activations
        .get('blocks.0.lens')!
        .map(({ data, request }) => ({ data, shape: request.value.shape }));
      expect(difference(joined(lens), recorded.get('blocks.0.lens')!.data)).toBeLessThanOrEqual(TOLERANCE);
      expect(activations.get('logits')!.map(({ request }) => request.placement)).toEqual(
        shards.map((_, index) => ({
          axis: 1,
          from: Math.floor((61 * index) / count),
          to: Math.floor((61 * (index + 1)) / count),
          of: 61,
        })),
      );

      await engine.dispose();
      for (const { backend: own, decoder, cache } of shards) {
        cache.release();
        decoder.dispose();
        expect(own.weightBytes).toBe(0);
      }
    });
  },
);

it('each shard caches the keys and values of its heads', async () => {
  const bytes = async (index: number, count: number) => {
    const backend = await createBackend('wasm-simd');
    const plan = { shard: { index, count }, dtype: 'f32' } as const;
    const decoder = await loadTinyDecoder('llama', backend, {}, plan);
    const before = backend.weightBytes;
    decoder.openCache(backend, 2, 30);
    // Two layers, keys and values, two heads of 6 features; and the rotary table, which every shard has.
    return backend.weightBytes - before - 48 * 6 * 4;
  };
  expect(await bytes(0, 1)).toBe(2 * 2 * 60 * 12 * 4);
  for (const index of [0, 1]) expect(await bytes(index, 2)).toBe(2 * 2 * 60 * 6 * 4);
});
