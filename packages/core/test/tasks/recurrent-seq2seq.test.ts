import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  createBackend,
  HeadwiseError,
  LoadError,
  loadRecurrentSeq2Seq,
  ShapeError,
  writeSafetensors,
} from '../../src/index.ts';
import { type FloatArray, Seq2Seq } from '../../src/nn.ts';
import { createStateDict, quantizeStateDict } from '../../src/train.ts';
import { difference } from '../helpers/fixture.ts';
import { safetensorsOf, tinyRecurrentConfig, tinyRecurrentFiles } from '../helpers/tiny-recurrent.ts';

const backend = 'reference';
const sources = ['abc', 'a river', 'Kim'];

describe.each([
  { cell: 'gru', attention: 'additive', bidirectional: true },
  { cell: 'lstm', attention: 'scaled_dot', bidirectional: false, num_layers: 2 },
  { cell: 'rnn', attention: 'general', bidirectional: true },
  { cell: 'gru', attention: null, bidirectional: false },
])('RecurrentSeq2Seq %j', (config) => {
  it('generates what Seq2Seq generates with its state dict', async () => {
    const model = await loadRecurrentSeq2Seq(tinyRecurrentFiles(config), { backend });
    const { vocabSize, cell, attention, embeddingDim, hiddenSize, numLayers, bidirectional } = model.config;
    const stateDict = createStateDict(tinyRecurrentConfig(config), { seed: 4 });
    const layer = await Seq2Seq.load(await createBackend(backend), stateDict, {
      sourceVocabSize: vocabSize,
      targetVocabSize: vocabSize,
      cell,
      ...(attention && { attention }),
      embeddingDim,
      hiddenSize,
      numLayers,
      bidirectional,
      bosTokenId: 1,
      eosTokenId: 2,
    });
    const alignments = attention !== undefined;
    const ids = sources.map((source) => model.tokenizer.encode(source).ids);
    const expected = layer.generate(ids, { maxLength: 12, needWeights: alignments });
    const got = await model.generate(sources, { alignments, batchSize: 2 });
    for (const [s, { ids: expectedIds, ended, alignments: weights }] of expected.entries()) {
      const { ids: gotIds, tokens, finishReason, promptIds, text } = got[s]!;
      expect([...gotIds]).toEqual(ended ? [...expectedIds, 2] : [...expectedIds]);
      expect(finishReason).toBe(ended ? 'stop' : 'length');
      expect(promptIds).toEqual(ids[s]);
      expect(text).toBe(tokens.map((token) => token.text).join(''));
      if (!weights) continue;
      const rows = tokens.map((token) => [...token.alignment!.data]);
      expect(difference(rows.flat(), weights.data)).toBeLessThan(1e-6);
      expect(tokens[0]!.alignment!.shape).toEqual([1, 1, ids[s]!.length]);
    }
    await model.dispose();
  });

  it('returns alignments and probabilities of a given target', async () => {
    const model = await loadRecurrentSeq2Seq(tinyRecurrentFiles(config), { backend });
    const { tokens, text } = await model.generate('river', { topLogProbs: 2, maxNewTokens: 5 });
    const target = Int32Array.from(tokens, ({ id }) => id);
    const scored = await model.perplexity('river', target, { topLogProbs: 2 });
    expect(scored.tokens.map(({ id }) => id)).toEqual([...target]);
    for (const [i, { logProbability, top }] of scored.tokens.entries()) {
      expect(logProbability).toBeCloseTo(tokens[i]!.logProbability!, 5);
      expect(top![0]!.id).toBe(target[i]);
    }
    expect(text).toBe(model.tokenizer.decode(target));
    if (!config.attention) {
      await expect(model.alignments('river', target)).rejects.toThrow(
        'alignments: the model has no attention',
      );
      await expect(model.generate('river', { alignments: true })).rejects.toThrow(ConfigError);
      return;
    }
    const generated = await model.generate('river', { alignments: true, maxNewTokens: 5 });
    const { attention, sourceTokens, targetTokens } = await model.alignments('river', target);
    expect(sourceTokens).toEqual(['r', 'i', 'v', 'e', 'r', '</s>']);
    expect(targetTokens).toHaveLength(target.length);
    expect(attention.shape).toEqual([1, 1, target.length, 6]);
    const rows = generated.tokens.map((token) => [...token.alignment!.data]);
    expect(difference(attention.data, rows.flat())).toBeLessThan(1e-6);
  });
});

describe('RecurrentSeq2Seq', () => {
  it('calls hooks and uses their replacements', async () => {
    const model = await loadRecurrentSeq2Seq(tinyRecurrentFiles(), { backend });
    const first = (length: number) => Float32Array.from({ length }, (_, i) => (i === 0 ? 1 : 0));
    const { tokens } = await model.generate('river', {
      alignments: true,
      hooks: { 'decoder.steps.*.attention.weights': ({ data }) => first(data.length) },
    });
    for (const { alignment } of tokens) expect([...alignment!.data]).toEqual([1, 0, 0, 0, 0, 0]);
  });

  it('rejects invalid options, sources and later calls', async () => {
    const model = await loadRecurrentSeq2Seq(tinyRecurrentFiles(), { backend });
    const reject = (promise: Promise<unknown>, message: string) => expect(promise).rejects.toThrow(message);
    await reject(
      model.generate('a', { maxNewTokens: 0 }),
      'maxNewTokens must be a whole number of at least 1',
    );
    await reject(model.generate('a', { batchSize: 1.5 }), 'batchSize must be');
    await reject(model.generate('a', { numBeams: 4 } as never), 'unknown option numBeams');
    await reject(model.generate(Int32Array.of()), 'the text has no tokens');
    await reject(model.generate(Int32Array.of(61)), 'token ids must lie in 0 … 60, got 61');
    await reject(model.generate(3 as never), 'expected a string');
    await reject(model.generate('a', { signal: AbortSignal.abort(new Error('stop')) }), 'stop');
    expect(await model.generate([])).toEqual([]);
    await model.dispose();
    await model.dispose();
    await expect(model.generate('a')).rejects.toThrow(HeadwiseError);
  });
});

