import { describe, expect, test } from 'vitest';
import {
  availableBackends,
  type Backend,
  cosineSimilarity,
  createBackend,
  SafetensorsCheckpoint,
} from '../../src/index.ts';
import {
  ALL_WEIGHTS,
  type DecodeBatch,
  LocalDecoderEngine,
  type TokenBatch,
  type WeightPlan,
} from '../../src/internal.ts';
import { loadMoonshine, parseMoonshineConfig } from '../../src/models/seq2seq/moonshine.ts';
import { waveformTokens } from '../../src/models/seq2seq/waveform-input.ts';
import { difference, floats } from '../helpers/fixture.ts';
import { runSoundShards } from '../helpers/sound-shards.ts';
import {
  moonshineSequences,
  moonshineSounds,
  TINY_MOONSHINE,
  tinyMoonshineFiles,
} from '../helpers/tiny-moonshine.ts';

const load = async (backend: Backend, plan: WeightPlan = ALL_WEIGHTS) =>
  loadMoonshine(parseMoonshineConfig(TINY_MOONSHINE), await tinyMoonshineCheckpoint(), backend, plan);

const decoding = (slot: number, ids: readonly number[], start = 0): DecodeBatch => ({
  ids: Int32Array.from(ids),
  offsets: Int32Array.of(0, ids.length),
  slots: Int32Array.of(slot),
  starts: Int32Array.of(start),
});
const rowsOf = (ids: readonly number[]) => Int32Array.from(ids.keys());

describe.each(availableBackends())('Moonshine on %s', (name) => {
  test('agrees with Hugging Face on three sounds at once', async () => {
    const backend = await createBackend(name);
    const engine = new LocalDecoderEngine(backend, await load(backend));
    const session = await engine.openSession({ slots: 3, capacity: 20 });
    const slots = Int32Array.of(2, 0, 1);
    const { recorded } = await session.encodeSource(soundBatch(moonshineSounds), slots, {
      record: ['encoder.output', 'encoder.blocks.*.attention.weights'],
    });
    const encoded = moonshineSequences.flatMap((sequence) => [...floats(sequence.encoded).data]);
    expect(difference(recorded.get('encoder.output')!.data, encoded)).toBeLessThan(2e-5);
    for (const [i, { target, ...expected }] of moonshineSequences.entries()) {
      const result = await session.decode(decoding(slots[i]!, target), {
        rows: rowsOf(target),
        record: ['decoder.blocks.*.crossAttention.weights', 'decoder.blocks.*.attention.weights'],
      });
      expect(difference(result.logits.data, floats(expected.logits).data)).toBeLessThan(5e-5);
      for (const [part, stored] of [
        ['crossAttention', expected.crossAttention],
        ['attention', expected.decoderAttention],
      ] as const) {
        const maps = [0, 1].flatMap((layer) => [
          ...result.recorded.get(`decoder.blocks.${layer}.${part}.weights`)!.data,
        ]);
        expect(difference(maps, floats(stored).data)).toBeLessThan(1e-5);
      }
    }
    await engine.dispose();
  });

  test('has the attention weights of Hugging Face in the encoder', async () => {
    const backend = await createBackend(name);
    const engine = new LocalDecoderEngine(backend, await load(backend));
    const session = await engine.openSession({ slots: 1, capacity: 20 });
    const { recorded } = await session.encodeSource(soundBatch([moonshineSounds[0]!]), Int32Array.of(0), {
      record: ['encoder.blocks.*.attention.weights'],
    });
    const maps = [0, 1].flatMap((layer) => [
      ...recorded.get(`encoder.blocks.${layer}.attention.weights`)!.data,
    ]);
    expect(difference(maps, floats(moonshineSequences[0]!.encoderAttention).data)).toBeLessThan(1e-5);
    await engine.dispose();
  });

  test('token by token, from the cache, gives the same logits', async () => {
    const backend = await createBackend(name);
    const engine = new LocalDecoderEngine(backend, await load(backend));
    const session = await engine.openSession({ slots: 1, capacity: 20 });
    await session.encodeSource(soundBatch([moonshineSounds[0]!]), Int32Array.of(0));
    const { target, logits } = moonshineSequences[0]!;
    const { data, shape } = floats(logits);
    for (const [i, id] of target.entries()) {
      const result = await session.decode(decoding(0, [id], i));
      const expected = data.subarray(i * shape[1]!, (i + 1) * shape[1]!);
      expect(difference(result.logits.data, expected)).toBeLessThan(5e-5);
    }
    await engine.dispose();
  });

  test.each([2, 5])('over %i shards agrees with one', async (count) => {
    const { target, logits } = moonshineSequences[1]!;
    const shards = await runSoundShards(count, name, load, soundBatch(moonshineSounds), decoding(1, target));
    const encoded = moonshineSequences.flatMap((sequence) => [...floats(sequence.encoded).data]);
    for (const data of shards.encoded) expect(difference(data, encoded)).toBeLessThan(2e-5);
    const { data, shape } = floats(logits);
    expect(difference(shards.logits, data.subarray(data.length - shape[1]!))).toBeLessThan(5e-5);
  });

  test.each([
    ['q8', 0.99],
    ['q4', 0.9],
  ] as const)('with weights in %s is near', async (dtype, least) => {
    const backend = await createBackend(name);
    const engine = new LocalDecoderEngine(backend, await load(backend, { ...ALL_WEIGHTS, dtype }));
    const session = await engine.openSession({ slots: 1, capacity: 20 });
    await session.encodeSource(soundBatch([moonshineSounds[0]!]), Int32Array.of(0));
    const { target, logits } = moonshineSequences[0]!;
    const result = await session.decode(decoding(0, target), { rows: rowsOf(target) });
    expect(cosineSimilarity(result.logits.data, floats(logits).data)).toBeGreaterThan(least);
    await engine.dispose();
  });
});

