import { describe, expect, test } from 'vitest';
import { ConfigError } from '../src/errors.ts';
import {
  answer,
  classify,
  classifyTokens,
  fillMask,
  indexTexts,
  loadCausalLM,
  loadEncoder,
  loadG2p,
  loadModel,
  loadRecurrentSeq2Seq,
  loadSeq2SeqLM,
  nextSentence,
  rerank,
  search,
  zeroShot,
} from '../src/index.ts';
import '../src/nn.ts';
import { checkOptions } from '../src/options.ts';
import '../src/train.ts';
import { tinyFiles } from './helpers/tiny-encoders.ts';
import { loadTinyCausalLM } from './helpers/tiny-generators.ts';

const backend = 'reference';

describe('checkOptions', () => {
  const names = { maxNewTokens: true, stopStrings: true, topK: true } as const;

  test.each([
    ['max_new_tokens', 'did you mean maxNewTokens?'],
    ['maxNewToken', 'did you mean maxNewTokens?'],
    ['max_length', 'did you mean maxNewTokens?'],
    ['MAX-NEW-TOKENS', 'did you mean maxNewTokens?'],
    ['stop', 'did you mean stopStrings?'],
    ['topk', 'did you mean topK?'],
    ['colour', 'the options are maxNewTokens, stopStrings, topK'],
    ['toString', 'the options are maxNewTokens'],
    ['device', 'the option backend of the loaders'],
    ['quantized', "the option dtype of the loaders is 'q8' or 'q4' instead"],
    ['workers', '@headwise/worker'],
  ])('%s', (name, help) => {
    const check = () => checkOptions('generate', { [name]: 1 }, names);
    expect(check).toThrow(ConfigError);
    expect(check).toThrow(`generate: unknown option ${name}; `);
    expect(check).toThrow(help);
  });

  test('accepts known names, none and undefined, and refuses what is no object', () => {
    for (const options of [undefined, {}, { topK: undefined }, { topK: 1 }])
      checkOptions('f', options, names);
    expect(() => checkOptions('f', null, names)).toThrow('f: options must be an object, got null');
    expect(() => checkOptions('f', 'q8', names)).toThrow('f: options must be an object, got "q8"');
  });
});

describe('names of PyTorch and Hugging Face', () => {
  const step = { learningRate: true, weightDecay: true, epsilon: true } as const;
  const layer = { dModel: true, nhead: true, dimFeedforward: true, layerNormEps: true } as const;
  const attention = { embedDim: true, numHeads: true, numKeyValueHeads: true } as const;
  const run = { epochs: true, batchSize: true, schedule: true, trainExamples: true } as const;

  test.each([
    ['lr', step, 'learningRate'],
    ['weight_decay', step, 'weightDecay'],
    ['eps', step, 'epsilon'],
    ['d_model', layer, 'dModel'],
    ['num_heads', layer, 'nhead'],
    ['hidden_size', layer, 'dModel'],
    ['intermediate_size', layer, 'dimFeedforward'],
    ['layer_norm_eps', layer, 'layerNormEps'],
    ['num_heads', attention, 'numHeads'],
    ['d_model', attention, 'embedDim'],
    ['num_kv_heads', attention, 'numKeyValueHeads'],
    ['num_train_epochs', run, 'epochs'],
    ['per_device_train_batch_size', run, 'batchSize'],
    ['lr_scheduler_type', run, 'schedule'],
    ['train_dataset', run, 'trainExamples'],
  ])('%s of %j', (name, names, ours) => {
    expect(() => checkOptions('f', { [name]: 1 }, names)).toThrow(
      `unknown option ${name}; did you mean ${ours}?`,
    );
  });
});

describe('values of options', () => {
  test.each([
    ['boolean', ['yes', 0, null], [true]],
    ['string', [1, null], ['']],
    ['function', ['f', {}], [() => 1]],
    ['object', [null, 'x', 1], [{}, []]],
    ['list', [{}, 'x'], [[]]],
    ['signal', [{}, true], [new AbortController().signal]],
    ['numeric', ['1', null, true], [1, Infinity]],
    ['number', ['1', Number.NaN, Infinity], [-1.5]],
    ['positive', [0, -1, Number.NaN, '1'], [0.5]],
    ['notNegative', [-1, Infinity], [0]],
    ['fraction', [-0.1, 1.1, Number.NaN], [0, 1]],
    ['whole', [-1, 1.5, 2 ** 60, '2'], [0]],
    ['count', [0, 1.5, '2'], [1]],
    [['mean', 'max'], ['min', 1], ['mean']],
  ] as const)('of kind %j', (kind, wrong, right) => {
    for (const value of [undefined, ...right]) checkOptions('f', { option: value }, { option: kind });
    for (const value of wrong) {
      const check = () => checkOptions('f', { option: value }, { option: kind });
      expect(check, String(value)).toThrow(ConfigError);
      expect(check, String(value)).toThrow('f: option must be ');
    }
  });
});

describe('unknown options are refused by', () => {
  const wrong = { max_new_tokens: 3 } as never;
  const unknown = /unknown option max_new_tokens; /;

  test.each([loadModel, loadEncoder, loadCausalLM, loadSeq2SeqLM, loadRecurrentSeq2Seq, loadG2p])(
    '$name',
    async (load) => {
      await expect(load({}, wrong)).rejects.toThrow(unknown);
      await expect(load({}, { device: 'wasm' } as never)).rejects.toThrow(
        'the option backend of the loaders',
      );
    },
  );

  test('every call of a causal language model', async () => {
    const model = await loadTinyCausalLM('llama', { backend });
    const message = 'unknown option max_new_tokens; did you mean maxNewTokens?';
    await expect(model.generate('a', wrong)).rejects.toThrow(`generate: ${message}`);
    await expect(model.stream('a', wrong).next()).rejects.toThrow(`stream: ${message}`);
    await expect(model.chat([], wrong)).rejects.toThrow(`chat: ${message}`);
    await expect(model.streamChat([], wrong).next()).rejects.toThrow(`streamChat: ${message}`);
    for (const call of ['nextTokens', 'nextLogits', 'perplexity', 'logitLens', 'trace'] as const) {
      await expect(model[call]('ab', wrong), call).rejects.toThrow(unknown);
    }
  });

  test('every call and task of an encoder', async () => {
    const model = await loadEncoder(tinyFiles('bert'), { backend });
    for (const call of ['embed', 'encodeQuery', 'encodeDocument', 'trace'] as const) {
      await expect(
        (model[call] as (text: string, options: never) => Promise<unknown>).call(model, 'cash', wrong),
        call,
      ).rejects.toThrow(unknown);
    }
    await expect(model.similarity('cash', 'bank', wrong)).rejects.toThrow(unknown);
    const index = await indexTexts(model, [['a', 'cash']]);
    expect(await search(model, 'bank', index, { topK: 1, prompt: 'the ' })).toHaveLength(1);
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      answer: () => answer(model, 'who', 'she', wrong),
      classify: () => classify(model, 'cash', wrong),
      classifyTokens: () => classifyTokens(model, 'cash', wrong),
      fillMask: () => fillMask(model, '[MASK]', wrong),
      indexTexts: () => indexTexts(model, [['a', 'cash']], wrong),
      nextSentence: () => nextSentence(model, 'a', 'b', wrong),
      rerank: () => rerank(model, 'a', ['b'], wrong),
      search: () => search(model, 'a', index, wrong),
      zeroShot: () => zeroShot(model, 'a', ['b'], wrong),
    };
    for (const [name, call] of Object.entries(calls)) await expect(call(), name).rejects.toThrow(unknown);
  });
});
