import { describe, expect, it } from 'vitest';
import { Tokenizer } from '../../../src/index.ts';
import { Random } from '../../../src/platform/random.ts';
import { batchRandom, epochBatches } from '../../../src/train/data/batches.ts';
import {
  causalLanguageModelling,
  maskedLanguageModelling,
  multiLabelClassification,
  regression,
  seq2SeqLanguageModelling,
  sequenceClassification,
  Trainer,
  textBlocks,
  tokenClassification,
} from '../../../src/train/index.ts';
import { backendNames } from '../../helpers/fixture.ts';
import { tinyTokenizer } from '../../helpers/tiny-encoders.ts';
import {
  someSequences,
  trainableDecoder,
  trainableEncoder,
  trainableSeq2Seq,
} from '../../helpers/training.ts';

const random = () => new Random(1);
const list = (values: ArrayLike<number>) => Array.from(values);

describe('epochBatches', () => {
  const lengths = Array.from({ length: 101 }, (_, i) => 1 + ((i * 37) % 50));
  const all = lengths.map((_, i) => i);
  const sorted = (batches: readonly (readonly number[])[]) => batches.flat().sort((a, b) => a - b);

  it('has each example once, in another order in each epoch and for each seed', () => {
    const batches = epochBatches(lengths, 0, { batchSize: 8, seed: 1 });
    expect(batches.map(({ length }) => length)).toEqual([...new Array(12).fill(8), 5]);
    expect(sorted(batches)).toEqual(all);
    expect(epochBatches(lengths, 0, { batchSize: 8, seed: 1 })).toEqual(batches);
    expect(epochBatches(lengths, 1, { batchSize: 8, seed: 1 })).not.toEqual(batches);
    expect(epochBatches(lengths, 0, { batchSize: 8, seed: 2 })).not.toEqual(batches);
    expect(epochBatches(lengths, 0, { batchSize: 200, shuffle: false, seed: 1 })).toEqual([all]);
  });

  it('limits the tokens of a batch', () => {
    const tokens = (batch: readonly number[]) => batch.reduce((sum, i) => sum + lengths[i]!, 0);
    const batches = epochBatches(lengths, 0, { batchSize: 100, maxTokensPerBatch: 40, seed: 1 });
    expect(sorted(batches)).toEqual(all);
    for (const batch of batches) if (batch.length > 1) expect(tokens(batch)).toBeLessThanOrEqual(40);
    expect(batches.some(({ length }) => length > 1)).toBe(true);
  });

  it('puts examples of similar length into a batch with bucketByLength', () => {
    const batches = epochBatches(lengths, 0, { batchSize: 4, bucketByLength: true, seed: 1 });
    expect(sorted(batches)).toEqual(all);
    for (const batch of batches) {
      const own = batch.map((i) => lengths[i]!);
      expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(4);
    }
    const longest = batches.map((batch) => lengths[batch[0]!]!);
    expect(longest).not.toEqual([...longest].sort((a, b) => b - a));
  });
});

describe('textBlocks', () => {
  const tokenizer = Tokenizer.fromFiles({ tokenizerJson: tinyTokenizer() });

  it('cuts the tokens of all texts into blocks', () => {
    const ids = (text: string) => list(tokenizer.encode(text, { addSpecialTokens: false }).ids);
    const blocks = textBlocks(tokenizer, ['the river', 'the bank'], { blockSize: 3, endOfTextId: 3 });
    expect(blocks.map((block) => list(block.ids))).toEqual([
      [...ids('the river'), 3],
      [...ids('the bank'), 3],
    ]);
    const uneven = textBlocks(tokenizer, ['the river bank the'], { blockSize: 3 });
    expect(uneven.map((block) => block.ids.length)).toEqual([3]);
    expect(() => textBlocks(tokenizer, [], { blockSize: 1 })).toThrow(
      'blockSize must be a whole number of at least 2',
    );
  });
});

