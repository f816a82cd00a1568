import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Activation,
  availableBackends,
  createBackend,
  patch,
  replaceWith,
  scale,
  silence,
} from '../../src/index.ts';
import { type DecoderSession, LocalDecoderEngine } from '../../src/internal.ts';
import { difference } from '../helpers/fixture.ts';
import { decodeBatch, loadTinyDecoder, someIds, type TinyDecoder } from '../helpers/tiny-decoders.ts';

const ids = someIds(9);

/** Expected sizes: heads, key-value heads, headDim, intermediateSize. */
const models: [TinyDecoder, number, number, number, number][] = [
  ['gpt2', 4, 4, 6, 96],
  ['llama', 4, 2, 6, 40],
  ['qwen3', 4, 2, 10, 40],
];

describe.each(models)('%s', (name, heads, keyValueHeads, headDim, units) => {
  describe.each(availableBackends())('on %s', (backendName) => {
    let engine: LocalDecoderEngine;
    let session: DecoderSession;
    beforeAll(async () => {
      const backend = await createBackend(backendName);
      engine = new LocalDecoderEngine(backend, await loadTinyDecoder(name, backend));
      session = await engine.openSession({ slots: 2, capacity: 20 });
    });
    afterAll(() => engine.dispose());

    const record = async (names: readonly string[], batch = decodeBatch({ ids })) =>
      (await session.decode(batch, { record: names })).recorded;
    const logitsWith = async (hooks: NonNullable<Parameters<DecoderSession['decode']>[1]>['hooks']) =>
      (await session.decode(decodeBatch({ ids }), hooks && { hooks })).logits.data;

    it('every activation of a block has its name and shape', async () => {
      await session.decode(decodeBatch({ ids: ids.slice(0, 4) }, { ids: ids.slice(0, 2), slot: 1 }));
      const batch = decodeBatch(
        { ids: ids.slice(4, 7), start: 4 },
        { ids: ids.slice(2, 3), slot: 1, start: 2 },
      );
      const features = heads * headDim;
      const expected: Record<string, number[]> = {
        embeddings: [4, 24],
        'blocks.0.residual.before': [4, 24],
        'blocks.0.attention.norm': [4, 24],
        'blocks.0.attention.queries': [4, features],
        'blocks.0.attention.keys': [4, keyValueHeads * headDim],
        'blocks.0.attention.values': [4, keyValueHeads * headDim],
        'blocks.0.attention.scores': [2, heads, 3, 7],
        'blocks.0.attention.weights': [2, heads, 3, 7],
        'blocks.0.attention.context': [4, features],
        'blocks.0.attention.heads.1.queries': [4, headDim],
        'blocks.0.attention.heads.1.keys': [4, headDim],
        'blocks.0.attention.heads.1.values': [4, headDim],
        'blocks.1.attention.heads.3.scores': [2, 1, 3, 7],
        'blocks.1.attention.heads.3.weights': [2, 1, 3, 7],
        'blocks.1.attention.heads.3.context': [4, headDim],
        'blocks.1.attention.heads.3.output': [4, 24],
        'blocks.0.attention.output': [4, 24],
        'blocks.0.residual.middle': [4, 24],
        'blocks.0.feedForward.norm': [4, 24],
        'blocks.0.feedForward.hidden': [4, units],
        'blocks.0.feedForward.output': [4, 24],
        'blocks.1.residual.after': [4, 24],
        'blocks.0.lens': [2, 61],
        'blocks.1.lens': [2, 61],
        output: [4, 24],
        logits: [2, 61],
      };
      const recorded = await record(Object.keys(expected), batch);
      const shapes = Object.fromEntries([...recorded].map(([key, { shape }]) => [key, shape]));
      expect(shapes).toEqual(expected);
      const rows = recorded.get('blocks.0.attention.weights')!.data;
      // Causal mask; scores of padding are 0 after softmax.
      expect([...rows.subarray(0, 7)].map((weight) => weight > 0)).toEqual([
        true,
        true,
        true,
        true,
        true,
        false,
        false,
      ]);
      expect(rows.subarray(0, 7).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      const last = recorded.get('blocks.1.lens')!.data;
      expect(difference(last, recorded.get('logits')!.data)).toBeLessThan(1e-5);
      const plain = await session.decode(batch);
      expect(difference(recorded.get('logits')!.data, plain.logits.data)).toBeLessThanOrEqual(1e-5);
    });

    it('the residual stream is the sum of the sub-layers’ outputs', async () => {
      const names = [
        'residual.before',
        'attention.output',
        'residual.middle',
        'feedForward.output',
        'residual.after',
      ];
      const recorded = await record(names.map((what) => `blocks.1.${what}`));
      const [before, attended, middle, fed, after] = names.map(
        (what) => recorded.get(`blocks.1.${what}`)!.data,
      );
      expect(
        difference(
          middle!,
          before!.map((value, i) => value + attended![i]!),
        ),
      ).toBeLessThanOrEqual(1e-6);
      expect(
        difference(
          after!,
          middle!.map((value, i) => value + fed![i]!),
        ),
      ).toBeLessThanOrEqual(1e-6);
    });

    it('ablating a head by its context, output or weights is equivalent', async () => {
      const head = 'blocks.0.attention.heads.2';
      const plain = await logitsWith(undefined);
      const silenced = await logitsWith({ [`${head}.context`]: silence() });
      expect(difference(silenced, plain)).toBeGreaterThan(1e-3);
      for (const what of ['output', 'weights']) {
        expect(difference(await logitsWith({ [`${head}.${what}`]: silence() }), silenced)).toBeLessThan(1e-5);
      }
      expect(difference(await logitsWith({ [`${head}.context`]: silence() }), silenced)).toBe(0);
      expect(
        difference(await logitsWith({ 'blocks.*.attention.heads.*.context': scale(1) }), plain),
      ).toBeLessThan(1e-5);
      expect(difference(await logitsWith(undefined), plain)).toBe(0);
    });

    it('edits of keys and values affect later tokens', async () => {
      const edits = { 'blocks.*.attention.values': scale(0.5), 'blocks.1.attention.keys': scale(2) };
      const whole = await session.decode(decodeBatch({ ids }), { hooks: edits });
      await session.decode(decodeBatch({ ids: ids.slice(0, 8) }), { hooks: edits });
      const step = decodeBatch({ ids: ids.slice(8), start: 8 });
      const then = await session.decode(step, { hooks: edits });
      expect(difference(then.logits.data, whole.logits.data)).toBeLessThan(1e-5);
      const without = await session.decode(step);
      expect(difference(without.logits.data, whole.logits.data)).toBeGreaterThan(1e-4);
      await session.decode(decodeBatch({ ids: ids.slice(0, 8) }));
      const never = await session.decode(step);
      expect(difference(without.logits.data, never.logits.data)).toBeGreaterThan(1e-4);
    });

    it('activations of another text can be patched in, whole or by token', async () => {
      const other = decodeBatch({ ids: someIds(9, 8) });
      const source = await session.decode(other, { record: ['embeddings', 'blocks.0.residual.after'] });
      const all = patch(new Map([...source.recorded].slice(0, 1)));
      expect(difference(await logitsWith(all), source.logits.data)).toBeLessThan(1e-5);
      const after = new Map([...source.recorded].slice(1)) as Map<string, Activation>;
      const [first, last] = [patch(after, [[0, 0]]), patch(after, [[8, 8]])];
      const plain = await logitsWith(undefined);
      expect(difference(await logitsWith(first), plain)).toBeGreaterThan(1e-5);
      expect(difference(await logitsWith(last), plain)).toBeGreaterThan(1e-3);
    });

    it('edits of logits and output have an effect, those of a lens do not', async () => {
      const wanted = new Float32Array(61).fill(3);
      expect(await logitsWith({ logits: replaceWith(wanted) })).toEqual(wanted);
      expect(
        difference(
          await logitsWith({ output: scale(2) }),
          (await logitsWith(undefined)).map((x) => 2 * x),
        ),
      ).toBeLessThan(1e-4);
      const plain = await logitsWith(undefined);
      expect(difference(await logitsWith({ 'blocks.*.lens': silence() }), plain)).toBeLessThan(1e-5);
    });

    it('a lens equals the logits of a model that ends at its block', async () => {
      const rows = Int32Array.from(ids.keys());
      const { recorded } = await session.decode(decodeBatch({ ids }), {
        rows,
        record: ['blocks.0.lens', 'blocks.0.residual.after'],
      });
      const stream = recorded.get('blocks.0.residual.after')!.data;
      const ended = await session.decode(decodeBatch({ ids }), {
        rows,
        hooks: { 'blocks.1.residual.after': replaceWith(stream) },
      });
      expect(difference(recorded.get('blocks.0.lens')!.data, ended.logits.data)).toBeLessThan(1e-5);
    });
  });
});

it('Mistral’s sliding window masks earlier tokens', async () => {
  const backend = await createBackend('wasm-simd');
  const engine = new LocalDecoderEngine(
    backend,
    await loadTinyDecoder('mistral', backend, { sliding_window: 3 }),
  );
  const session = await engine.openSession({ slots: 1, capacity: 20 });
  await session.decode(decodeBatch({ ids: ids.slice(0, 8) }));
  const { recorded } = await session.decode(decodeBatch({ ids: ids.slice(8), start: 8 }), {
    record: ['blocks.0.attention.heads.0.weights'],
  });
  const { data } = recorded.get('blocks.0.attention.heads.0.weights')!;
  expect(Array.from(data, (weight) => weight > 0)).toEqual([...new Array(6).fill(false), true, true, true]);
  await engine.dispose();
});
