import { describe, expect, it } from 'vitest';
import { ReferenceBackend } from '../../src/backend/reference/reference.ts';
import {
  activationPatching,
  attentionRollout,
  availableBackends,
  contextualSimilarity,
  createBackend,
  type EncoderModel,
  headImportance,
  loadEncoder,
  scale,
  silence,
} from '../../src/index.ts';
import { difference } from '../helpers/fixture.ts';
import { tinyFiles } from '../helpers/tiny-encoders.ts';

const TEXT = 'she sat by the river bank.';
const open = (backend: Parameters<typeof loadEncoder>[1] & object) => loadEncoder(tinyFiles('bert'), backend);

describe.each(availableBackends())('on %s', (name) => {
  const withModel = async (body: (model: EncoderModel) => Promise<void>) => {
    const model = await open({ backend: name });
    await body(model);
    await model.dispose();
  };

  it('every step of a block has a name', () =>
    withModel(async (model) => {
      const names = [
        'embeddings',
        'blocks.0.residual.before',
        'blocks.0.attention.heads.0.queries',
        'blocks.0.attention.heads.0.keys',
        'blocks.0.attention.heads.0.values',
        'blocks.0.attention.heads.0.scores',
        'blocks.0.attention.heads.0.weights',
        'blocks.0.attention.heads.0.context',
        'blocks.0.attention.heads.0.output',
        'blocks.0.attention.output',
        'blocks.0.attention.norm',
        'blocks.0.residual.middle',
        'blocks.0.feedForward.hidden',
        'blocks.0.feedForward.output',
        'blocks.0.feedForward.norm',
        'blocks.0.residual.after',
        'output',
        'head.hidden',
        'logits',
      ];
      const { activations } = await model.record(TEXT, names, { head: 'maskedLM' });
      expect([...activations.keys()].toSorted()).toEqual(names.toSorted());
      // What an attention's output is made of: every head's part, and the bias.
      expect(activations.get('blocks.0.attention.heads.0.output')!.shape).toEqual([9, 24]);
      const plain = await model.record(TEXT, ['logits'], { head: 'maskedLM' });
      expect(difference(activations.get('logits')!.data, plain.activations.get('logits')!.data)).toBeLessThan(
        1e-5,
      );
    }));

  it('the heads’ outputs and the bias sum to the attention’s output', () =>
    withModel(async (model) => {
      const part = 'blocks.1.attention.heads.*.output';
      const { activations } = await model.record(TEXT, [part, 'blocks.1.attention.output']);
      const silent = await model.record(TEXT, ['blocks.1.attention.output'], {
        hooks: { 'blocks.1.attention.heads.*.context': silence() },
      });
      const sum = silent.activations.get('blocks.1.attention.output')!.data.slice();
      for (const head of [0, 1, 2]) {
        const { data } = activations.get(part.replace('*', String(head)))!;
        for (const [i, value] of data.entries()) sum[i]! += value;
      }
      expect(difference(sum, activations.get('blocks.1.attention.output')!.data)).toBeLessThan(1e-5);
    }));

  it('silencing a head’s output is silencing its context, and doubling it doubles its part', () =>
    withModel(async (model) => {
      const [output, context] = ['output', 'context'].map((what) => `blocks.0.attention.heads.2.${what}`);
      for (const edit of [silence(), scale(2)]) {
        const byOutput = await model.embed(TEXT, { hooks: { [output!]: edit } });
        const byContext = await model.embed(TEXT, { hooks: { [context!]: edit } });
        expect(difference(byOutput, byContext)).toBeLessThan(1e-5);
        expect(difference(byOutput, await model.embed(TEXT))).toBeGreaterThan(1e-4);
      }
    }));
});

describe.each(availableBackends())('aliases of residual hook points on %s', (name) => {
  const aliases = { pre: 'before', mid: 'middle', post: 'after' } as const;

  it.each(Object.entries(aliases))(
    'residual.%s records, replaces and patches residual.%s',
    async (alias, own) => {
      const model = await open({ backend: name });
      const patterns = [`blocks.*.residual.${alias}`, `blocks.1.residual.${own}`];
      const { activations } = await model.record(TEXT, patterns);
      expect([...activations.keys()].toSorted()).toEqual(
        [`blocks.0.residual.${alias}`, `blocks.1.residual.${alias}`, `blocks.1.residual.${own}`].toSorted(),
      );
      const recorded = activations.get(`blocks.1.residual.${alias}`)!;
      expect(recorded.name).toBe(`blocks.1.residual.${alias}`);
      expect(recorded.data).toEqual(activations.get(`blocks.1.residual.${own}`)!.data);
      const trace = await model.trace(TEXT, { record: patterns.slice(0, 1) });
      expect([...trace.activations.keys()]).toEqual([
        `blocks.0.residual.${alias}`,
        `blocks.1.residual.${alias}`,
      ]);

      const plain = await model.embed(TEXT);
      const byAlias = await model.embed(TEXT, { hooks: { [`blocks.0.residual.${alias}`]: scale(0.5) } });
      const byName = await model.embed(TEXT, { hooks: { [`blocks.0.residual.${own}`]: scale(0.5) } });
      expect(difference(byAlias, byName)).toBe(0);
      expect(difference(byAlias, plain)).toBeGreaterThan(1e-4);

      const scores = await activationPatching(model, TEXT, 'he sat by the river bank.', [
        `blocks.1.residual.${alias}`,
      ]);
      expect(scores.map((score) => score.name)).toEqual([`blocks.1.residual.${alias}`]);
      expect(scores[0]!.recovered).toBeCloseTo(1, 4);
      await model.dispose();
    },
  );

  it('throws ConfigError when an alias matches no block', async () => {
    const model = await open({ backend: name });
    await expect(model.record(TEXT, ['blocks.2.residual.post'])).rejects.toThrow(
      'hooks: this model has no activation named "blocks.2.residual.post"',
    );
    await model.dispose();
  });
});

