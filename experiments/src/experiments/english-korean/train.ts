import { openCheckpoints } from '@headwise/core/train';
import { Choices } from '../../data/random.ts';
import type { DataSet, Pair } from '../../data/split.ts';
import type { Lab } from '../../lab/lab.ts';
import { marianConfig } from '../../sequences/architectures.ts';
import { openSequenceModel, type SequenceModel } from '../../sequences/models.ts';
import { encodePairs, type SequenceTask } from '../../sequences/task.ts';
import { eightBitValues, readWeights, writeWeights } from '../../shipping/weights.ts';

/** How a model is trained. */
export interface Plan {
  /** The training pairs are 1 / `divisor` of all. */
  readonly divisor: number;
  readonly steps: number;
}

/** Loss, with label smoothing, and accuracy of the next token on the validation pairs. */
export interface Evaluation {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
}

export interface Training {
  readonly pairs: number;
  readonly steps: number;
  readonly parameters: number;
  readonly evaluations: readonly Evaluation[];
}

export const settings = {
  vocabSize: 2400,
  width: 96,
  heads: 4,
  encoderLayers: 2,
  decoderLayers: 2,
  feedForward: 384,
  dropout: 0.2,
  labelSmoothing: 0.1,
  learningRate: 2e-3,
  warmupSteps: 400,
  maxTokensPerBatch: 1024,
} as const;

/** Every `divisor`-th pair in a random order, which is the same for all divisors: the smaller parts are parts of the larger ones. */
export function partOf<P extends Pair>(pairs: readonly P[], divisor: number, seed: number): P[] {
  const shuffled = new Choices(seed, 6).shuffled(pairs);
  return shuffled.slice(0, Math.ceil(pairs.length / divisor));
}

export const configOf = (task: SequenceTask): Record<string, unknown> =>
  marianConfig(task.tokenizer.vocabSize, { kind: 'transformer', ...settings });

const nameOf = ({ divisor, steps }: Plan) => `part-${divisor}-${steps}`;
const weightsPath = (lab: Lab, plan: Plan) => lab.path(`${nameOf(plan)}.safetensors`);

/** Trains a model and leaves its weights in the lab. */
export function trainPart(lab: Lab, task: SequenceTask, plan: Plan): Promise<Training> {
  const { divisor, steps } = plan;
  return lab.unit(`train-${nameOf(plan)}`, { ...settings, ...plan }, async () => {
    const pairs = partOf(task.data.train, divisor, lab.seed);
    const model = await openSequenceModel(task, configOf(task), lab.seed);
    const { labelSmoothing, learningRate, warmupSteps, maxTokensPerBatch } = settings;
    const result = await model.train(encodePairs(task, pairs), {
      seed: lab.seed,
      maxSteps: steps,
      batchSize: 64,
      maxTokensPerBatch,
      bucketByLength: true,
      optimizer: { type: 'adam', betas: [0.9, 0.98] },
      learningRate,
      warmupSteps: lab.size(warmupSteps, 2),
      schedule: 'cosine',
      labelSmoothing,
      evalExamples: encodePairs(task, task.data.validation),
      checkpoints: {
        storage: openCheckpoints(lab.path('checkpoints', nameOf(plan))),
        keep: 1,
      },
      onEvaluate: ({ epoch, metrics }) => lab.log(`1/${divisor}, epoch ${epoch}: ${JSON.stringify(metrics)}`),
    });
    writeWeights(weightsPath(lab, plan), model.weights());
    const { parameterCount } = model;
    model.dispose();
    return {
      pairs: pairs.length,
      steps: result.step,
      parameters: parameterCount,
      evaluations: result.evaluations.map(({ step, epoch, metrics }) => ({
        step,
        epoch,
        loss: metrics.loss!,
        accuracy: metrics.accuracy!,
      })),
    };
  });
}

export const trainedWeights = (lab: Lab, plan: Plan) => readWeights(weightsPath(lab, plan));

/**
 * The translations of all test sources.
 *
 * @param dtype of the weights: as they were trained, or in 8 bits as they are shipped
 */
export function translations(
  lab: Lab,
  task: SequenceTask,
  plan: Plan,
  numBeams: number,
  dtype: 'F32' | 'I8' = 'F32',
): Promise<string[]> {
  const key = `translations-${nameOf(plan)}-beams-${numBeams}${dtype === 'I8' ? '-8-bits' : ''}`;
  return lab.unit(key, { ...settings, ...plan, numBeams }, async () => {
    const trained = trainedWeights(lab, plan);
    const weights = dtype === 'I8' ? eightBitValues(trained) : trained;
    const model = await openSequenceModel(task, configOf(task), lab.seed, weights);
    const outputs = await translate(model, task.data, numBeams);
    model.dispose();
    return outputs;
  });
}

/** Sources of similar length are translated together. */
async function translate(model: SequenceModel, { test }: DataSet<Pair>, numBeams: number): Promise<string[]> {
  const order = test.map((_, i) => i).sort((a, b) => test[a]!.source.length - test[b]!.source.length);
  const decoded = await model.decode(
    order.map((i) => test[i]!.source),
    { numBeams },
  );
  const outputs = new Array<string>(test.length);
  for (const [position, i] of order.entries()) outputs[i] = decoded[position]!.text;
  return outputs;
}
