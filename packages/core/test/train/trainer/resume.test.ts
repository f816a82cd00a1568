import { describe, expect, it } from 'vitest';
import {
  type CheckpointStorage,
  causalLanguageModelling,
  dropoutRates,
  MemoryCheckpoints,
  maskedLanguageModelling,
  type StepReport,
  Trainer,
} from '../../../src/train/index.ts';
import { backendNames } from '../../helpers/fixture.ts';
import { tinyDecoderConfig } from '../../helpers/tiny-decoders.ts';
import { tinyConfig } from '../../helpers/tiny-encoders.ts';
import {
  type BackendName,
  someSequences,
  trainableDecoder,
  trainableEncoder,
  valuesOf,
} from '../../helpers/training.ts';

const examples = someSequences(13).map((ids) => ({ ids }));

const shared = {
  trainExamples: examples,
  maxSteps: 10,
  batchSize: 2,
  gradientAccumulation: 2,
  bucketByLength: true,
  learningRate: 0.01,
  weightDecay: 0.01,
  schedule: 'cosine',
  warmupSteps: 2,
} as const;

interface Run {
  readonly values: Float32Array;
  readonly reports: readonly StepReport[];
}

/** Trains a fresh GPT-2, from the last checkpoint of a storage if it has one, up to step `until`. */
async function trainGpt2(backend: BackendName, storage?: CheckpointStorage, until = 10): Promise<Run> {
  const trainable = await trainableDecoder('gpt2', backend);
  const reports: StepReport[] = [];
  const trainer = new Trainer({
    ...shared,
    trainable,
    objective: causalLanguageModelling({ labelSmoothing: 0.1 }),
    dropout: dropoutRates(tinyDecoderConfig('gpt2')),
    ...(storage && { checkpoints: { storage, every: 100 } }),
    onStep: (report) => {
      reports.push(report);
      if (report.step === until) trainer.stop();
    },
  });
  if (storage) await trainer.resume();
  await trainer.train();
  return { values: valuesOf(trainable), reports };
}

async function trainBert(backend: BackendName, storage?: CheckpointStorage, until = 10): Promise<Run> {
  const trainable = await trainableEncoder('bert', ['maskedLM'], backend);
  const reports: StepReport[] = [];
  const trainer = new Trainer({
    ...shared,
    trainable,
    objective: maskedLanguageModelling({
      maskTokenId: 4,
      vocabSize: 61,
      specialTokenIds: [0, 1, 2, 3, 4],
      probability: 0.3,
    }),
    optimizer: { type: 'sgd', momentum: 0.9, nesterov: true },
    dropout: dropoutRates(tinyConfig('bert'), 'maskedLM'),
    ...(storage && { checkpoints: { storage, every: 100 } }),
    onStep: (report) => {
      reports.push(report);
      if (report.step === until) trainer.stop();
    },
  });
  if (storage) await trainer.resume();
  await trainer.train();
  return { values: valuesOf(trainable), reports };
}

const losses = (reports: readonly StepReport[]) => reports.map(({ loss }) => loss);

describe.each(backendNames)('a run over %s', (backend) => {
  it.each([
    ['GPT-2 with AdamW', trainGpt2],
    ['BERT with SGD and masked tokens', trainBert],
  ] as const)('of %s has the same bits when it is stopped and resumed', async (_, train) => {
    const whole = await train(backend);
    expect(whole.reports.length).toBe(10);
    const storage = new MemoryCheckpoints();
    const first = await train(backend, storage, 5);
    expect(await storage.list()).toEqual(['checkpoint-5']);
    const second = await train(backend, storage);
    expect([...losses(first.reports), ...losses(second.reports)]).toEqual(losses(whole.reports));
    expect(second.values).toEqual(whole.values);
    expect(await storage.list()).toEqual(['checkpoint-5', 'checkpoint-10']);
  });
});
