import { describe, expect, it } from 'vitest';
import {
  causalLanguageModelling,
  customObjective,
  type EvaluationResult,
  MemoryCheckpoints,
  maskedLanguageModelling,
  meanSquaredError,
  type StepReport,
  Trainer,
  TrainingError,
} from '../../../src/train/index.ts';
import { backendNames, fixtureCases } from '../../helpers/fixture.ts';
import { someSequences, trainableDecoder, trainableEncoder, valuesOf } from '../../helpers/training.ts';

interface ModelCase {
  readonly name: 'bert' | 'gpt2' | 'llama';
  readonly learningRate: number;
  readonly maxNorm: number;
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly sequences: readonly { readonly ids: readonly number[]; readonly labels: readonly number[] }[];
}

const cases = fixtureCases<ModelCase>('training-models').filter(
  ({ name }) => name === 'gpt2' || name === 'llama',
);
const texts = someSequences(12, { least: 3, most: 14 }).map((ids) => ({ ids }));

/** The fixture's labels are those of the next token at each token; Hugging Face's are shifted by one. */
const shifted = ({ sequences }: ModelCase) =>
  sequences.map(({ ids, labels }) => ({ ids: [...ids, 0], labels: [-100, ...labels] }));

describe.each(backendNames)('Trainer over %s', (backend) => {
  it.each(cases)('has PyTorch’s losses and gradient norms in ten steps of $name', async (test) => {
    const reports: StepReport[] = [];
    const trainExamples = shifted(test);
    const trainable = await trainableDecoder(test.name as 'gpt2', backend);
    await new Trainer({
      trainable,
      objective: causalLanguageModelling(),
      trainExamples,
      maxSteps: test.losses.length,
      batchSize: trainExamples.length,
      shuffle: false,
      learningRate: test.learningRate,
      schedule: 'constant',
      weightDecay: () => 0.01,
      maxGradNorm: test.maxNorm,
      onStep: (report) => reports.push(report),
    }).train();
    for (const [i, { loss, gradientNorm }] of reports.entries()) {
      expect(Math.abs(loss - test.losses[i]!), `loss ${i}`).toBeLessThan(1e-4);
      expect(Math.abs(gradientNorm / test.norms[i]! - 1), `norm ${i}`).toBeLessThan(1e-3);
    }
    expect(reports.length).toBe(test.losses.length);
  });

  it('computes the same step from one batch and from several of other sizes', async () => {
    const run = async (options: { batchSize: number; gradientAccumulation: number }) => {
      const trainable = await trainableDecoder('gpt2', backend);
      const reports: StepReport[] = [];
      const onStep = (report: StepReport) => reports.push(report);
      await new Trainer({
        trainable,
        objective: causalLanguageModelling(),
        trainExamples: texts,
        shuffle: false,
        maxSteps: 3,
        learningRate: 0.01,
        optimizer: 'sgd',
        schedule: 'constant',
        onStep,
        ...options,
      }).train();
      return { reports, values: valuesOf(trainable) };
    };
    const whole = await run({ batchSize: 12, gradientAccumulation: 1 });
    const parts = await run({ batchSize: 5, gradientAccumulation: 3 });
    for (const [i, report] of parts.reports.entries()) {
      expect(Math.abs(report.loss - whole.reports[i]!.loss)).toBeLessThan(1e-5);
      expect(Math.abs(report.gradientNorm / whole.reports[i]!.gradientNorm - 1)).toBeLessThan(1e-5);
    }
    const worst = parts.values.reduce(
      (max, value, i) => Math.max(max, Math.abs(value - whole.values[i]!)),
      0,
    );
    expect(worst).toBeLessThan(1e-6);
  });

  it('names the step and the first activation that is not finite, and changes nothing', async () => {
    const trainable = await trainableDecoder('gpt2', backend);
    let before: Float32Array = new Float32Array();
    const trainer = new Trainer({
      trainable,
      objective: causalLanguageModelling(),
      trainExamples: texts,
      maxSteps: 5,
      dropout: { 'blocks.*.attention.weights': 0.1 },
      onStep: ({ step }) => {
        if (step !== 2) return;
        const parameter = trainable.parameters.all.find(({ name }) => /h\.1\.mlp\.c_fc\.bias$/.test(name))!;
        parameter.values[3] = Number.POSITIVE_INFINITY;
        trainable.parameters.changed();
        before = valuesOf(trainable);
      },
    });
    const error: unknown = await trainer.train().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TrainingError);
    expect(error).toMatchObject({
      name: 'TrainingError',
      code: 'ERR_NOT_FINITE',
      step: 2,
      activation: 'blocks.1.feedForward.hidden',
      parameter: expect.stringMatching(/h\.1\.mlp\.c_fc\.bias$/),
    });
    expect((error as Error).message).toContain('the loss of step 3 is');
    expect(valuesOf(trainable)).toEqual(before);
    expect(trainer.step).toBe(2);
  });

  it('names the parameter whose gradient is not finite', async () => {
    const trainable = await trainableDecoder('gpt2', backend);
    const before = valuesOf(trainable);
    const objective = customObjective({
      collate: () => ({ targets: 1, tokens: 1 }),
      loss: (_, ctx) => {
        const own = ctx.backend;
        const cache = trainable.model.openCache(own, 1, 2);
        const batch = {
          ids: Int32Array.of(3, 4),
          offsets: Int32Array.of(0, 2),
          slots: Int32Array.of(0),
          starts: Int32Array.of(0),
        };
        const logits = ctx.run(batch.offsets, (run) =>
          trainable.model.forward(run, batch, cache, Int32Array.of(1)),
        );
        cache.release();
        // The loss is finite, its gradient is not.
        return own.apply({
          inputs: [logits],
          compute: () => ({ data: Float32Array.of(1), shape: [1] }),
          gradient: (_values, _dy, [dx]) => void dx?.data.fill(Number.NaN),
        });
      },
    });
    const trainer = new Trainer({ trainable, objective, trainExamples: [0], maxSteps: 1 });
    const error: unknown = await trainer.train().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_NOT_FINITE', step: 0, loss: 1, activation: undefined });
    expect((error as TrainingError).parameter).toBeDefined();
    expect(valuesOf(trainable)).toEqual(before);
  });
});