describe('batches', () => {
  it('of causal language modelling have the next token as target, within each text', () => {
    const { collate } = causalLanguageModelling();
    const batch = collate(
      [{ ids: [5, 6, 7] }, { ids: [8, 9], labels: [8, -100] }, { ids: [10, 11] }],
      random(),
    );
    expect(list(batch.ids)).toEqual([5, 6, 7, 8, 9, 10, 11]);
    expect(list(batch.offsets)).toEqual([0, 3, 5, 7]);
    expect(list(batch.rows)).toEqual([0, 1, 5]);
    expect(list(batch.labels)).toEqual([6, 7, 11]);
    expect(batch).toMatchObject({ tokens: 7, targets: 3 });
  });

  it('of masked language modelling have 15 % targets, of which 80 % are masked and 10 % random', () => {
    const ids = Int32Array.from({ length: 40_000 }, (_, i) => (i % 10 === 0 ? 2 : 100 + (i % 7)));
    const objective = maskedLanguageModelling({ maskTokenId: 4, vocabSize: 50_000, specialTokenIds: [2, 4] });
    const batch = objective.collate([{ ids }], batchRandom(1, 0, 0));
    const ordinary = ids.filter((id) => id !== 2).length;
    const near = (value: number, share: number, of: number) =>
      expect(Math.abs(value / of - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / of));
    near(batch.targets, 0.15, ordinary);
    const chosen = list(batch.rows);
    expect(chosen.every((row, i) => ids[row] === batch.labels[i] && ids[row] !== 2)).toBe(true);
    near(chosen.filter((row) => batch.ids[row] === 4).length, 0.8, batch.targets);
    near(chosen.filter((row) => batch.ids[row] === ids[row]).length, 0.1, batch.targets);
    const untouched = new Set(chosen);
    expect(list(batch.ids).every((id, row) => untouched.has(row) || id === ids[row])).toBe(true);
    expect(objective.collate([{ ids }], batchRandom(1, 0, 0))).toEqual(batch);
    expect(objective.collate([{ ids }], batchRandom(1, 1, 0)).rows).not.toEqual(batch.rows);
    expect(() =>
      maskedLanguageModelling({ maskTokenId: 4, vocabSize: 9, specialTokenIds: [], probability: 0 }),
    ).toThrow('probability must be above 0');
  });

  it('of sequences and tokens have their labels', () => {
    const pair = { ids: [5, 6], typeIds: [0, 1] };
    const classes = sequenceClassification().collate(
      [
        { ...pair, label: 1 },
        { ids: [7], label: 0 },
      ],
      random(),
    );
    expect(list(classes.typeIds)).toEqual([0, 1, 0]);
    expect(classes).toMatchObject({ tokens: 3, targets: 2, labels: Int32Array.of(1, 0) });
    const numbers = regression().collate(
      [
        { ids: [5], labels: 0.5 },
        { ids: [6], labels: [2] },
      ],
      random(),
    );
    expect(numbers).toMatchObject({ targets: 2, labels: Float32Array.of(0.5, 2) });
    const several = multiLabelClassification().collate([{ ids: [5], labels: [1, 0, 1] }], random());
    expect(several).toMatchObject({ targets: 3, labels: Float32Array.of(1, 0, 1) });
    const tags = tokenClassification().collate(
      [
        { ids: [2, 5, 3], labels: [-100, 4, -100] },
        { ids: [6], labels: [2] },
      ],
      random(),
    );
    expect(tags).toMatchObject({ targets: 2, rows: Int32Array.of(1, 3), labels: Int32Array.of(4, 2) });
  });

  it('throw ShapeError for labels of the wrong number', () => {
    const tags = () => tokenClassification().collate([{ ids: [1, 2], labels: [1] }], random());
    expect(tags).toThrow('example 0 of the batch must have one label for each of its 2 tokens, got 1');
    const numbers = () =>
      regression().collate(
        [
          { ids: [1], labels: 1 },
          { ids: [1], labels: [1, 2] },
        ],
        random(),
      );
    expect(numbers).toThrow('all examples must have as many, got 1 and at example 1 of the batch 2');
  });

  it('of encoder–decoders have the labels, shifted, as the decoder’s inputs', () => {
    const { collate } = seq2SeqLanguageModelling({ decoderStartTokenId: 0, padTokenId: 9 });
    const batch = collate(
      [
        { ids: [5, 6], labels: [7, -100, 1] },
        { ids: [8], labels: [3, 1] },
      ],
      random(),
    );
    expect(list(batch.source.ids)).toEqual([5, 6, 8]);
    expect(list(batch.source.offsets)).toEqual([0, 2, 3]);
    expect(list(batch.ids)).toEqual([0, 7, 9, 0, 3]);
    expect(list(batch.offsets)).toEqual([0, 3, 5]);
    expect(list(batch.rows)).toEqual([0, 2, 3, 4]);
    expect(list(batch.labels)).toEqual([7, 1, 3, 1]);
    expect(batch).toMatchObject({ tokens: 8, targets: 4 });
  });
});

