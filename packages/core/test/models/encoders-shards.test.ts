import { describe, expect, it } from 'vitest';
import { createBackend } from '../../src/index.ts';
import { encoderFromCheckpoint, encodeSteps, LocalEngine, readEncoderConfig } from '../../src/internal.ts';
import { joinSequences } from '../../src/tasks/encoder/batching.ts';
import { difference } from '../helpers/fixture.ts';
import { runShards } from '../helpers/lockstep.ts';
import { tinyArchitectures, tinyCheckpoint, tinyConfig, tinyExpected } from '../helpers/tiny-encoders.ts';

const TOLERANCE = 5e-5;

// The models have three attention heads: of four shards one has none.
describe.each(tinyArchitectures)('%s over 4 shards', (name) => {
  it.each(['reference', 'wasm-simd'] as const)(
    'on %s agrees with the unsharded model',
    async (backendName) => {
      const sequences = tinyExpected(name).map(({ ids, typeIds }) => ({
        ids: Int32Array.from(ids),
        typeIds: Int32Array.from(typeIds),
      }));
      const batch = joinSequences(sequences);
      const config = await readEncoderConfig(tinyConfig(name), ['maskedLM']);
      const checkpoint = await tinyCheckpoint(name);
      const backend = await createBackend(backendName);
      const engine = new LocalEngine(backend, await encoderFromCheckpoint(config, checkpoint, backend));
      const outputs = [{ kind: 'hidden' }, { kind: 'maskedLM' }] as const;
      const record = ['embeddings', 'blocks.1.feedForward.hidden', 'blocks.*.attention.heads.2.weights'];
      const whole = await engine.encode(batch, { outputs, record });

      const count = 4;
      const shards = await Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const own = await createBackend(backendName);
          const plan = { shard: { index, count }, dtype: 'f32' } as const;
          return { backend: own, encoder: await encoderFromCheckpoint(config, checkpoint, own, plan) };
        }),
      );
      const { results, activations } = runShards(
        shards.map(({ backend: own, encoder }, index) => ({
          backend: own,
          // Only the first shard has task heads.
          steps: (ctx) => encodeSteps(encoder, ctx, batch, index === 0 ? outputs : outputs.slice(0, 1)),
        })),
        batch.offsets,
        (activation) => whole.recorded.has(activation),
      );
      for (const [i, { data }] of whole.outputs.entries()) {
        expect(difference(results[0]![i]!.data, data)).toBeLessThanOrEqual(TOLERANCE);
      }
      const [weights] = activations.get('blocks.1.attention.heads.2.weights')!;
      const expected = whole.recorded.get('blocks.1.attention.heads.2.weights')!.data;
      expect(difference(weights!.data, expected)).toBeLessThanOrEqual(TOLERANCE);
      for (const { backend: own, encoder } of shards) {
        encoder.dispose();
        expect(own.weightBytes).toBe(0);
      }
      await engine.dispose();
    },
  );
});
