import { describe, expect, it } from 'vitest';
import {
  ablateHeads,
  activationPatching,
  attentionRollout,
  availableBackends,
  type CausalLM,
  contextualSimilarity,
  contextualVectors,
  headImportance,
  loadCausalLM,
  replaceWith,
  silence,
} from '../../src/index.ts';
import { difference } from '../helpers/fixture.ts';
import { type TinyDecoder, tinyDecoderConfig, tinyDecoderWeights } from '../helpers/tiny-decoders.ts';
import { AS_IT_IS, tinyTokenizer } from '../helpers/tiny-encoders.ts';

const TEXT = 'she sat by the river bank';
const OTHER = 'she sat by the cash bank';

/** A tokenizer with the vocabulary size of the tiny decoders. */
function tokenizer(): string {
  const { post_processor: _, ...json } = tinyTokenizer() as {
    model: { vocab: Record<string, number> };
  } & Record<string, unknown>;
  const vocab = Object.fromEntries(Object.entries(json.model.vocab).filter(([, id]) => id < 61));
  return JSON.stringify({ ...json, model: { ...json.model, vocab } });
}

const open = (name: TinyDecoder, backend: (typeof backends)[number]): Promise<CausalLM> =>
  loadCausalLM(
    {
      'config.json': JSON.stringify(tinyDecoderConfig(name)),
      'tokenizer.json': tokenizer(),
      'tokenizer_config.json': AS_IT_IS,
      'model.safetensors': tinyDecoderWeights(name),
    },
    { backend },
  );
const backends = availableBackends();

describe.each(
  (['gpt2', 'qwen3'] as const).flatMap((name) => backends.map((backend) => [name, backend] as const)),
)('%s on %s', (name, backend) => {
  const withModel = async (body: (model: CausalLM) => Promise<void>) => {
    const model = await open(name, backend);
    await body(model);
    await model.dispose();
  };

  it('ranks its heads by how much its loss rises without each', () =>
    withModel(async (model) => {
      const progress: number[] = [];
      const { scores, shape, ranking } = await headImportance(model, [TEXT, OTHER], {
        onProgress: (done) => progress.push(done),
      });
      expect(shape).toEqual([2, 4]);
      expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(ranking.map(({ score }) => score)).toEqual([...scores].sort((a, b) => b - a));
      const { layer, head, score } = ranking[0]!;
      const hooks = { [`blocks.${layer}.attention.heads.${head}.context`]: silence() };
      const loss = async (text: string, call = {}) => (await model.perplexity(text, call)).loss;
      const rise =
        (await loss(TEXT, { hooks })) -
        (await loss(TEXT)) +
        (await loss(OTHER, { hooks })) -
        (await loss(OTHER));
      expect(score).toBeCloseTo(rise / 2, 4);
      // What would count for one head counts for the sum of all in a model that needs none of them.
      const always = { 'blocks.*.attention.output': silence() };
      const none = await headImportance(model, TEXT, { hooks: always });
      expect(Math.max(...none.scores.map(Math.abs))).toBeLessThan(1e-6);
    }));

  it('ranks them by any metric', () =>
    withModel(async (model) => {
      const { id } = (await model.nextTokens(TEXT))[0]!;
      const metric = async (text: string, call: object) =>
        -(await model.nextTokens(text, { topK: 61, ...call })).find((token) => token.id === id)!
          .logProbability;
      const { ranking } = await headImportance(model, TEXT, { metric });
      const plain = await metric(TEXT, {});
      const sites = { layers: 2, heads: 4 };
      const same = await ablateHeads(async (hooks) => (await metric(TEXT, { hooks })) - plain, sites);
      expect(same.ranking.map(({ layer, head }) => [layer, head])).toEqual(
        ranking.map(({ layer, head }) => [layer, head]),
      );
    }));

  it('tells which activations carry what sets two texts apart', () =>
    withModel(async (model) => {
      const names = ['embeddings', 'blocks.*.residual.after'];
      const whole = await activationPatching(model, TEXT, OTHER, names);
      expect(whole.map((one) => one.name)).toEqual([
        'embeddings',
        'blocks.0.residual.after',
        'blocks.1.residual.after',
      ]);
      for (const { recovered } of whole) expect(recovered).toBeCloseTo(1, 4);
      const perToken = await activationPatching(model, TEXT, OTHER, names, { perToken: true });
      const of = (name: string) => perToken.filter((one) => one.name === name).map((one) => one.recovered);
      // The texts differ in their fifth token, and after the last layer only the last token counts.
      expect(of('embeddings').map((recovered) => Math.abs(recovered) > 1e-4)).toEqual([
        false,
        false,
        false,
        false,
        true,
        false,
      ]);
      expect(of('blocks.1.residual.after').map((recovered) => Math.abs(recovered) > 1e-4)).toEqual([
        false,
        false,
        false,
        false,
        false,
        true,
      ]);
      const metric = (logits: Float32Array) => logits[5]! - logits[9]!;
      const byMetric = await activationPatching(model, TEXT, OTHER, ['blocks.0.residual.after'], { metric });
      expect(byMetric[0]!.recovered).toBeCloseTo(1, 3);
      await expect(activationPatching(model, TEXT, OTHER, names, { metric: () => 1 })).rejects.toThrow(
        'the metric is the same',
      );
      await expect(activationPatching(model, TEXT, 'she sat', names)).rejects.toThrow('got 6 and 2');
    }));

  it('shows what a word becomes, of what stands before it', () =>
    withModel(async (model) => {
      const { layers, tokens } = await contextualVectors(model, TEXT, 'bank');
      expect(tokens).toEqual(['bank']);
      expect(layers.map(({ length }) => length)).toEqual([24, 24, 24]);
      const alike = await contextualSimilarity(model, 'she', [TEXT, 'she deposited cash']);
      expect(difference(alike, [1, 1, 1])).toBeLessThan(1e-5);
      const apart = await contextualSimilarity(model, 'bank', [TEXT, OTHER]);
      expect(apart[0]).toBeCloseTo(1, 5);
      expect(apart[2]).toBeLessThan(0.9999);
    }));

  it('rolls attention out over its layers', () =>
    withModel(async (model) => {
      const { attention } = await model.trace(TEXT);
      const rollout = attentionRollout(attention).map();
      for (let row = 0; row < 6; row++) {
        const shares = rollout.subarray(row * 6, (row + 1) * 6);
        expect(shares.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
        expect(Math.max(0, ...shares.subarray(row + 1))).toBe(0);
      }
    }));

  it('generates with its activations changed', () =>
    withModel(async (model) => {
      const plain = await model.generate(TEXT, { maxNewTokens: 8 });
      const logits = new Float32Array(61).fill(0);
      logits[17] = 9;
      const forced = await model.generate(TEXT, { maxNewTokens: 4, hooks: { logits: replaceWith(logits) } });
      expect([...forced.ids]).toEqual([17, 17, 17, 17]);
      const again = await model.generate(TEXT, { maxNewTokens: 8 });
      expect([...again.ids]).toEqual([...plain.ids]);
    }));
});
