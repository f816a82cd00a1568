import { describe, expect, it } from 'vitest';
import { createBackend } from '../../src/index.ts';
import { parseEncoderConfig } from '../../src/internal.ts';
import { WHOLE } from '../../src/nn/run/shard.ts';
import {
  contrastiveEmbedding,
  initializeMissing,
  type LoadTrainableOptions,
  loadAdapter,
  MemoryCheckpoints,
  openTrainable,
  sequenceClassification,
  type TrainableEncoder,
  Trainer,
  tokenClassification,
} from '../../src/train/index.ts';
import { tinyCheckpoint, tinyConfig } from '../helpers/tiny-encoders.ts';

const labels = { 0: 'a', 1: 'b', 2: 'c' };

async function openTiny(
  taskHeads: readonly ('sequenceClassification' | 'tokenClassification')[],
  config: Record<string, unknown> = {},
  options: LoadTrainableOptions = {},
): Promise<TrainableEncoder> {
  const configJson = { ...tinyConfig('bert'), id2label: labels, ...config };
  const weights = initializeMissing(await tinyCheckpoint('bert'), configJson, { taskHeads, seed: 3 });
  const backend = await createBackend('wasm-simd');
  const opened = await openTrainable(backend, configJson, weights, { taskHeads, ...options });
  if (opened.kind !== 'encoder') throw new Error('not an encoder');
  return opened;
}

/** Texts of random tokens; the token 20 + label is in each, at another place. */
const texts = Array.from({ length: 12 }, (_, i) => {
  const ids = Array.from({ length: 4 + (i % 3) }, (_, j) => 30 + ((i * 7 + j * 11) % 40));
  ids[i % 4] = 20 + (i % 3);
  return { ids, label: i % 3 };
});

describe('initializeMissing', () => {
  it('adds the weights of a head under the names of the checkpoint, and keeps the others', async () => {
    const taskHeads = ['sequenceClassification'] as const;
    const config = { ...tinyConfig('bert'), id2label: labels };
    const stored = await tinyCheckpoint('bert');
    const own = stored.names.filter((name) => !/^(classifier|bert\.pooler)\./.test(name));
    const withoutHead = { names: own, info: stored.info.bind(stored), read: stored.read.bind(stored) };
    const completed = initializeMissing(withoutHead, config, { taskHeads });
    expect(completed.names.length).toBe(own.length + 4);
    expect(completed.names.slice(-4).sort()).toEqual([
      'bert.pooler.dense.bias',
      'bert.pooler.dense.weight',
      'classifier.bias',
      'classifier.weight',
    ]);
    expect(completed.info('classifier.weight').shape).toEqual([3, 24]);
    const name = 'bert.encoder.layer.0.attention.self.query.weight';
    expect(await completed.read(name)).toEqual(await stored.read(name));
    const again = initializeMissing(withoutHead, config, { taskHeads });
    const [first, second] = [
      await completed.read('classifier.weight'),
      await again.read('classifier.weight'),
    ];
    expect(second).toEqual(first);
    // A checkpoint of the bare model gets its pooler without prefix.
    const bareNames = own.map((one) => one.replace(/^bert\./, ''));
    const bare = {
      names: bareNames,
      info: (one: string) => stored.info(stored.names.includes(`bert.${one}`) ? `bert.${one}` : one),
      read: (one: string) => stored.read(stored.names.includes(`bert.${one}`) ? `bert.${one}` : one),
    };
    expect(initializeMissing(bare, config, { taskHeads }).names.slice(-4).sort()).toEqual([
      'classifier.bias',
      'classifier.weight',
      'pooler.dense.bias',
      'pooler.dense.weight',
    ]);
  });
});

