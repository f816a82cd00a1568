import { describe, expect, it } from 'vitest';
import { availableBackends, createBackend, loadEncoder } from '../../src/index.ts';
import { decodeSteps, type EncodeOutput, LocalDecoderEngine } from '../../src/internal.ts';
import { toFloat32 } from '../../src/weights/convert.ts';
import { writeSafetensors } from '../../src/weights/safetensors/write.ts';
import type { TensorData } from '../../src/weights/types.ts';
import { difference, floats } from '../helpers/fixture.ts';
import { runShards } from '../helpers/lockstep.ts';
import {
  decodeBatch,
  loadTinyDecoder,
  someIds,
  tinyDecoderCheckpoint,
  tinyDecoderConfig,
  tinyDecoderReference,
  tinyFamilies,
} from '../helpers/tiny-decoders.ts';
import { tinyDecoderFiles } from '../helpers/tiny-generators.ts';

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

/** What the logits of an architecture are divided by. */
const LOGIT_FACTORS: Partial<Record<(typeof tinyFamilies)[number], number>> = { granite: 0.5, cohere: 0.25 };

// With two rows of the output head as its weights, a classifier gives the last token's logits of these two.
describe.each([
  'cohere',
  'falcon-7b',
  'gemma',
  'gemma3',
  'gpt-neo',
  'gpt-neox',
  'gptj',
  'granite',
  'mixtral',
  'olmo2',
  'opt',
  'phi',
  'phi3',
  'qwen3-moe',
  'smollm3',
  'stablelm',
] as const)('%s as a classifier', (name) => {
  it('reads the last token’s hidden state', async () => {
    const checkpoint = await tinyDecoderCheckpoint(name);
    const tensors = new Map<string, TensorData>();
    for (const tensor of checkpoint.names) tensors.set(tensor, await checkpoint.read(tensor));
    const head = ['lm_head.weight', 'embed_out.weight'].find((tensor) => tensors.has(tensor));
    const table = [...tensors.keys()].find((tensor) =>
      /(embed_tokens|wte|word_embeddings)\.weight$/.test(tensor),
    );
    tensors.set('score.weight', await checkpoint.read(head ?? table!, { axis: 0, from: 0, to: 2 }));
    const bias = tensors.has('lm_head.bias') ? toFloat32(tensors.get('lm_head.bias')!) : [0, 0];
    const model = await loadEncoder({
      ...tinyDecoderFiles(name),
      'config.json': JSON.stringify({
        ...tinyDecoderConfig(name),
        architectures: ['TinyForSequenceClassification'],
        id2label: { 0: 'no', 1: 'yes' },
      }),
      'model.safetensors': writeSafetensors(tensors),
    });
    const { sequences } = tinyDecoderReference(name);
    const outputs = await model.run(
      sequences.map(({ ids }) => ({ ids: Int32Array.from(ids), typeIds: new Int32Array(ids.length) })),
      { kind: 'sequenceClassification' },
    );
    for (const [i, { logits }] of sequences.entries()) {
      const last = floats(logits).data.subarray(-VOCABULARY).subarray(0, 2);
      const wanted = last.map((logit, label) => (logit - bias[label]!) / (LOGIT_FACTORS[name] ?? 1));
      expect(difference(outputs[i]!.data, wanted)).toBeLessThanOrEqual(TOLERANCE);
    }
    await model.dispose();
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