describe.each(availableBackends())('silencing a head twice on %s', (name) => {
  it('gives the same bits, whichever head, whatever ran between', async () => {
    const model = await open({ backend: name });
    const { numHiddenLayers: layers, numAttentionHeads: heads } = model.config;
    const plain = await model.embed(TEXT);
    const bits = (vector: Float32Array) => [
      ...new Uint32Array(vector.buffer, vector.byteOffset, vector.length),
    ];
    const all = Array.from({ length: layers * heads }, (_, i) => {
      const head = `blocks.${Math.floor(i / heads)}.attention.heads.${i % heads}.context`;
      return { hooks: { [head]: silence() } };
    });
    const once: number[][] = [];
    for (const options of all) once.push(bits(await model.embed(TEXT, options)));
    await model.embed([TEXT, 'he deposited cash.', '']);
    for (const [i, options] of all.entries()) {
      const again = bits(await model.embed(TEXT, options));
      expect(again).toEqual(once[i]);
      expect(again).not.toEqual(bits(plain));
    }
    expect(bits(await model.embed(TEXT))).toEqual(bits(plain));
    await model.dispose();
  });
});

describe.each(availableBackends())('the tools of inspection on %s', (name) => {
  it('work on what any model gives', async () => {
    const model = await open({ backend: name });
    const { ranking, scores } = await headImportance(model, [TEXT, 'he deposited cash.'], {
      output: { kind: 'nextSentence' },
      distance: (before, after) => Math.abs(before.data[0]! - after.data[0]!),
    });
    expect(ranking).toHaveLength(6);
    expect(Math.min(...scores)).toBeGreaterThan(0);

    const rollout = attentionRollout((await model.trace(TEXT)).attention);
    expect(rollout.map().reduce((sum, share) => sum + share, 0)).toBeCloseTo(9, 4);

    const patched = await activationPatching(
      model,
      TEXT,
      'he sat by the river bank.',
      ['embeddings', 'output'],
      {
        output: { kind: 'maskedLM' },
      },
    );
    for (const { recovered } of patched) expect(recovered).toBeCloseTo(1, 4);

    const alike = await contextualSimilarity(model, 'bank', [TEXT, 'cash at the bank.']);
    expect(alike).toHaveLength(3);
    expect(difference(await contextualSimilarity(model, 'bank', [TEXT, TEXT]), [1, 1, 1])).toBeLessThan(1e-6);

    const hooks = { 'blocks.1.attention.heads.0.context': silence() };
    expect(difference(await model.embed(TEXT, { hooks }), await model.embed(TEXT, { hooks }))).toBe(0);
    await model.dispose();
  });
});

describe('what is computed', () => {
  /** Notes which heads' scores were asked for. */
  class Counting extends ReferenceBackend {
    readonly scored: number[][] = [];
    override attentionScores(...call: Parameters<ReferenceBackend['attentionScores']>) {
      this.scored.push([...call[3]]);
      return super.attentionScores(...call);
    }
  }

  it('is one head’s scores where one head is watched, and none where none is', async () => {
    const backend = new Counting();
    const model = await open({ backend });
    await model.embed(TEXT);
    await model.embed(TEXT, { hooks: { 'blocks.*.attention.heads.*.context': scale(1), output: scale(1) } });
    expect(backend.scored).toEqual([]);
    const { activations } = await model.record(TEXT, ['blocks.1.attention.heads.2.weights']);
    expect(backend.scored).toEqual([[2]]);
    expect([...activations.keys()]).toEqual(['blocks.1.attention.heads.2.weights']);
    expect(activations.values().next().value!.shape).toEqual([1, 1, 9, 9]);
    await model.trace(TEXT);
    expect(backend.scored.slice(1)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  it('keeps memory flat over thousands of passes with heads, hooks and recordings', async () => {
    const { WasmBackend } = await import('../../src/internal.ts');
    const backend = await createBackend('wasm-simd');
    const model = await open({ backend });
    const pass = () =>
      model.record(TEXT, ['blocks.*.attention.heads.1.output', 'logits'], { head: 'maskedLM' });
    for (let i = 0; i < 10; i++) await pass();
    const before = backend instanceof WasmBackend ? backend.memoryBytes : NaN;
    for (let i = 0; i < 2000; i++) await pass();
    expect(backend instanceof WasmBackend && backend.memoryBytes).toBe(before);
  });
});