test('Moonshine refuses a source without samples, and one with another number of them', async () => {
  const backend = await createBackend('reference');
  const engine = new LocalDecoderEngine(backend, await load(backend));
  const session = await engine.openSession({ slots: 1, capacity: 20 });
  const { frames, frameOffsets, ...batch } = soundBatch([moonshineSounds[1]!]);
  const message = '3 tokens of sound need 1663 samples, or up to 383 more';
  const slots = Int32Array.of(0);
  await expect(session.encodeSource(batch, slots)).rejects.toThrow(`${message}, got none`);
  await expect(
    session.encodeSource({ ...batch, frames: frames!, frameOffsets: Int32Array.of(0, 1600) }, slots),
  ).rejects.toThrow(`${message}, got 1600`);
  await engine.dispose();
});

test('a token is 384 samples', () => {
  expect([0, 894, 895, 1278, 1279, 480_000].map(waveformTokens)).toEqual([0, 0, 1, 1, 2, 1248]);
});

test.each([
  [{ model_type: 'whisper' }, 'model_type must be moonshine, got "whisper"'],
  [{ decoder_num_attention_heads: 4 }, 'decoder_num_attention_heads must be equal to'],
  [{ encoder_num_key_value_heads: 1 }, 'encoder_num_key_value_heads must be equal to'],
  [{ hidden_size: 15 }, 'hidden_size must divide into encoder_num_attention_heads'],
  [{ partial_rotary_factor: 0.9 }, 'partial_rotary_factor must give an even number'],
  [{ encoder_hidden_act: 'swish2' }, 'swish2'],
  [{ is_encoder_decoder: false }, 'is_encoder_decoder'],
  [{ max_position_embeddings: 0 }, 'max_position_embeddings must be a whole number of at least 1, got 0'],
  [{ rope_scaling: { rope_type: 'other' } }, 'rope_type must be one of'],
])('parseMoonshineConfig refuses %o', (change, message) => {
  expect(() => parseMoonshineConfig({ ...TINY_MOONSHINE, ...change })).toThrow(message);
});

function tinyMoonshineCheckpoint(): Promise<SafetensorsCheckpoint> {
  const bytes = tinyMoonshineFiles()['model.safetensors'] as Uint8Array;
  return SafetensorsCheckpoint.open({
    size: bytes.length,
    read: async (from, to) => bytes.subarray(from, to),
  });
}

/** The batch of these sounds. */
function soundBatch(sounds: readonly Float32Array[]): TokenBatch {
  const ends = (lengths: readonly number[]) =>
    Int32Array.from({ length: lengths.length + 1 }, (_, s) =>
      lengths.slice(0, s).reduce((sum, length) => sum + length, 0),
    );
  const offsets = ends(sounds.map(({ length }) => waveformTokens(length)));
  const count = offsets.at(-1)!;
  const frameOffsets = ends(sounds.map(({ length }) => length));
  const frames = new Float32Array(frameOffsets.at(-1)!);
  for (const [s, sound] of sounds.entries()) frames.set(sound, frameOffsets[s]);
  return { ids: new Int32Array(count), typeIds: new Int32Array(count), offsets, frames, frameOffsets };
}
