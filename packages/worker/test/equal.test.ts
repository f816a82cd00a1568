import { EncoderModel, loadEncoder } from '@headwise/core';
import { loadEncoder as loadParallel } from '@headwise/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectClose } from './helpers/compare.ts';
import { MINILM, MINILM_WEIGHTS } from './helpers/minilm.ts';
import { tinyBert } from './helpers/tiny-bert.ts';

const TEXTS = ['attention', '', 'a longer line of words than the others', 'is all you need'];
/** Activations of every placement: replicated, local to one shard, and sliced along each axis. */
const RECORD = [
  'embeddings',
  'blocks.1.attention.queries',
  'blocks.0.attention.scores',
  'blocks.*.attention.heads.*.context',
  'blocks.1.attention.heads.4.weights',
  'blocks.1.attention.output',
  'blocks.1.residual.middle',
  'blocks.0.feedForward.hidden',
  'blocks.1.feedForward.output',
  'output',
  'pooled',
];

// Five heads: not divisible by two or three workers, and fewer than 8 or 16. One worker exchanges nothing.
const COMBINATIONS = [
  { workers: 1, transport: 'messages' },
  ...[2, 3, 5].flatMap((workers) => [
    { workers, transport: 'messages' } as const,
    { workers, transport: 'shared' } as const,
  ]),
  { workers: 8, transport: 'shared' },
  { workers: 16, transport: 'messages' },
] as const;
describe.each(COMBINATIONS)('a model in $workers workers ($transport)', (options) => {
  const { workers } = options;
  let single: EncoderModel;
  let parallel: EncoderModel;

  beforeAll(async () => {
    const files = tinyBert();
    single = await loadEncoder(files);
    parallel = await loadParallel(files, options);
  });
  afterAll(() => Promise.all([single.dispose(), parallel.dispose()]));

  test('reports its backend and its config', () => {
    expect(parallel).toBeInstanceOf(EncoderModel);
    expect(parallel.config).toEqual(single.config);
    expect(parallel.backend).toBe(`${single.backend} × ${workers} worker${workers === 1 ? '' : 's'}`);
  });

  test('embeds texts as one thread does', async () => {
    const [expected, actual] = await Promise.all([single.embed(TEXTS), parallel.embed(TEXTS)]);
    for (const [i, text] of TEXTS.entries()) expectClose(actual[i]!, expected[i]!, text);
    expectClose([await parallel.similarity('a', 'b')], [await single.similarity('a', 'b')]);
  });

  test('traces the attention of every head as one thread does', async () => {
    const [expected, actual] = await Promise.all([single.trace(TEXTS[2]!), parallel.trace(TEXTS[2]!)]);
    expect(actual.tokens).toEqual(expected.tokens);
    expect(actual.attention.shape).toEqual(expected.attention.shape);
    expectClose(actual.attention.data, expected.attention.data);
    expectClose(actual.embedding, expected.embedding);
  });

  test('records activations of every placement as one thread does', async () => {
    const expected = await single.trace(TEXTS[2]!, { record: RECORD });
    const actual = await parallel.trace(TEXTS[2]!, { record: RECORD });
    expect([...actual.activations.keys()].sort()).toEqual([...expected.activations.keys()].sort());
    for (const [name, { shape, data }] of expected.activations) {
      const other = actual.activations.get(name)!;
      expect(other.shape, name).toEqual(shape);
      expectClose(other.data, data, name);
    }
  });
});

describe('MiniLM in three workers', () => {
  test('gives the embeddings and the attention of one thread', async () => {
    const single = await loadEncoder(MINILM, { weightsFile: MINILM_WEIGHTS });
    const parallel = await loadParallel(MINILM, { weightsFile: MINILM_WEIGHTS, workers: 3 });
    const texts = ['나는 커피를 마셨다.', 'I drank coffee.', ''];
    const [expected, actual] = [await single.embed(texts), await parallel.embed(texts)];
    for (const [i, text] of texts.entries()) expectClose(actual[i]!, expected[i]!, text);
    const [one, other] = [await single.trace(texts[1]!), await parallel.trace(texts[1]!)];
    expectClose(other.attention.data, one.attention.data);
    await Promise.all([single.dispose(), parallel.dispose()]);
  });
});
