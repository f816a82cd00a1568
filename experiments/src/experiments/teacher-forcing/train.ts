import type { Seq2Seq } from '@headwise/core/nn';
import { crossEntropy, customObjective, type LossContext, Trainer } from '@headwise/core/train';
import type { RecurrentArchitecture } from '../../sequences/architectures.ts';
import { initialWeights, openSeq2Seq } from '../../sequences/recurrent-layer.ts';
import { encodePairs, type SequenceExample, type SequenceTask } from '../../sequences/task.ts';
import { EOS } from '../../sequences/tokenizers.ts';
import { type ErrorRates, errorRates } from './exposure.ts';
import { mixedInputs } from './own-inputs.ts';
import { forcedProbability, type InputMode } from './schedules.ts';

export interface ModeTraining {
  readonly mode: InputMode;
  readonly architecture: RecurrentArchitecture;
  readonly seed: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly evaluateEvery: number;
}

/** What a model does with inputs of the target, and with its own. */
export interface Evaluation {
  /** Cross entropy of a target token with the target's inputs, in nats. */
  readonly loss: number;
  /** Fraction of targets that greedy decoding writes without an error. */
  readonly exact: number;
  readonly forced: ErrorRates;
  readonly own: ErrorRates;
}

export type ProgressPoint = Pick<Evaluation, 'loss' | 'exact'> & {
  readonly step: number;
  /** Error rates with the inputs of the target and with own ones. */
  readonly forcedErrors: number;
  readonly ownErrors: number;
};

export interface TrainedMode {
  readonly parameters: number;
  readonly progress: readonly ProgressPoint[];
  readonly test: Evaluation;
  /** CPU time of the training without evaluations, in seconds. */
  readonly cpuSeconds: number;
}

/** Trains a recurrent model whose decoder reads what the mode says, and tries it with the inputs of the targets and with its own. */
export async function trainMode(task: SequenceTask, training: ModeTraining): Promise<TrainedMode> {
  const { mode, architecture, seed, steps, batchSize, learningRate, evaluateEvery } = training;
  const initial = await initialWeights(task, architecture, seed);
  const trainable = await openSeq2Seq(task, architecture, initial);
  const { model } = trainable;
  const [validation, test] = [task.data.validation, task.data.test].map((pairs) => encodePairs(task, pairs));
  const progress: ProgressPoint[] = [];
  let step = 0;
  let evaluation = 0;
  const objective = customObjective({
    // The batch of a step is made when the step begins, with the present weights and while nothing is recorded.
    collate: (examples: readonly SequenceExample[], random) => {
      const probability = forcedProbability(mode, step, steps);
      const inputs =
        probability === 1
          ? undefined
          : mixedInputs(model, examples, () => probability > 0 && random.next() < probability);
      const labels = examples.map((example) => example.labels);
      const targets = labels.reduce((sum, { length }) => sum + length, 0);
      const tokens = examples.reduce((sum, { ids }) => sum + ids.length, targets);
      return { sources: examples.map(({ ids }) => ids), labels, inputs, tokens, targets };
    },
    loss: ({ sources, labels, inputs }, ctx: LossContext<Seq2Seq>) =>
      crossEntropy(
        ctx.backend,
        ctx.model.logits(sources, labels, inputs && { inputs }),
        Int32Array.from(labels.flatMap((ids) => [...ids])),
      ),
  });
  const start = process.cpuUsage();
  await new Trainer({
    trainable,
    objective,
    trainExamples: encodePairs(task, task.data.train),
    maxSteps: steps,
    batchSize,
    learningRate,
    schedule: 'cosine',
    warmupSteps: Math.min(50, Math.floor(steps / 10)),
    seed,
    evaluateEvery,
    evaluate: () => {
      const before = process.cpuUsage();
      const { loss, exact, forced, own } = evaluate(model, validation!);
      progress.push({ step, loss, exact, forcedErrors: forced.rate, ownErrors: own.rate });
      evaluation += secondsSince(before);
      return { exact };
    },
    onStep: (report) => {
      step = report.step;
    },
  }).train();
  const cpuSeconds = secondsSince(start) - evaluation;
  const result = {
    parameters: trainable.parameters.values.length,
    progress,
    test: evaluate(model, test!),
    cpuSeconds,
  };
  model.dispose();
  trainable.dispose();
  return result;
}

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Runs a model with the inputs of the targets, and with its own. */
export function evaluate(model: Seq2Seq, examples: readonly SequenceExample[]): Evaluation {
  const [forced, own]: [Int32Array[], number[][]] = [[], []];
  let [loss, tokens, exact] = [0, 0, 0];
  const batchSize = 100;
  for (let from = 0; from < examples.length; from += batchSize) {
    const batch = examples.slice(from, from + batchSize);
    const sources = batch.map(({ ids }) => ids);
    const labels = batch.map((example) => example.labels);
    for (const [s, { ids, logits }] of model.forward(sources, labels).entries()) {
      forced.push(ids);
      tokens += ids.length;
      loss += crossEntropyOf(logits, labels[s]!);
    }
    const maxLength = Math.max(...labels.map(({ length }) => length));
    for (const { ids, ended } of model.generate(sources, { maxLength })) {
      own.push(ended ? [...ids, EOS] : [...ids]);
    }
  }
  const targets = examples.map(({ labels }) => labels);
  for (const [s, target] of targets.entries()) {
    if (target.every((id, i) => own[s]![i] === id)) exact++;
  }
  return {
    loss: loss / tokens,
    exact: exact / examples.length,
    forced: errorRates(forced, targets),
    own: errorRates(own, targets),
  };
}

/** The sum of the cross entropies of all rows, in nats. */
export function crossEntropyOf(
  { data, shape }: { readonly data: Float32Array; readonly shape: readonly number[] },
  labels: ArrayLike<number>,
): number {
  const width = shape[1]!;
  let sum = 0;
  for (let row = 0; row < labels.length; row++) {
    const logits = data.subarray(row * width, (row + 1) * width);
    const max = logits.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = logits.reduce((all, logit) => all + Math.exp(logit - max), 0);
    sum += Math.log(total) + max - logits[labels[row]!]!;
  }
  return sum;
}