const texts = someSequences(6).map((ids) => ({ ids }));
const common = { maxSteps: 40, batchSize: 6, learningRate: 0.02, schedule: 'constant' } as const;

describe.each(backendNames)('objectives over %s', (backend) => {
  it.each([
    ['sequenceClassification', sequenceClassification(), texts.map(({ ids }, i) => ({ ids, label: i % 3 }))],
    [
      'sequenceClassification',
      multiLabelClassification(),
      texts.map(({ ids }, i) => ({ ids, labels: [i % 2, i % 3 === 0 ? 1 : 0, 1] })),
    ],
    [
      'sequenceClassification',
      regression(),
      texts.map(({ ids }, i) => ({ ids, labels: [i / 3, -i / 6, 1] })),
    ],
    [
      'tokenClassification',
      tokenClassification(),
      texts.map(({ ids }) => ({ ids, labels: ids.map((id, k) => (k === 0 ? -100 : id % 3)) })),
    ],
  ] as const)('train the head %s by $1.name', async (head, objective, examples) => {
    const trainable = await trainableEncoder('bert', [head], backend);
    const trainer = new Trainer({
      ...common,
      trainable,
      objective: objective as ReturnType<typeof sequenceClassification>,
      trainExamples: examples as never,
      evalExamples: examples as never,
      evaluateEvery: 100,
    });
    const before = await trainer.evaluate();
    await trainer.train();
    const after = await trainer.evaluate();
    expect(after.loss).toBeLessThan(0.5 * before.loss!);
    if (after.accuracy !== undefined) expect(after.accuracy).toBeGreaterThan(0.8);
    else expect(after.meanAbsoluteError).toBeLessThan(before.meanAbsoluteError!);
  });

  it('train the masked tokens of BERT', async () => {
    const trainable = await trainableEncoder('bert', ['maskedLM'], backend);
    const objective = maskedLanguageModelling({
      maskTokenId: 4,
      vocabSize: 90,
      specialTokenIds: [4],
      probability: 0.5,
    });
    const trainer = new Trainer({
      ...common,
      trainable,
      objective,
      trainExamples: texts,
      evalExamples: texts,
      evaluateEvery: 100,
    });
    const before = await trainer.evaluate();
    await trainer.train();
    expect((await trainer.evaluate()).loss).toBeLessThan(0.7 * before.loss!);
  });

  it('train T5 with teacher forcing, and Llama', async () => {
    const pairs = texts.map(({ ids }) => ({ ids, labels: [...ids.slice(1), 1] }));
    const t5 = new Trainer({
      ...common,
      trainable: await trainableSeq2Seq('t5', backend),
      objective: seq2SeqLanguageModelling({ decoderStartTokenId: 0, padTokenId: 0, labelSmoothing: 0.1 }),
      trainExamples: pairs,
    });
    const llama = new Trainer({
      ...common,
      trainable: await trainableDecoder('llama', backend),
      objective: causalLanguageModelling(),
      trainExamples: texts,
    });
    for (const [trainer, examples] of [
      [t5, pairs],
      [llama, texts],
    ] as const) {
      const before = await trainer.evaluate(examples as never);
      await trainer.train();
      const after = await trainer.evaluate(examples as never);
      expect(after.loss).toBeLessThan(0.5 * before.loss!);
      expect(after.accuracy).toBeGreaterThan(before.accuracy!);
    }
  });
});