describe('fine-tuning', () => {
  for (const pooling of ['cls', 'mean']) {
    it(`trains a classifier with classifier_pooling ${pooling}`, async () => {
      const trainable = await openTiny(['sequenceClassification'], { classifier_pooling: pooling });
      const hasPooler = trainable.parameters.all.some(({ name }) => name.includes('pooler'));
      expect(hasPooler).toBe(pooling === 'cls');
      const trainer = new Trainer({
        trainable,
        objective: sequenceClassification(),
        trainExamples: texts,
        evalExamples: texts,
        epochs: 30,
        evaluateEvery: 60,
        batchSize: 6,
        learningRate: 5e-3,
      });
      const { evaluations } = await trainer.train();
      expect(evaluations.at(-1)!.metrics.accuracy).toBe(1);
    });
  }

  it('throws ConfigError for another classifier_pooling', () => {
    expect(() => parseEncoderConfig({ ...tinyConfig('bert'), classifier_pooling: 'max' })).toThrow(
      'config.json: classifier_pooling must be cls or mean, got "max"',
    );
  });

  it('trains a token classifier', async () => {
    const trainable = await openTiny(['tokenClassification']);
    const trainExamples = texts.map(({ ids }) => ({
      ids,
      labels: ids.map((id) => (id < 23 ? 1 : id % 2 === 0 ? 0 : 2)),
    }));
    const { evaluations } = await new Trainer({
      trainable,
      objective: tokenClassification(),
      trainExamples,
      evalExamples: trainExamples,
      epochs: 40,
      evaluateEvery: 80,
      batchSize: 6,
      learningRate: 5e-3,
    }).train();
    expect(evaluations.at(-1)!.metrics.accuracy).toBeGreaterThan(0.98);
  });

  it('holds only the tensors of the option trainable and those that are packed with them as parameters', async () => {
    const trainable = await openTiny(
      ['tokenClassification'],
      {},
      {
        trainable: (name) => /^classifier|layer\.1\.attention\.self\.query\.weight/.test(name),
      },
    );
    const { parameters } = trainable;
    const prefix = 'bert.encoder.layer.1.attention.self.';
    expect(parameters.trainable.map(({ name }) => name).sort()).toEqual([
      `${prefix}query.weight`,
      'classifier.bias',
      'classifier.weight',
    ]);
    expect(parameters.all.map(({ name }) => name).sort()).toEqual(
      [
        ...['query', 'key', 'value'].flatMap((part) => [`${prefix}${part}.weight`, `${prefix}${part}.bias`]),
        'classifier.bias',
        'classifier.weight',
      ].sort(),
    );
    const whole = await openTiny(['tokenClassification']);
    const gradients = [trainable, whole].map((one) => {
      const ids = Int32Array.of(20, 31, 42);
      const batch = tokenClassification().collate([{ ids, labels: [0, 1, 2] }], undefined as never);
      one.backend.record((tape) => {
        const loss = tokenClassification().loss(batch, {
          ...one,
          training: true,
          run: (offsets, body) => {
            const step = body({ backend: one.backend, shard: WHOLE, offsets }).next();
            return step.value as never;
          },
          dropout: (x) => x,
          addMetric: () => {},
        });
        tape.backward(loss);
      });
      return parameters.trainable.map(({ name }) => [...one.parameters.get(name).gradient]);
    });
    expect(gradients[0]).toEqual(gradients[1]);
  });

  it("writes checkpoints of low-rank adapters as PEFT's files, and resumes them", async () => {
    const lora = { r: 2, targetModules: ['query', 'value'], modulesToSave: ['classifier'], seed: 4 };
    const storage = new MemoryCheckpoints();
    const open = async () => {
      const trainable = await openTiny(['sequenceClassification'], { classifier_pooling: 'mean' }, { lora });
      const trainer = new Trainer({
        trainable,
        objective: sequenceClassification(),
        trainExamples: texts,
        maxSteps: 4,
        learningRate: 1e-2,
        checkpoints: { storage, every: 2 },
      });
      return { trainable, trainer };
    };
    const first = await open();
    await first.trainer.train();
    const [before, last] = await storage.list();
    const decoder = new TextDecoder();
    const adapterAt = async (checkpoint: string) =>
      loadAdapter({
        'adapter_config.json': decoder.decode(await storage.read(checkpoint, 'adapter_config.json')),
        'adapter_model.safetensors': await storage.read(checkpoint, 'adapter_model.safetensors'),
      });
    const files = first.trainable.lora!.adapter().files();
    expect((await adapterAt(last!)).files()).toEqual(files);
    // A part of a model does not have the name of a whole one.
    await expect(storage.read(last!, 'model.safetensors')).rejects.toThrow();
    await storage.remove(last!);
    const second = await open();
    expect(await second.trainer.resume()).toBe(true);
    expect((await adapterAt(before!)).files()).toEqual(second.trainable.lora!.adapter().files());
    await second.trainer.train();
    expect(second.trainable.lora!.adapter().files()).toEqual(files);
  });

  it('drops features of the inputs of A in training, by the seed, and not in evaluation', async () => {
    const losses = async (loraDropout: number, seed = 1) => {
      const lora = { r: 2, targetModules: ['query', 'value'], initLoraWeights: false, seed: 4, loraDropout };
      const trainable = await openTiny(['sequenceClassification'], {}, { lora });
      const steps: number[] = [];
      const trainer = new Trainer({
        trainable,
        objective: sequenceClassification(),
        trainExamples: texts,
        evalExamples: texts,
        shuffle: false,
        learningRate: 0,
        maxSteps: 3,
        evaluateEvery: 3,
        seed,
        onStep: ({ loss }) => steps.push(loss),
      });
      const { evaluations } = await trainer.train();
      return [evaluations[0]!.metrics.loss!, steps] as const;
    };
    const [[plainLoss, plain], [droppedLoss, dropped], again, other] = [
      await losses(0),
      await losses(0.3),
      await losses(0.3),
      await losses(0.3, 2),
    ];
    expect(droppedLoss).toBe(plainLoss);
    expect(dropped).not.toEqual(plain);
    expect(again[1]).toEqual(dropped);
    expect(other[1]).not.toEqual(dropped);
  });

  it('trains embeddings from pairs, with hard negatives', async () => {
    const trainable = await openTiny([]);
    const pairs = texts.slice(0, 6).map(({ ids }, i) => ({
      anchor: { ids },
      positive: { ids: texts[6 + i]!.ids },
      ...(i % 2 === 0 && { negative: { ids: [70 + i, 3] } }),
    }));
    const { evaluations } = await new Trainer({
      trainable,
      objective: contrastiveEmbedding({ symmetric: true }),
      trainExamples: pairs,
      evalExamples: pairs,
      epochs: 60,
      evaluateEvery: 60,
      batchSize: 6,
      learningRate: 3e-3,
    }).train();
    expect(evaluations.at(-1)!.metrics).toMatchObject({ accuracy: 1 });
    expect(evaluations.at(-1)!.metrics.loss).toBeLessThan(0.1);
  });
});
