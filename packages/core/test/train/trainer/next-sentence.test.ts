import { describe, expect, it } from 'vitest';
import { withScope } from '../../../src/nn/run/forward.ts';
import { batchRandom } from '../../../src/train/data/batches.ts';
import {
  type BertPreTrainingBatch,
  bertPreTraining,
  maskedLanguageModelling,
  type NextSentenceExample,
  nextSentencePrediction,
  Trainer,
} from '../../../src/train/index.ts';
import { createLossContext } from '../../../src/train/objectives/context.ts';
import { backendNames } from '../../helpers/fixture.ts';
import { someSequences, trainableEncoder, valuesOf } from '../../helpers/training.ts';

const examples: readonly NextSentenceExample[] = someSequences(6).map((ids, i) => ({
  ids,
  typeIds: Int32Array.from(ids, (_, token) => (token < 3 ? 0 : 1)),
  isNext: i % 2 === 0,
}));
const masking = { maskTokenId: 4, vocabSize: 61, specialTokenIds: [0, 1, 2, 3, 4] };
const objective = bertPreTraining({ ...masking, probability: 0.4 });

/** The mean of −log softmax(row)[label], in double precision. */
function meanCrossEntropy(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  let sum = 0;
  for (const [row, label] of labels.entries()) {
    const values = Array.from(logits.subarray(row * classes, (row + 1) * classes));
    sum += Math.log(values.reduce((total, value) => total + Math.exp(value), 0)) - values[label]!;
  }
  return sum / labels.length;
}

type TrainableBert = Awaited<ReturnType<typeof trainableEncoder>>;

/** The loss of a batch and its gradients. */
function lossAndGradients<Batch>(
  { model, backend, parameters }: TrainableBert,
  lossOf: (batch: Batch, ctx: never) => Parameters<typeof backend.read>[0],
  batch: Batch,
): { loss: number; gradients: Float64Array } {
  parameters.zeroGradients();
  const position = { seed: 1, step: 0, microBatch: 0 };
  const loss = backend.record((tape) => {
    const ctx = createLossContext({ model, backend, training: { position, rates: {} } });
    const value = lossOf(batch, ctx as never);
    tape.backward(value);
    return backend.read(value)[0]!;
  });
  return { loss, gradients: Float64Array.from(parameters.all.flatMap(({ gradient }) => [...gradient])) };
}

describe('batches of pairs', () => {
  it('have label 0 where the second sentence follows and 1 where it does not', () => {
    const batch = nextSentencePrediction().collate(examples, batchRandom(1, 0, 0));
    expect([...batch.nextSentenceLabels]).toEqual([0, 1, 0, 1, 0, 1]);
    expect(batch.targets).toBe(6);
    expect([...batch.typeIds.subarray(0, 4)]).toEqual([0, 0, 0, 1]);
  });

  it('have the masked tokens of maskedLanguageModelling in pre-training', () => {
    const masked = maskedLanguageModelling({ ...masking, probability: 0.4 });
    const expected = masked.collate(examples, batchRandom(1, 2, 0));
    const batch = objective.collate(examples, batchRandom(1, 2, 0));
    expect(batch.ids).toEqual(expected.ids);
    expect(batch.rows).toEqual(expected.rows);
    expect(batch.labels).toEqual(expected.labels);
    expect(batch).toMatchObject({ targets: 6, tokens: batch.ids.length });
  });

  it('throw ConfigError when the probability is out of range', () => {
    expect(() => bertPreTraining({ ...masking, probability: 2 })).toThrow('probability must be above 0');
  });
});

describe.each(backendNames)('pre-training of BERT over %s', (backendName) => {
  const open = () => trainableEncoder('bert', ['maskedLM', 'nextSentence'], backendName);

  it('has the sum of the mean cross entropies of masked tokens and of next sentences as loss', async () => {
    const trainable = await open();
    const { model, backend } = trainable;
    const batch = objective.collate(examples, batchRandom(1, 0, 0));
    expect(batch.rows.length).toBeGreaterThan(5);
    const [masked, next] = withScope(backend, () => {
      const ctx = createLossContext({ model, backend });
      return ctx.run(batch.offsets, function* (forward) {
        const hidden = yield* model.forward(forward, batch);
        const tokens = yield* model.taskHead(forward, 'maskedLM', hidden, batch.rows);
        const pairs = yield* model.taskHead(forward, 'nextSentence', hidden);
        return [backend.read(tokens), backend.read(pairs)] as const;
      });
    });
    const expected =
      meanCrossEntropy(masked, batch.labels) + meanCrossEntropy(next, batch.nextSentenceLabels);
    expect(lossAndGradients(trainable, objective.loss, batch).loss).toBeCloseTo(expected, 4);
  });

  it('has the sum of the gradients of both objectives', async () => {
    const trainable = await open();
    const batch = objective.collate(examples, batchRandom(1, 0, 0));
    const both = lossAndGradients(trainable, objective.loss, batch);
    const masked = lossAndGradients(trainable, maskedLanguageModelling(masking).loss, batch);
    const next = lossAndGradients(trainable, nextSentencePrediction().loss, batch);
    const sums = masked.gradients.map((value, i) => value + next.gradients[i]!);
    const largest = sums.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const furthest = sums.reduce((most, value, i) => Math.max(most, Math.abs(value - both.gradients[i]!)), 0);
    expect(furthest / largest).toBeLessThan(1e-5);
    expect(both.loss).toBeCloseTo(masked.loss + next.loss, 4);
  });

  it('has the loss of next sentences alone when no token is masked', async () => {
    const trainable = await open();
    const batch: BertPreTrainingBatch = {
      ...objective.collate(examples, batchRandom(1, 0, 0)),
      rows: new Int32Array(),
      labels: new Int32Array(),
    };
    const next = lossAndGradients(trainable, nextSentencePrediction().loss, batch);
    expect(lossAndGradients(trainable, objective.loss, batch).loss).toBeCloseTo(next.loss, 5);
  });

  it('learns both tasks', async () => {
    const trainable = await open();
    const trainer = new Trainer({
      trainable,
      objective,
      trainExamples: examples,
      evalExamples: examples,
      evaluateEvery: 100,
      maxSteps: 40,
      batchSize: 6,
      learningRate: 0.02,
      schedule: 'constant',
    });
    const before = await trainer.evaluate();
    expect(before.loss).toBeCloseTo(before.maskedLoss! + before.nextSentenceLoss!, 4);
    await trainer.train();
    const after = await trainer.evaluate();
    expect(after.maskedLoss).toBeLessThan(0.8 * before.maskedLoss!);
    expect(after.nextSentenceAccuracy).toBeGreaterThan(0.8);
  });

  it('learns next sentences alone by nextSentencePrediction', async () => {
    const trainable = await trainableEncoder('bert', ['nextSentence'], backendName);
    const before = valuesOf(trainable);
    const trainer = new Trainer({
      trainable,
      objective: nextSentencePrediction({ labelSmoothing: 0.1 }),
      trainExamples: examples,
      evalExamples: examples,
      evaluateEvery: 100,
      maxSteps: 40,
      batchSize: 6,
      learningRate: 0.02,
      schedule: 'constant',
    });
    await trainer.train();
    const { accuracy, loss } = await trainer.evaluate();
    expect(accuracy).toBe(1);
    expect(loss).toBeLessThan(0.3);
    expect(valuesOf(trainable)).not.toEqual(before);
  });
});
