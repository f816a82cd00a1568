// A worker of training.ts: the GPT of the suite `train`, its batch of 16 sequences in four parts of which the gradients are added.
import { createBackend } from '@headwise/core';
import { causalLanguageModelling, openTrainable, type TrainableCausalLM } from '@headwise/core/train';
import { serveTraining } from '@headwise/worker/train';
import { gptWork, trainedGpt, trainOptimizers } from '../cases/train.ts';

const SEQUENCES = 16;
const PARTS = 4;

serveTraining(async ({ steps }: { steps: number }) => {
  const { weights, ids } = gptWork(trainedGpt, SEQUENCES, 'step');
  const length = trainedGpt.n_positions;
  return {
    trainable: (await openTrainable(await createBackend(), trainedGpt, weights)) as TrainableCausalLM,
    objective: causalLanguageModelling(),
    trainExamples: Array.from({ length: SEQUENCES }, (_, i) => ({
      ids: ids.subarray(i * length, (i + 1) * length),
    })),
    batchSize: SEQUENCES / PARTS,
    gradientAccumulation: PARTS,
    shuffle: false,
    maxSteps: steps,
    schedule: 'constant',
    ...trainOptimizers.gpt,
  };
});
