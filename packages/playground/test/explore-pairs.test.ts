// What Explore shows of encoder–decoders, as its jobs compute it, against core called directly.
import { type Activation, type Hook, type Hooks, scale, silence } from '@headwise/core';
import { expect, test } from 'vitest';
import type { PatchRow } from '../src/engine/jobs/patch.ts';
import * as patch from '../src/engine/jobs/patch.ts';
import * as rankPair from '../src/engine/jobs/rank-pair.ts';
import * as readPair from '../src/engine/jobs/read-pair.ts';
import { softmax } from '../src/lib/softmax.ts';
import { context, store } from './helpers/models.ts';

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

test('an encoder–decoder has three kinds of attention, with the tokens of both axes', async () => {
  const date = 'July 4, 1987 at 6:41 AM';
  const reading = await readPair.run(store, { model: 'dates-transformer', text: date, edits: [] }, context);
  const model = await store.load('dates-transformer');
  const { text: translated, ids } = await model.generate(date, { maxNewTokens: 96 });
  const trace = await model.trace(date, ids);
  expect(reading.output).toBe(translated);
  const { encoder, decoder, cross } = reading;
  expect([cross.queries, cross.keys]).toEqual([trace.targetTokens, trace.sourceTokens]);
  expect([encoder.queries, encoder.keys]).toEqual([trace.sourceTokens, trace.sourceTokens]);
  expect(decoder.keys).toEqual(['<s>', ...trace.targetTokens.slice(0, -1)]);
  expect(encoder.data).toEqual(trace.encoderAttention.data);
  expect(decoder.data).toEqual(trace.decoderAttention.data);
  expect(cross.data).toEqual(trace.crossAttention.data);
  expect([cross.layers, cross.heads]).toEqual(trace.crossAttention.shape.slice(0, 2));
});

test('edited heads of an encoder–decoder change its output as hooks in core do', async () => {
  const source = 'translate English to Korean: I love you';
  const model = await store.load('t5-mini');
  const { text: before, ids } = await model.generate(source, { maxNewTokens: 96 });
  const edits = [
    { side: 'encoder', layer: 0, head: 1, edit: 0 },
    { side: 'decoder', layer: 1, head: 0, edit: 2 },
    { side: 'cross', layer: 1, head: 2, edit: 'average' },
  ] as const;
  const hooks = {
    'encoder.blocks.0.attention.heads.1.context': silence(),
    'decoder.blocks.1.attention.heads.0.context': scale(2),
    'decoder.blocks.1.crossAttention.weights': ({ shape, data }: Activation) => {
      const [, heads = 0, queries = 0, keys = 0] = shape;
      const size = queries * keys;
      const changed = data.slice();
      for (let i = 0; i < size; i += 1) {
        let sum = 0;
        for (let head = 0; head < heads; head += 1) sum += data[head * size + i]!;
        changed[2 * size + i] = sum / heads;
      }
      return changed;
    },
  };
  const reading = await readPair.run(store, { model: 't5-mini', text: source, edits }, context);
  const after = await model.generate(source, { maxNewTokens: 96, hooks });
  expect([reading.output, reading.effect?.before]).toEqual([after.text, before]);
  const trace = await model.trace(source, after.ids, { hooks });
  for (const [side, maps] of [
    ['encoder', trace.encoderAttention],
    ['decoder', trace.decoderAttention],
    ['cross', trace.crossAttention],
  ] as const)
    expect(largestDifference(reading[side].data, maps.data)).toBeLessThan(1e-6);

  // The share of the probability that moves, at each step of the first output.
  const [plain, changed] = [await model.trace(source, ids), await model.trace(source, ids, { hooks })];
  const size = plain.logits.data.length / ids.length;
  const shares = Array.from(ids, (_, step) => {
    const [a, b] = [plain, changed].map(({ logits }) =>
      softmax([...logits.data.subarray(step * size, (step + 1) * size)]),
    );
    return a!.reduce((sum, share, i) => sum + Math.abs(share - b![i]!), 0) / 2;
  });
  const mean = shares.reduce((a, b) => a + b) / shares.length;
  expect(reading.effect!.moved).toBeCloseTo(mean, 5);
  expect(mean).toBeGreaterThan(0.01);
});