const gpt2 = async (options: Partial<ConstructorParameters<typeof Trainer>[0]> = {}) => {
  const trainable = await trainableDecoder('gpt2');
  return new Trainer({
    trainable,
    objective: causalLanguageModelling(),
    trainExamples: texts,
    batchSize: 4,
    epochs: 2,
    learningRate: 1e-3,
    ...(options as object),
  });
};

describe('Trainer', () => {
  it('reports steps, epochs, learning rates, tokens and the time left', async () => {
    const reports: StepReport[] = [];
    const trainer = await gpt2({ onStep: (report) => reports.push(report), warmupSteps: 2 });
    expect(trainer.totalSteps).toBe(6);
    const result = await trainer.train();
    expect(result).toMatchObject({ step: 6, epoch: 2, reason: 'completed', evaluations: [] });
    expect(result.loss).toBe(reports.at(-1)!.loss);
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(reports.map(({ epoch }) => Math.round(epoch * 3))).toEqual([1, 2, 3, 4, 5, 6]);
    const rates = reports.map(({ learningRate }) => learningRate * 1000);
    for (const [i, rate] of [0, 0.5, 1, 0.75, 0.5, 0.25].entries()) expect(rates[i]).toBeCloseTo(rate, 10);
    const tokens = texts.reduce((sum, { ids }) => sum + ids.length, 0);
    expect(reports.slice(0, 3).reduce((sum, report) => sum + report.tokens, 0)).toBe(tokens);
    for (const { tokensPerSecond, gradientNorm } of reports) {
      expect(tokensPerSecond).toBeGreaterThan(0);
      expect(gradientNorm).toBeGreaterThan(0);
    }
    expect(reports[0]!.secondsLeft).toBeGreaterThan(0);
    expect(reports[5]!.secondsLeft).toBe(0);
  });

  it('evaluates after each epoch, without dropout, and stops early when the metric no longer improves', async () => {
    const results: EvaluationResult[] = [];
    const trainable = await trainableDecoder('gpt2');
    const trainer = new Trainer({
      trainable,
      objective: causalLanguageModelling(),
      trainExamples: texts.slice(0, 6),
      evalExamples: texts.slice(6),
      batchSize: 6,
      epochs: 50,
      learningRate: 0.05,
      dropout: { embeddings: 0.5 },
      earlyStopping: { patience: 3 },
      onEvaluate: (result) => results.push(result),
    });
    const before = await trainer.evaluate();
    expect(await trainer.evaluate()).toEqual(before);
    const result = await trainer.train();
    expect(result.reason).toBe('earlyStopping');
    expect(result.evaluations).toEqual(results);
    const losses = results.map(({ metrics }) => metrics.loss!);
    const best = losses.indexOf(Math.min(...losses));
    expect(losses.length).toBe(best + 1 + 3);
    for (const { metrics } of results) expect(metrics.accuracy).toBeLessThanOrEqual(1);
  });

  it('adds metrics of the caller, and stops early by one of them', async () => {
    let value = 0;
    const trainer = await gpt2({
      evaluateEvery: 1,
      evaluate: () => ({ bleu: value++ === 2 ? 1 : 0 }),
      earlyStopping: { patience: 2, metric: 'bleu' },
    });
    const { reason, step, evaluations } = await trainer.train();
    expect({ reason, step }).toEqual({ reason: 'earlyStopping', step: 5 });
    expect(evaluations.map(({ metrics }) => metrics)).toEqual([0, 0, 1, 0, 0].map((bleu) => ({ bleu })));
  });

  it('throws ConfigError for a metric of early stopping that the evaluation does not have', async () => {
    const trainer = await gpt2({ evaluate: () => ({ f1: 1 }), earlyStopping: { patience: 1, metric: 'F1' } });
    await expect(trainer.train()).rejects.toThrow('earlyStopping.metric must be one of f1, got F1');
  });

  it('leaves frozen parameters as they are', async () => {
    const trainable = await trainableDecoder('gpt2');
    const before = trainable.parameters.stateDict();
    const freeze = ['*wte.weight', 'h.0.*'];
    const objective = causalLanguageModelling();
    await new Trainer({
      trainable,
      objective,
      trainExamples: texts,
      maxSteps: 2,
      learningRate: 0.01,
      freeze,
    }).train();
    for (const { name, values } of trainable.parameters) {
      const isFrozen = /wte\.weight$|^h\.0\./.test(name);
      if (isFrozen) expect(values, name).toEqual(before.get(name)!.data);
      else expect(values, name).not.toEqual(before.get(name)!.data);
    }
    expect(() => new Trainer({ trainable, objective, trainExamples: texts, freeze: ['*.layer.*'] })).toThrow(
      'no parameter matches "*.layer.*"',
    );
  });

  it('has no weight decay of biases and norms', async () => {
    const decayed: string[] = [];
    const trainable = await trainableEncoder('bert', ['maskedLM']);
    const before = trainable.parameters.stateDict();
    const objective = customObjective({
      collate: () => ({ targets: 1, tokens: 1 }),
      // A loss with gradients of zero: the weight decay alone changes parameters.
      loss: (_, ctx) => {
        const ids = Int32Array.of(2, 7, 3);
        const offsets = Int32Array.of(0, 3);
        const hidden = ctx.run(offsets, (run) =>
          trainable.model.forward(run, { ids, offsets, typeIds: new Int32Array(3) }),
        );
        return meanSquaredError(ctx.backend, hidden, ctx.backend.read(hidden));
      },
    });
    await new Trainer({
      trainable,
      objective,
      trainExamples: [0],
      maxSteps: 1,
      weightDecay: 0.1,
      learningRate: 0.1,
    }).train();
    for (const { name, values } of trainable.parameters) {
      const old = before.get(name)!.data;
      if (values.some((value, i) => value !== old[i])) decayed.push(name);
    }
    const matrices = trainable.parameters.all.filter(
      ({ name, shape }) => shape.length > 1 && !/bias/.test(name),
    );
    expect(decayed).toEqual(matrices.map(({ name }) => name));
    expect(decayed.some((name) => /LayerNorm|bias/.test(name))).toBe(false);
  });

  it('stops with ERR_DIVERGED when the loss grows, before the step that would follow', async () => {
    const trainable = await trainableDecoder('gpt2');
    let loss = 1;
    const objective = customObjective({
      collate: () => ({ targets: 1, tokens: 1 }),
      loss: (_, ctx) => {
        loss *= 1.5;
        return ctx.backend.tensor(Float32Array.of(loss), [1]);
      },
    });
    const trainer = new Trainer({
      trainable,
      objective,
      trainExamples: [0],
      maxSteps: 100,
      divergenceFactor: 4,
    });
    const error: unknown = await trainer.train().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_DIVERGED', step: trainer.step });
    expect(trainer.step).toBeGreaterThan(10);
    expect(trainer.step).toBeLessThan(30);
  });

  it('rejects with the signal’s reason, and keeps the parameters of the last step', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const trainable = await trainableDecoder('gpt2');
    let values = valuesOf(trainable);
    const trainer = new Trainer({
      trainable,
      objective: causalLanguageModelling(),
      trainExamples: texts,
      gradientAccumulation: 2,
      batchSize: 2,
      signal: controller.signal,
      onStep: ({ step }) => {
        values = valuesOf(trainable);
        if (step === 2) setTimeout(() => controller.abort(reason));
      },
    });
    await expect(trainer.train()).rejects.toBe(reason);
    expect(valuesOf(trainable)).toEqual(values);
    await expect(trainer.train()).rejects.toBe(reason);
  });

  it('waits while it is paused, and yields to the event loop between batches', async () => {
    let [ticks, paused] = [0, -1];
    const timer = setInterval(() => ticks++);
    const trainer = await gpt2({
      onStep: ({ step }) => {
        if (step !== 2) return;
        trainer.pause();
        setTimeout(() => {
          paused = trainer.step;
          trainer.continue();
        }, 50);
      },
    });
    expect((await trainer.train()).reason).toBe('completed');
    clearInterval(timer);
    expect(paused).toBe(2);
    expect(trainer.isPaused).toBe(false);
    expect(ticks).toBeGreaterThan(2);
  });

  it('can be stopped and aborted while it is paused', async () => {
    const stopped = await gpt2({});
    stopped.pause();
    setTimeout(() => stopped.stop(), 20);
    expect(await stopped.train()).toMatchObject({ reason: 'stopped', step: 0 });
    const controller = new AbortController();
    const aborted = await gpt2({ signal: controller.signal });
    aborted.pause();
    setTimeout(() => controller.abort(), 20);
    await expect(aborted.train()).rejects.toThrow(controller.signal.reason);
  });

  it('goes on after stop as if it had not been stopped', async () => {
    const whole = await gpt2();
    const { loss } = await whole.train();
    const parts = await gpt2({
      onStep: ({ step }) => {
        if (step === 3) parts.stop();
      },
    });
    expect(await parts.train()).toMatchObject({ reason: 'stopped', step: 3 });
    expect(await parts.train()).toMatchObject({ reason: 'completed', step: 6, loss });
  });

  it('refuses two calls of train at a time', async () => {
    const trainer = await gpt2();
    const running = trainer.train();
    await expect(trainer.train()).rejects.toMatchObject({ code: 'ERR_BUSY' });
    await running;
  });

  it('skips batches without targets', async () => {
    const trainable = await trainableEncoder('bert', ['maskedLM']);
    const options = { maskTokenId: 4, vocabSize: 90, specialTokenIds: [0, 1, 2, 3, 4] };
    const trainer = new Trainer({
      trainable,
      objective: maskedLanguageModelling(options),
      trainExamples: [{ ids: [2, 3] }],
      maxSteps: 1,
    });
    const before = valuesOf(trainable);
    expect((await trainer.train()).loss).toBe(0);
    expect(valuesOf(trainable)).toEqual(before);
  });

  it.each([
    [{ learning_rate: 1 }, 'trainer: unknown option learning_rate; did you mean learningRate?'],
    [{ epochs: 1, maxSteps: 2 }, 'epochs and maxSteps exclude each other'],
    [{ trainExamples: [] }, 'trainExamples has no examples'],
    [{ batchSize: 0 }, 'batchSize must be a whole number of at least 1, got 0'],
    [{ seed: 2 ** 32 }, 'seed must be a whole number of at least 0 and below 4294967296'],
    [{ warmupRatio: 2 }, 'warmupRatio must be a number from 0 to 1, got 2'],
    [{ optimizer: 'adagrad' }, 'optimizer must be one of adamw, adam, sgd, got "adagrad"'],
    [{ schedule: 'step' }, 'schedule must be a function or one of constant, linear, cosine, inverseSqrt'],
  ])('throws ConfigError for %j', async (options, message) => {
    const trainer = gpt2({ epochs: undefined, ...options } as never);
    await expect(trainer).rejects.toThrow(message);
    await expect(trainer).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });

  it('refuses checkpoints of another run', async () => {
    const storage = new MemoryCheckpoints();
    await (await gpt2({ checkpoints: { storage } })).train();
    const fresh = await gpt2({ checkpoints: { storage } });
    await expect(fresh.train()).rejects.toThrow('the storage has checkpoint-3 of another run; call resume()');
    const other = await gpt2({ checkpoints: { storage }, learningRate: 2e-3 });
    await expect(other.resume()).rejects.toThrow(
      'checkpoint-6 is of a run with another learningRate: expected 0.001, got 0.002',
    );
    const same = await gpt2({ checkpoints: { storage } });
    expect(await same.resume()).toBe(true);
    expect(await same.train()).toMatchObject({ step: 6, reason: 'completed' });
  });
});
