import { describe, expect, it } from 'vitest';
import { availableBackends, createBackend } from '../../src/index.ts';
import { decodeSteps, type EncodeOutput, LocalDecoderEngine } from '../../src/internal.ts';
import { difference, floats } from '../helpers/fixture.ts';
import { runShards } from '../helpers/lockstep.ts';
import {
  decodeBatch,
  loadTinyDecoder,
  someIds,
  tinyDecoderReference,
  tinyFamilies,
} from '../helpers/tiny-decoders.ts';

const TOLERANCE = 1e-4;
const VOCABULARY = 37;

describe.each(tinyFamilies)('%s', (name) => {
  const { sequences, greedy } = tinyDecoderReference(name);

  it.each(availableBackends())('agrees with PyTorch on %s, whole and from the cache', async (backendName) => {
    const backend = await createBackend(backendName);
    const engine = new LocalDecoderEngine(backend, await loadTinyDecoder(name, backend));
    const session = await engine.openSession({ slots: 2, capacity: 24 });
    for (const { ids, logits, attention } of sequences) {
      const rows = Int32Array.from(ids.keys());
      // With hooks: scores and weights of each head.
      const watched = await session.decode(decodeBatch({ ids }), {
        rows,
        record: ['blocks.*.attention.weights', 'blocks.*.lens'],
      });
      const weights = [0, 1].flatMap((layer) => [
        ...watched.recorded.get(`blocks.${layer}.attention.weights`)!.data,
      ]);
      const wanted = floats(logits);
      expect(watched.logits.shape).toEqual(wanted.shape);
      expect(difference(watched.logits.data, wanted.data)).toBeLessThanOrEqual(TOLERANCE);
      expect(difference(weights, floats(attention).data)).toBeLessThanOrEqual(TOLERANCE);
      const lens = watched.recorded.get('blocks.1.lens')!.data;
      expect(difference(lens, wanted.data)).toBeLessThanOrEqual(TOLERANCE);
      // Without hooks, two sequences at once.
      const both = await session.decode(decodeBatch({ ids, slot: 1 }, { ids: [7, 8] }), { rows });
      expect(difference(both.logits.data, wanted.data)).toBeLessThanOrEqual(TOLERANCE);
      // From the cache, in parts.
      const last = wanted.data.subarray(-VOCABULARY);
      await session.decode(decodeBatch({ ids: ids.slice(0, 3) }));
      await session.decode(decodeBatch({ ids: ids.slice(3, -1), start: 3 }));
      const end = await session.decode(decodeBatch({ ids: ids.slice(-1), start: ids.length - 1 }));
      expect(difference(end.logits.data, last)).toBeLessThanOrEqual(TOLERANCE);
    }
    let [ids, start] = [[...greedy.prompt], 0];
    const written: number[] = [];
    while (written.length < greedy.ids.length) {
      const { logits } = await session.decode(decodeBatch({ ids, start }));
      start += ids.length;
      ids = [logits.data.indexOf(Math.max(...logits.data))];
      written.push(ids[0]!);
    }
    expect(written).toEqual(greedy.ids);
    await engine.dispose();
  });

  // Three shards are more than some models have key-value heads: at least one has none.
  it.each([2, 3])('gives the same over %i shards', async (count) => {
    const backend = await createBackend('wasm-simd');
    const engine = new LocalDecoderEngine(backend, await loadTinyDecoder(name, backend));
    const session = await engine.openSession({ slots: 2, capacity: 24 });
    const shards = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const own = await createBackend('wasm-simd');
        const plan = { shard: { index, count }, dtype: 'f32' } as const;
        const decoder = await loadTinyDecoder(name, own, {}, plan);
        return { backend: own, decoder, cache: decoder.openCache(own, 2, 24) };
      }),
    );
    const ids = someIds(12, 3, VOCABULARY);
    for (const batch of [
      decodeBatch({ ids: ids.slice(0, 9), slot: 1 }, { ids: ids.slice(0, 4) }),
      decodeBatch({ ids: [3], start: 4 }, { ids: ids.slice(9), slot: 1, start: 9 }),
    ]) {
      const { logits } = await session.decode(batch);
      const { results } = runShards(
        shards.map(({ backend: own, decoder, cache }) => ({
          backend: own,
          steps: (run) => decodeSteps(decoder, run, batch, cache),
        })),
        batch.offsets,
      );
      expect(difference(joined(results), logits.data)).toBeLessThanOrEqual(TOLERANCE);
    }
    await engine.dispose();
  });
});

/** Logits `[rows, vocabulary]`: the shards' columns concatenated. */
function joined(parts: readonly EncodeOutput[]): Float32Array {
  const rows = parts[0]!.shape[0]!;
  const all: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (const { shape, data } of parts) all.push(...data.subarray(row * shape[1]!, (row + 1) * shape[1]!));
  }
  return Float32Array.from(all);
}