describe('loadRecurrentSeq2Seq', () => {
  it.each(['f16', 'q8', 'q4'] as const)('keeps the weights in %s', async (dtype) => {
    const exact = await loadRecurrentSeq2Seq(tinyRecurrentFiles(), { backend: 'wasm-simd' });
    const small = await loadRecurrentSeq2Seq(tinyRecurrentFiles(), { backend: 'wasm-simd', dtype });
    const loss = async (model: typeof exact) => (await model.perplexity('river', 'bank')).loss;
    const limits = { f16: 1e-3, q8: 0.05, q4: 0.5 };
    expect(Math.abs((await loss(small)) - (await loss(exact)))).toBeLessThan(limits[dtype]);
  });

  it('reads weights in 8 bits', async () => {
    const files = tinyRecurrentFiles();
    const { tensors, quantizationConfig } = quantizeStateDict(
      createStateDict(tinyRecurrentConfig(), { seed: 4 }),
    );
    const small = {
      ...files,
      'config.json': JSON.stringify(tinyRecurrentConfig({ quantization_config: quantizationConfig })),
      'model.safetensors': writeSafetensors(tensors),
    };
    expect(small['model.safetensors'].length).toBeLessThan(files['model.safetensors'].length / 2);
    const [a, b] = [
      await loadRecurrentSeq2Seq(small, { backend }),
      await loadRecurrentSeq2Seq(files, { backend }),
    ];
    const [x, y] = [await a.perplexity('river', 'bank'), await b.perplexity('river', 'bank')];
    expect(Math.abs(x.loss - y.loss)).toBeLessThan(0.05);
  });

  it.each([
    [{ cell: 'tanh' }, 'cell must be one of rnn, lstm, gru, got "tanh"'],
    [{ attention: 'scaledDot' }, 'attention must be one of null, additive, dot, general, concat, scaled_dot'],
    [{ attention: '' }, 'attention must be one of'],
    [{ hidden_size: undefined }, 'hidden_size must be a whole number of at least 1, got nothing'],
    [{ num_layers: 0 }, 'num_layers must be a whole number of at least 1'],
    [{ bos_token_id: 61 }, 'bos_token_id must be below vocab_size, 61, got 61'],
    [{ eos_token_id: [2] }, 'eos_token_id must be a whole number'],
    [{ bidirectional: 1 }, 'bidirectional must be true or false'],
  ])('throws ConfigError when config.json has %j', async (config, message) => {
    const files = { ...tinyRecurrentFiles(), 'config.json': JSON.stringify(tinyRecurrentConfig(config)) };
    await expect(loadRecurrentSeq2Seq(files, { backend })).rejects.toThrow(ConfigError);
    await expect(loadRecurrentSeq2Seq(files, { backend })).rejects.toThrow(message);
  });

  it.each([
    { hidden_size: 2 ** 40 },
    { vocab_size: 2 ** 40 },
    { num_layers: 2 ** 40 },
    { embedding_dim: 2 ** 40 },
  ])('throws ConfigError before it allocates when config.json has %j', async (config) => {
    const files = { ...tinyRecurrentFiles(), 'config.json': JSON.stringify(tinyRecurrentConfig(config)) };
    await expect(loadRecurrentSeq2Seq(files, { backend })).rejects.toThrow(ConfigError);
  });

  it('throws ShapeError when config.json has more layers than the file has tensors', async () => {
    const files = {
      ...tinyRecurrentFiles(),
      'config.json': JSON.stringify(tinyRecurrentConfig({ num_layers: 1000 })),
    };
    const loading = loadRecurrentSeq2Seq(files, { backend });
    await expect(loading).rejects.toThrow(ShapeError);
    await expect(loading).rejects.toThrow('num_layers is 1000, but there are only');
  });

  it('throws LoadError for missing and unknown tensors, and releases what it has loaded', async () => {
    const shared = await createBackend(backend);
    const stateDict = createStateDict(tinyRecurrentConfig(), { seed: 4 });
    const without = new Map(stateDict);
    without.delete('decoder.out.bias');
    const more = new Map<string, FloatArray>([
      ...stateDict,
      ['decoder.extra', stateDict.get('decoder.out.bias')!],
    ]);
    for (const wrong of [without, more]) {
      const files = { ...tinyRecurrentFiles(), 'model.safetensors': safetensorsOf(wrong) };
      await expect(loadRecurrentSeq2Seq(files, { backend: shared })).rejects.toThrow(LoadError);
      expect(shared.weightBytes).toBe(0);
    }
  });
});
