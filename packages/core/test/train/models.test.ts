import { describe, expect, it } from 'vitest';
import { createBackend } from '../../src/index.ts';
import {
  AdamW,
  clipGradNorm,
  createModel,
  openTrainable,
  type TrainableModel,
} from '../../src/train/index.ts';
import { backendNames } from '../helpers/fixture.ts';
import { type TrainingCase, tinyModel, trainingCases, trainingLoss } from '../helpers/training-models.ts';

const nameOf = ({ name, head }: TrainingCase) => (head ? `${name} with the head ${head}` : name);
const headOf = ({ head }: TrainingCase) => (head ? { taskHeads: [head] } : {});

async function open(test: TrainingCase, backendName: (typeof backendNames)[number]): Promise<TrainableModel> {
  const { config, checkpoint } = await tinyModel(test.name);
  return openTrainable(await createBackend(backendName), config, checkpoint, headOf(test));
}

for (const backendName of backendNames) {
  describe(`training over ${backendName}`, () => {
    for (const test of trainingCases) {
      it(`${nameOf(test)} has PyTorch's losses and gradient norms in ten steps of AdamW`, async () => {
        const trainable = await open(test, backendName);
        expect(trainable.constants).toEqual([]);
        const optimizer = new AdamW(trainable.parameters, { learningRate: test.learningRate });
        for (const [step, expected] of test.losses.entries()) {
          expect(Math.abs(trainingLoss(trainable, test) - expected), `loss ${step}`).toBeLessThan(1e-4);
          const norm = clipGradNorm(trainable.parameters, test.maxNorm);
          expect(Math.abs(norm - test.norms[step]!) / norm, `norm ${step}`).toBeLessThan(1e-3);
          optimizer.step();
        }
      });
    }
  });
}

describe('training from random weights', () => {
  for (const test of trainingCases) {
    it(`${nameOf(test)} overfits a batch of ${test.sequences.length} sequences`, async () => {
      const { config } = await tinyModel(test.name);
      const backend = await createBackend('wasm-simd');
      const trainable = await createModel(config, { seed: 5, backend, ...headOf(test) });
      const optimizer = new AdamW(trainable.parameters, { learningRate: 0.01, weightDecay: 0 });
      let loss = trainingLoss(trainable, test);
      const unused = trainable.parameters.trainable.filter(({ gradient }) => gradient.every((g) => g === 0));
      expect(unused.map(({ name }) => name)).toEqual([]);
      for (let step = 0; step < 300 && loss >= 0.05; step++) {
        optimizer.step();
        loss = trainingLoss(trainable, test);
      }
      expect(loss).toBeLessThan(0.05);
    });
  }
});

describe('embeddings of padding tokens', () => {
  it('have no gradient from look-ups, unless the configuration has no padding token', async () => {
    const { config, checkpoint } = await tinyModel('bert');
    const test = trainingCases.find(({ head }) => head === 'sequenceClassification')!;
    const sequences = test.sequences.map((one) => ({
      ...one,
      ids: one.ids.map((id, i) => (i === 1 ? 0 : id)),
    }));
    for (const [padding, expected] of [
      [undefined, 0],
      [null, 24],
      [1, 24],
    ] as const) {
      const given = { ...config, ...(padding !== undefined && { pad_token_id: padding }) };
      const trainable = await openTrainable(
        await createBackend('wasm-simd'),
        given,
        checkpoint,
        headOf(test),
      );
      trainingLoss(trainable, { ...test, sequences });
      const row = trainable.parameters.get('bert.embeddings.word_embeddings.weight').gradient.subarray(0, 24);
      expect(row.filter((value) => value !== 0)).toHaveLength(expected);
    }
  });
});
