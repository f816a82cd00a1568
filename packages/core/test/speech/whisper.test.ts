import { describe, expect, test } from 'vitest';
import { availableBackends, type Backend, cosineSimilarity, createBackend } from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  type DecodeBatch,
  LocalDecoderEngine,
  type TokenBatch,
  type WeightPlan,
} from '../../src/internal.ts';
import { loadWhisper, parseWhisperConfig } from '../../src/models/seq2seq/whisper.ts';
import { checkpointOf } from '../../src/nn/torch/state-dict.ts';
import { difference } from '../helpers/fixture.ts';
import { randomNumbers } from '../helpers/safetensors.ts';
import { runSoundShards } from '../helpers/sound-shards.ts';
import { TINY_WHISPER, tinyWhisperWeights } from '../helpers/tiny-whisper.ts';
import { referenceDecoder, referenceEncoder } from '../helpers/whisper-reference.ts';

const { max_source_positions: POSITIONS, num_mel_bins: BINS } = TINY_WHISPER;
const IDS = [257, 259, 261, 267, 72, 105, 33, 280];

const load = (backend: Backend, plan: WeightPlan = ALL_WEIGHTS) =>
  loadWhisper(
    parseWhisperConfig(TINY_WHISPER),
    checkpointOf(new Map(Object.entries(tinyWhisperWeights()))),
    backend,
    plan,
  );

/** Frames of one sound. */
function soundOf(seed: number): number[][] {
  const next = randomNumbers(seed);
  return Array.from({ length: 2 * POSITIONS }, () =>
    Array.from({ length: BINS }, () => next() / 2 ** 31 - 1),
  );
}

/** The batch of these sounds. */
function batchOf(...sounds: readonly (readonly number[][])[]): TokenBatch {
  const count = sounds.length * POSITIONS;
  return {
    ids: new Int32Array(count),
    typeIds: new Int32Array(count),
    offsets: Int32Array.from({ length: sounds.length + 1 }, (_, s) => s * POSITIONS),
    frames: Float32Array.from(sounds.flat(2)),
  };
}

const decoding = (slot: number): DecodeBatch => ({
  ids: Int32Array.from(IDS),
  offsets: Int32Array.of(0, IDS.length),
  slots: Int32Array.of(slot),
  starts: Int32Array.of(0),
});
const ROWS = Int32Array.from(IDS.keys());

describe.each(availableBackends())('Whisper on %s', (name) => {
  test('agrees with its definition in float64, on two sounds at once', async () => {
    const backend = await createBackend(name);
    const engine = new LocalDecoderEngine(backend, await load(backend));
    const session = await engine.openSession({ slots: 2, capacity: 20 });
    const sounds = [soundOf(1), soundOf(2)];
    const { recorded } = await session.encodeSource(batchOf(...sounds), Int32Array.of(1, 0), {
      record: ['encoder.output'],
    });
    const states = sounds.map(referenceEncoder);
    expect(difference(recorded.get('encoder.output')!.data, Float32Array.from(states.flat(2)))).toBeLessThan(
      2e-5,
    );
    for (const [i, slot] of [1, 0].entries()) {
      const { logits, cross } = referenceDecoder(IDS, states[i]!);
      const result = await session.decode(decoding(slot), {
        rows: ROWS,
        record: ['decoder.blocks.*.crossAttention.weights'],
      });
      expect(difference(result.logits.data, Float32Array.from(logits.flat()))).toBeLessThan(1e-4);
      for (const [layer, maps] of cross.entries()) {
        const { data } = result.recorded.get(`decoder.blocks.${layer}.crossAttention.weights`)!;
        expect(difference(data, Float32Array.from(maps.flat(2)))).toBeLessThan(1e-5);
      }
    }
    await engine.dispose();
  });

  test.each([2, 5])('over %i shards agrees with one', async (count) => {
    const states = referenceEncoder(soundOf(1));
    const sounds = batchOf(soundOf(1), soundOf(2));
    const { encoded, logits } = await runSoundShards(count, name, load, sounds, decoding(0));
    for (const data of encoded) {
      expect(difference(data.subarray(0, states.length * 16), states.flat())).toBeLessThan(2e-5);
    }
    expect(difference(logits, referenceDecoder(IDS, states).logits.at(-1)!)).toBeLessThan(1e-4);
  });

  test('with weights in 8 bits is near', async () => {
    const backend = await createBackend(name);
    const engine = new LocalDecoderEngine(backend, await load(backend, { ...ALL_WEIGHTS, dtype: 'q8' }));
    const session = await engine.openSession({ slots: 1, capacity: 20 });
    await session.encodeSource(batchOf(soundOf(1)), Int32Array.of(0));
    const { logits } = await session.decode(decoding(0), { rows: ROWS });
    const expected = referenceDecoder(IDS, referenceEncoder(soundOf(1))).logits.flat();
    expect(cosineSimilarity(logits.data, Float32Array.from(expected))).toBeGreaterThan(0.99);
    await engine.dispose();
  });
});

test('Whisper refuses a source without frames, and with another number of them', async () => {
  const backend = await createBackend('reference');
  const engine = new LocalDecoderEngine(backend, await load(backend));
  const session = await engine.openSession({ slots: 1, capacity: 20 });
  const { frames, ...batch } = batchOf(soundOf(1));
  const message = '50 tokens of sound need frames [100, 6], 600 values';
  await expect(session.encodeSource(batch, Int32Array.of(0))).rejects.toThrow(`${message}, got none`);
  await expect(
    session.encodeSource({ ...batch, frames: frames!.slice(6) }, Int32Array.of(0)),
  ).rejects.toThrow(`${message}, got 594`);
  await engine.dispose();
});

test.each([
  [{ model_type: 'bart' }, 'model_type must be whisper, got "bart"'],
  [{ scale_embedding: true }, 'scale_embedding'],
  [{ tie_word_embeddings: false }, 'tie_word_embeddings'],
  [{ decoder_attention_heads: 3 }, 'decoder_attention_heads'],
  [{ num_mel_bins: 0 }, 'num_mel_bins must be a whole number of at least 1, got 0'],
])('parseWhisperConfig refuses %o', (change, message) => {
  expect(() => parseWhisperConfig({ ...TINY_WHISPER, ...change })).toThrow(message);
});
