import { createBackend, type LinearWeights } from '@headwise/core';
import { crossEntropy, customObjective, loadTrainable, type TrainingBatch } from '@headwise/core/train';
import { serveTraining } from '@headwise/worker/train';

/** What the test's main thread posts. */
export interface TrainWorkerData {
  readonly backend: 'reference' | 'wasm-simd' | 'wasm-relaxed-simd';
  readonly steps: number;
  readonly gradientAccumulation: number;
  /** Milliseconds that each loss takes beside its computation, so that workers can be killed meanwhile. */
  readonly delay?: number;
  /** Throws in this step. */
  readonly throwAt?: number;
  /** Four bytes, which are 1 once the model is loaded. */
  readonly loaded?: SharedArrayBuffer;
}

interface Model {
  readonly hidden: LinearWeights;
  readonly output: LinearWeights;
}

interface Example {
  readonly input: readonly number[];
  readonly label: number;
}

interface Batch extends TrainingBatch {
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
}

const FEATURES = 6;
const UNITS = 16;
const CLASSES = 3;

const values = (seed: number, size: number) =>
  Float32Array.from({ length: size }, (_, i) => 0.5 * Math.sin(seed + 12.9898 * i));

const examples: readonly Example[] = Array.from({ length: 64 }, (_, i) => ({
  input: [...values(i, FEATURES)],
  label: Math.abs(Math.round(3 * Math.sin(i))) % CLASSES,
}));

/** A network of two layers, with dropout. */
serveTraining(async (data: TrainWorkerData) => {
  const { backend: name, steps, gradientAccumulation, delay = 0, throwAt, loaded } = data;
  const trainable = await loadTrainable<Model>(
    await createBackend(name),
    {
      'hidden.weight': { shape: [UNITS, FEATURES], data: values(1, UNITS * FEATURES) },
      'hidden.bias': { shape: [UNITS], data: values(2, UNITS) },
      'output.weight': { shape: [CLASSES, UNITS], data: values(3, CLASSES * UNITS) },
      'output.bias': { shape: [CLASSES], data: values(4, CLASSES) },
    },
    async (weights, own) => {
      const read = async (name: string) => new Float32Array((await weights.read(name)).bytes.slice().buffer);
      const linear = async (name: string, inFeatures: number) =>
        own.linearWeights(await read(`${name}.weight`), await read(`${name}.bias`), inFeatures);
      return { hidden: await linear('hidden', FEATURES), output: await linear('output', UNITS) };
    },
  );
  let losses = 0;
  if (loaded) Atomics.store(new Int32Array(loaded), 0, 1);
  return {
    trainable,
    objective: customObjective<Model, Example, Batch>({
      collate: (batch) => ({
        inputs: Float32Array.from(batch.flatMap(({ input }) => input)),
        labels: Int32Array.from(batch, ({ label }) => label),
        tokens: batch.length,
        targets: batch.length,
      }),
      loss: ({ inputs, labels }, { backend, model, dropout }) => {
        if (losses++ === throwAt) throw new RangeError('the objective failed');
        if (delay > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delay);
        const x = backend.tensor(inputs, [labels.length, FEATURES]);
        const hidden = dropout(backend.linear(x, model.hidden, { activation: 'tanh' }), 0.1);
        return crossEntropy(backend, backend.linear(hidden, model.output), labels);
      },
    }),
    trainExamples: examples,
    batchSize: 4,
    gradientAccumulation,
    maxSteps: steps,
    learningRate: 0.05,
    files: { 'config.json': { steps } },
  };
});
