import { describe, expect, it } from 'vitest';
import { ConfigError, createBackend, loadModel } from '../../src/index.ts';
import { Seq2Seq } from '../../src/nn.ts';
import { Random } from '../../src/platform/random.ts';
import {
  createModel,
  crossEntropy,
  MemoryCheckpoints,
  RecordingBackend,
  recurrentSeq2SeqModelling,
  type TrainableRecurrentSeq2Seq,
  Trainer,
} from '../../src/train/index.ts';
import { backendNames, difference } from '../helpers/fixture.ts';
import { tinyTokenizerOf } from '../helpers/tiny-generators.ts';
import { tinyRecurrentConfig, tinyRecurrentFiles } from '../helpers/tiny-recurrent.ts';

const tokenizer = tinyTokenizerOf();
const EOS = 2;

/** Strings of three or four of five letters, and the same backwards. */
function reversals(count: number, seed: number) {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const length = 3 + Math.floor(2 * random.next());
    const text = Array.from({ length }, () => 'abcde'[Math.floor(5 * random.next())]!);
    const ids = (letters: readonly string[]) => [...tokenizer.encode(letters.join('')).ids, EOS];
    return { text: text.join(''), ids: ids(text), labels: ids([...text].reverse()) };
  });
}

const create = async (config: object, backend = 'wasm-simd') =>
  (await createModel(tinyRecurrentConfig({ ...config }), {
    seed: 1,
    backend: await createBackend(backend as 'wasm-simd'),
  })) as TrainableRecurrentSeq2Seq;

describe('training of recurrent encoder–decoders', () => {
  it('learns to reverse strings, and the checkpoint is loaded by loadModel', async () => {
    const config = { hidden_size: 32, attention: 'additive' };
    const trainable = await create(config);
    expect(trainable.kind).toBe('recurrentSeq2Seq');
    const storage = new MemoryCheckpoints();
    const trainer = new Trainer({
      trainable,
      objective: recurrentSeq2SeqModelling({ labelSmoothing: 0.05 }),
      trainExamples: reversals(600, 1),
      evalExamples: reversals(50, 2),
      maxSteps: 150,
      batchSize: 32,
      learningRate: 0.01,
      checkpoints: { storage },
    });
    await trainer.train();
    const last = (await storage.list()).at(-1);
    const model = await loadModel({
      ...tinyRecurrentFiles(config),
      'model.safetensors': await storage.read(last!, 'model.safetensors'),
    });
    if (model.kind !== 'recurrentSeq2Seq') throw new Error(`got ${model.kind}`);
    const held = reversals(50, 3);
    const generations = await model.generate(held.map(({ text }) => text));
    const right = generations.filter(({ text }, i) => text === [...held[i]!.text].reverse().join(''));
    expect(right.length).toBeGreaterThan(40);
  });

  it('has dropout of the encoder’s states and freezes by name', async () => {
    const trainable = await create({ attention: null });
    trainable.parameters.setTrainable((name) => !name.startsWith('encoder.'));
    const before = trainable.parameters.stateDict();
    await new Trainer({
      trainable,
      objective: recurrentSeq2SeqModelling(),
      trainExamples: reversals(20, 1),
      maxSteps: 3,
      learningRate: 0.01,
      dropout: { 'encoder.output': 0.2 },
    }).train();
    for (const { name, values } of trainable.parameters) {
      const isSame = difference(values, before.get(name)!.data) === 0;
      expect(isSame, name).toBe(name.startsWith('encoder.'));
    }
  });

  it('refuses labels outside the vocabulary and probabilities outside 0 … 1', async () => {
    expect(() => recurrentSeq2SeqModelling({ samplingProbability: 1.5 })).toThrow(ConfigError);
    const trainable = await create({});
    const trainer = new Trainer({
      trainable,
      objective: recurrentSeq2SeqModelling(),
      trainExamples: [{ ids: [5, 2], labels: [-100, 2] }],
      maxSteps: 1,
      learningRate: 0.01,
    });
    await expect(trainer.train()).rejects.toThrow('labels must lie in 0 … 60, got -100');
  });
});

describe.each(backendNames)('scheduled sampling on %s', (name) => {
  it.each([
    { attention: 'additive', cell: 'gru' },
    { attention: undefined, cell: 'lstm' },
  ] as const)('reads the own argmax where it is drawn: %j', async ({ attention, cell }) => {
    const own = await createBackend(name);
    const recording = await RecordingBackend.create(own);
    const options = {
      sourceVocabSize: 61,
      targetVocabSize: 61,
      embeddingDim: 8,
      hiddenSize: 8,
      bosTokenId: 1,
      eosTokenId: EOS,
      cell,
      ...(attention && { attention }),
    };
    const model = await new Seq2Seq(options).to(recording, { seed: 3 });
    const inference = await Seq2Seq.load(own, model.stateDict(), options);
    const sources = [
      [5, 6, 7, 2],
      [8, 2],
      [9, 9, 5, 2],
    ];
    const targets = [
      [7, 6],
      [8, 9, 10, 2],
      [5, 9, 2],
    ];
    const logits = (sampled?: number[][]) =>
      recording.record((tape) => {
        const result = model.logits(sources, targets, sampled && { sampled });
        const loss = crossEntropy(recording, result, Int32Array.from(targets.flat()));
        tape.backward(loss);
        return recording.read(result).slice();
      });
    const ones = targets.map((target) => target.map(() => 1));
    const zeros = targets.map((target) => target.map(() => 0));
    expect(difference(logits(zeros), logits())).toBeLessThan(1e-6);
    // All steps free: greedy decoding, while it has not ended.
    const free = logits(ones);
    const greedy = inference.generate(sources, { maxLength: 4 });
    let row = 0;
    for (const [s, target] of targets.entries()) {
      const steps = Math.min(target.length, greedy[s]!.logits.shape[0]!);
      const got = free.subarray(row * 61, (row + steps) * 61);
      expect(difference(got, greedy[s]!.logits.data.subarray(0, steps * 61))).toBeLessThan(1e-5);
      row += target.length;
    }
    // One step: the input of step 2 of the second target is the argmax of its step 1.
    const some = logits([
      [0, 0],
      [0, 0, 1, 0],
      [0, 0, 0],
    ]);
    const forced = inference.forward([sources[1]!], [[8, 9]])[0]!;
    const argmax = forced.ids[1]!;
    const mixed = inference.forward([sources[1]!], [[8, argmax, 10]])[0]!;
    expect(
      difference(some.subarray(4 * 61, 5 * 61), mixed.logits.data.subarray(2 * 61, 3 * 61)),
    ).toBeLessThan(1e-5);
    expect(() => logits([[0], [0], [0]])).toThrow('sampled must have a value for each token');
  });
});

it('scheduled sampling has gradients and draws by the position of the batch', async () => {
  const objective = recurrentSeq2SeqModelling({ samplingProbability: 0.5 });
  const examples = reversals(40, 5);
  const a = objective.collate(examples, new Random(1));
  expect(a.sampled).toEqual(objective.collate(examples, new Random(1)).sampled);
  const share = a.sampled!.reduce((sum, one) => sum + one, 0) / a.sampled!.length;
  expect(share).toBeGreaterThan(0.35);
  expect(share).toBeLessThan(0.65);
  const trainable = await create({ hidden_size: 24 });
  const trainer = new Trainer({
    trainable,
    objective,
    trainExamples: examples,
    maxSteps: 40,
    learningRate: 0.01,
  });
  const { loss } = await trainer.train();
  expect(loss).toBeLessThan(2);
});
