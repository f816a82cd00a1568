import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  answer,
  availableBackends,
  ConfigError,
  classify,
  classifyTokens,
  createBackend,
  type EncoderModel,
  fillMask,
  HeadwiseError,
  headImportance,
  indexTexts,
  loadEncoder,
  loadSeq2SeqLM,
  nextSentence,
  rerank,
  ShapeError,
  search,
  TASK_HEAD_KINDS,
  VectorIndex,
  zeroShot,
} from '../../src/index.ts';
import { encoderFromCheckpoint, LocalEngine, readEncoderConfig } from '../../src/internal.ts';
import { changedFiles, tinyArchitectures, tinyCheckpoint, tinyConfig } from '../helpers/tiny-encoders.ts';
import { loadTinyCausalLM, tinySeq2SeqFiles } from '../helpers/tiny-generators.ts';

const NLI = { 0: 'contradiction', 1: 'neutral', 2: 'entailment' };
const taskHeads = TASK_HEAD_KINDS.filter((kind) => kind !== 'replacedToken');
/** Longer than the maximum of the tiny models, 20 tokens. */
const LONG = 'she sat by the river bank . '.repeat(4);
const number = 7 as unknown as string;

let model: EncoderModel;
let reranker: EncoderModel;
beforeAll(async () => {
  const labels = { id2label: NLI };
  model = await loadEncoder(await changedFiles('bert', () => {}, labels), { taskHeads });
  const single = await changedFiles(
    'bert',
    (tensors) => {
      for (const name of ['classifier.weight', 'classifier.bias']) {
        const { bytes, shape, ...rest } = tensors.get(name)!;
        const row = bytes.slice(0, bytes.length / shape[0]!);
        tensors.set(name, { ...rest, shape: [1, ...shape.slice(1)], bytes: row });
      }
    },
    { id2label: { 0: 'relevant' } },
  );
  reranker = await loadEncoder(single, { taskHeads: ['sequenceClassification'] });
});
afterAll(async () => {
  await model.dispose();
  await reranker.dispose();
});

/** Every task, applied to one text. */
const tasks = {
  embed: (text: string, options = {}) => model.embed(text, options),
  similarity: (text: string, options = {}) => model.similarity(text, 'cash', options),
  search: (text: string, options = {}) => search(model, text, new VectorIndex(24), options),
  indexTexts: (text: string, options = {}) => indexTexts(model, [['a', text]], options),
  fillMask: (text: string, options = {}) =>
    fillMask(model, typeof text === 'string' ? `[MASK] ${text}` : text, options),
  nextSentence: (text: string, options = {}) => nextSentence(model, 'she sat', text, options),
  classify: (text: string, options = {}) => classify(model, text, options),
  zeroShot: (text: string, options = {}) => zeroShot(model, text, ['river', 'cash'], options),
  classifyTokens: (text: string, options = {}) => classifyTokens(model, text, options),
  rerank: (text: string, options = {}) => rerank(reranker, 'cash', [text], options),
} as const;
const names = Object.keys(tasks) as (keyof typeof tasks)[];

describe('tasks', () => {
  it.each([...names])('%s rejects with ConfigError for a value that is not a string', async (name) => {
    await expect(tasks[name](number)).rejects.toThrow(ConfigError);
    await expect(tasks[name](null as unknown as string)).rejects.toThrow(ConfigError);
  });

  it.each([...names])(
    '%s cuts a text that is too long, and rejects it with truncation: error',
    async (name) => {
      await tasks[name](LONG);
      const refused = tasks[name](LONG, { truncation: 'error' });
      await expect(refused).rejects.toThrow(ConfigError);
      await expect(refused).rejects.toThrow(/tokens, \d+ fit/);
      await tasks[name]('she sat', { truncation: 'error' });
    },
  );

  it.each([...names])('%s accepts the empty text', async (name) => {
    await expect(tasks[name]('')).resolves.toBeDefined();
  });
});

describe('what is not a model', () => {
  const calls: Record<string, (model: EncoderModel) => Promise<unknown>> = {
    classify: (model) => classify(model, 'a'),
    zeroShot: (model) => zeroShot(model, 'a', ['b']),
    fillMask: (model) => fillMask(model, '[MASK]'),
    answer: (model) => answer(model, 'a', 'b'),
    classifyTokens: (model) => classifyTokens(model, 'a'),
    nextSentence: (model) => nextSentence(model, 'a', 'b'),
    rerank: (model) => rerank(model, 'a', ['b']),
    indexTexts: (model) => indexTexts(model, [['a', 'b']]),
    search: (model) => search(model, 'a', new VectorIndex(24)),
  };

  it.each(Object.keys(calls))('is refused by %s, with what to do', async (name) => {
    for (const [value, got] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [7, '7'],
      [{}, 'an object'],
      ['org/name', '"org/name"'],
      [Promise.resolve(model), 'a promise of one, which is to be awaited'],
      [{ kind: 'seq2seqLM' }, 'a model of kind seq2seqLM'],
    ] as const) {
      const call = calls[name]!(value as unknown as EncoderModel);
      await expect(call).rejects.toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringMatching(new RegExp(`^${name}: .*loadEncoder.*; got ${got}$`)),
      });
    }
  });
});