test('heads of an encoder–decoder are ranked by what core says without each, relative to the edits', async () => {
  const text = 'translate English to Korean: I love you';
  const model = await store.load('t5-mini');
  const edits = [
    { side: 'encoder', layer: 0, head: 1, edit: 0 },
    { side: 'cross', layer: 1, head: 2, edit: 2 },
  ] as const;
  const hooks: Hooks = {
    'encoder.blocks.0.attention.heads.1.context': silence(),
    'decoder.blocks.1.crossAttention.heads.2.context': scale(2),
  };
  const params = { model: 't5-mini', text, edits, side: 'cross' } as const;
  const { sizes } = await rankPair.run(store, params, context);
  const { numLayers, numAttentionHeads } = model.config.decoder;
  expect(sizes.map((row) => row.length)).toEqual(Array.from({ length: numLayers }, () => numAttentionHeads));
  const { ids } = await model.generate(text, { hooks });
  const plain = (await model.trace(text, ids, { hooks })).logits.data;
  const size = plain.length / ids.length;
  for (const [layer, head] of [
    [0, 0],
    [1, 2],
  ] as const) {
    const name = `decoder.blocks.${layer}.crossAttention.heads.${head}.context`;
    const { logits } = await model.trace(text, ids, { hooks: { ...hooks, [name]: silence() } });
    const shares = Array.from(ids, (_, step) => {
      const [a, b] = [plain, logits.data].map((all) =>
        softmax([...all.subarray(step * size, (step + 1) * size)]),
      );
      return a!.reduce((sum, share, i) => sum + Math.abs(share - b![i]!), 0) / 2;
    });
    expect(sizes[layer]![head]).toBeCloseTo(shares.reduce((a, b) => a + b) / shares.length, 5);
  }
  expect(Math.max(...sizes.flat())).toBeGreaterThan(0.01);
});

test('patching of an encoder–decoder says how far each activation takes the first token that differs', async () => {
  const texts = [
    'translate English to Korean: I love you',
    'translate English to Korean: I love me',
  ] as const;
  const model = await store.load('t5-mini');
  const [a, b] = [await model.generate(texts[0]), await model.generate(texts[1])];
  const step = a.ids.findIndex((id, i) => id !== b.ids[i]);
  expect(step).toBeGreaterThan(0);
  const target = a.ids.slice(0, step + 1);
  /** The logits of the token that differs. */
  const logitsOf = async (text: string, hooks: Hooks = {}): Promise<number[]> => {
    const { logits } = await model.trace(text, target, { hooks });
    return [...logits.data].slice(-logits.data.length / target.length);
  };
  const distance = (x: readonly number[], y: readonly number[]): number =>
    Math.hypot(...x.map((value, i) => value - y[i]!));
  const [plain, wanted] = [await logitsOf(texts[0]), await logitsOf(texts[1])];
  for (const [kind, name] of [
    ['residual', 'encoder.blocks.1.residual.after'],
    ['feedForward', 'encoder.blocks.1.feedForward.output'],
  ] as const) {
    const rows: PatchRow[] = [];
    const params = { model: 't5-mini', texts, kind, layer: 0, fromRow: 0 } as const;
    await patch.run(store, params, { ...context, progress: (row) => void rows.push(row) });
    expect(rows.map(({ row }) => row)).toEqual([0, 1]);
    const { activations, sourceIds } = await model.trace(texts[1], target, { record: [name] });
    const source = activations.get(name)!;
    const width = source.shape[1]!;
    for (const token of sourceIds.keys()) {
      const hook: Hook = ({ data }) => {
        const changed = data.slice();
        changed.set(source.data.subarray(token * width, (token + 1) * width), token * width);
        return changed;
      };
      const logits = await logitsOf(texts[0], { [name]: hook });
      const recovered = 1 - distance(wanted, logits) / distance(wanted, plain);
      expect(rows[1]!.recovered[token]).toBeCloseTo(recovered, 4);
    }
  }
});
