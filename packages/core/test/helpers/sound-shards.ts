import { type Backend, type BackendName, createBackend } from '../../src/index.ts';
import {
  type DecodeBatch,
  type Decoder,
  decodeSteps,
  encodeSourceSteps,
  type TokenBatch,
  type WeightPlan,
} from '../../src/internal.ts';
import { runShards } from './lockstep.ts';

/** Encodes all sounds and decodes a batch with a speech model over shards: what each encoded, and the last logits, each shard's part after the other. */
export async function runSoundShards(
  count: number,
  backendName: BackendName,
  load: (backend: Backend, plan: WeightPlan) => Promise<Decoder>,
  sounds: TokenBatch,
  batch: DecodeBatch,
): Promise<{ encoded: readonly Float32Array[]; logits: readonly number[] }> {
  const slots = Int32Array.from({ length: sounds.offsets.length - 1 }, (_, i) => i);
  const shards = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const backend = await createBackend(backendName);
      const decoder = await load(backend, { shard: { index, count }, dtype: 'f32' });
      return { backend, decoder, cache: decoder.openCache(backend, slots.length, 20) };
    }),
  );
  const { activations } = runShards(
    shards.map(({ backend, decoder, cache }) => ({
      backend,
      steps: (run) => encodeSourceSteps(decoder, run, sounds, cache, slots),
    })),
    sounds.offsets,
    (activation) => activation === 'encoder.output',
  );
  const { results } = runShards(
    shards.map(({ backend, decoder, cache }) => ({
      backend,
      steps: (run) => decodeSteps(decoder, run, batch, cache),
    })),
    batch.offsets,
  );
  return {
    encoded: activations.get('encoder.output')!.map(({ data }) => data),
    logits: results.flatMap(({ data }) => [...data]),
  };
}