it('indexTexts rejects what are not pairs of an id and a text', async () => {
  for (const texts of [undefined, 5, 'ab', ['ab'], [['a']], [['a', 1]], { a: 'b' }])
    await expect(indexTexts(model, texts as never)).rejects.toThrow('must be a list or map of ids and texts');
  expect((await indexTexts(model, new Map([['a', 'b']]))).size).toBe(1);
});

it('names of activations are strings', async () => {
  const writer = await loadTinyCausalLM('llama');
  const translator = await loadSeq2SeqLM(tinySeq2SeqFiles('t5'));
  for (const names of [[false], [undefined], ['output', 1], 'output', { a: 1 }, null]) {
    const calls = [
      () => model.record('a', names as never),
      () => model.trace('a', { record: names as never }),
      () => writer.record('a', names as never),
      () => writer.trace('a', { record: names as never }),
      () => translator.trace('a', 'b', { record: names as never }),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  }
  await writer.dispose();
  await translator.dispose();
});

it('answer rejects values that are not strings, and reads a long context in full', async () => {
  await expect(answer(model, number, 'she sat')).rejects.toThrow('the question must be a string');
  await expect(answer(model, 'she sat', number)).rejects.toThrow('the context must be a string');
  const [best] = await answer(model, 'she', LONG);
  expect(LONG.slice(best!.start, best!.end)).toBe(best!.text);
});

it('an empty list gives an empty result, or ConfigError where no result exists', async () => {
  expect(await model.embed([])).toEqual([]);
  expect(await classify(model, [])).toEqual([]);
  expect(await rerank(reranker, 'cash', [])).toEqual([]);
  const index = await indexTexts(model, []);
  expect(index.size).toBe(0);
  expect(await search(model, 'cash', index)).toEqual([]);
  await expect(zeroShot(model, 'cash', [])).rejects.toThrow(ConfigError);
  await expect(headImportance(model, [])).rejects.toThrow(ConfigError);
});

it('errors name the index of an element that is not a string', async () => {
  const text = 'cash' as unknown as string[];
  const mixed = ['cash', number];
  await expect(rerank(reranker, 'cash', text)).rejects.toThrow('the documents must be an array of strings');
  await expect(rerank(reranker, 'cash', mixed)).rejects.toThrow('got number at index 1');
  await expect(zeroShot(model, 'cash', text)).rejects.toThrow('the labels must be an array of strings');
  await expect(zeroShot(model, 'cash', mixed)).rejects.toThrow('got number at index 1');
  await expect(classify(model, mixed)).rejects.toThrow('got number at index 1');
  await expect(model.embed(mixed)).rejects.toThrow('got number at index 1');
  await expect(headImportance(model, mixed)).rejects.toThrow('got number at index 1');
});

it.each([0, -1, 1.5, Number.NaN])('throws ConfigError for topK %d', async (topK) => {
  const message = 'topK must be a whole number of at least 1';
  await expect(fillMask(model, '[MASK]', { topK })).rejects.toThrow(message);
  await expect(classify(model, 'cash', { topK })).rejects.toThrow(message);
  await expect(answer(model, 'she', 'she sat', { topK })).rejects.toThrow(message);
  await expect(rerank(reranker, 'cash', ['cash'], { topK })).rejects.toThrow(message);
  await expect(search(model, 'cash', new VectorIndex(24), { topK })).rejects.toThrow(message);
});

describe.each(tinyArchitectures)('LocalEngine with %s', (name) => {
  it.each(availableBackends())(
    'rejects ids and lengths beyond its embedding tables on %s',
    async (backendName) => {
      const backend = await createBackend(backendName);
      const config = await readEncoderConfig(tinyConfig(name), []);
      const engine = new LocalEngine(
        backend,
        await encoderFromCheckpoint(config, await tinyCheckpoint(name), backend),
      );
      const encode = (ids: number[], type = 0) =>
        engine.encode({
          ids: Int32Array.from(ids),
          typeIds: new Int32Array(ids.length).fill(type),
          offsets: Int32Array.of(0, ids.length),
        });
      for (const id of [config.vocabSize, -1, 2 ** 31 - 1]) {
        await expect(encode([2, id, 3])).rejects.toThrow(HeadwiseError);
      }
      const tooLong = Array<number>(config.contextLength + 1).fill(5);
      await expect(encode(tooLong)).rejects.toThrow(ShapeError);
      if (config.typeVocabSize > 1)
        await expect(encode([2, 3], config.typeVocabSize)).rejects.toThrow(HeadwiseError);
      // The engine stays usable.
      const { outputs } = await encode([2, config.vocabSize - 1, 3]);
      expect(outputs[0]!.data.every(Number.isFinite)).toBe(true);
      await engine.dispose();
    },
  );
});
