import type { EvaluationMetrics } from '@headwise/core/train';
import { type Json, type Lab, writeJson } from '../../lab/lab.ts';
import { createSequenceModel, type SequenceModel } from '../../sequences/models.ts';
import {
  type LengthScores,
  outputsOf,
  type Scores,
  scoresByLength,
  scoresOf,
} from '../../sequences/score.ts';
import { encodePairs, type SequenceTask } from '../../sequences/task.ts';
import { writeWeights } from '../../shipping/weights.ts';
import { type Alignment, alignmentOf, wordWeight, yearsOf } from './alignment.ts';
import { architectureOf, type ModelName } from './architectures.ts';
import { type GradientNorm, gradientsByDistance } from './gradients.ts';
import type { TaskName, TaskSettings } from './tasks.ts';

/** A trained model and its scores. */
export interface ModelResult {
  readonly task: TaskName;
  readonly model: ModelName;
  readonly seed: number;
  readonly parameters: number;
  /** Features of a recurrent model's states, or of a transformer's tokens. */
  readonly width: number;
  readonly test: Scores;
  readonly byLength: readonly LengthScores[];
  /** The test pairs of the longest third of the source lengths. */
  readonly longestThird: Scores;
  /** Pairs longer than all that were trained on. */
  readonly longer: Scores;
  readonly longerByLength: readonly LengthScores[];
  /** CPU time of the steps of training, in seconds. */
  readonly trainSeconds: number;
  readonly secondsPerEpoch: number;
  /** Exact matches of validation pairs during training, with the CPU seconds of training until then. */
  readonly curve: readonly { readonly step: number; readonly seconds: number; readonly exact: number }[];
  /** Mean weight of `YEAR년` to `YEAR`, over the test pairs in which the output is right. Models with attention, on dates. */
  readonly yearWeight?: number;
  /** Weight of `사랑해` to `love` in the alignment of `I love you`. Models with attention, English to Korean. */
  readonly loveWeight?: number;
  /** Examples with their outputs and, for models with attention, alignments. */
  readonly examples: readonly {
    readonly source: string;
    readonly output: string;
    readonly alignment?: Alignment;
  }[];
  /** Recurrent models, on the reversal. */
  readonly gradients?: {
    readonly initial: readonly GradientNorm[];
    readonly trained: readonly GradientNorm[];
  };
}

const shown: Readonly<Record<TaskName, readonly string[]>> = {
  dates: [
    'Wednesday, November 28, 2029 at 9:04 PM',
    'Wednesday, November 28, 2029',
    '28 November 2029; Nov 3, 1987, 7:15:30 AM',
  ],
  reversal: ['attention'],
  'grammar-en-ko': [
    'I love you',
    'I ate an apple this morning',
    'The teacher will give three books to the child',
  ],
  'grammar-ko-en': ['나는 너를 사랑해', '나는 사과를 먹는다', '나는 커피를 마셨다'],
};

/** Letters of the strings on which gradients are measured. */
const LETTERS = 15;

const hasAttention = (model: ModelName): boolean => model === 'transformer' || model.includes('-');

/** Paths of the weights and the configuration of a trained model. */
export function modelPaths(
  lab: Lab,
  { task, model, seed }: Pick<ModelResult, 'task' | 'model' | 'seed'>,
): { readonly weights: string; readonly config: string } {
  const path = (ending: string) => lab.path('models', `${task}-${model}-${seed}.${ending}`);
  return { weights: path('safetensors'), config: path('json') };
}

/** Trains a model and measures it, or takes what an earlier run has measured. */
export function trained(
  lab: Lab,
  task: SequenceTask & { readonly name: TaskName },
  model: ModelName,
  seed: number,
  settings: TaskSettings,
): Promise<ModelResult> {
  const architecture = architectureOf(model, task.name, task.tokenizer.vocabSize);
  const key = `${task.name}-${model}-${seed}`;
  return lab.unit(key, { architecture, settings, seed } as unknown as Json, async () => {
    const sequenceModel = await createSequenceModel(task, architecture, seed);
    const initial = sequenceModel.weights();
    const training = await train(lab, task, model, sequenceModel, seed, settings);
    const paths = modelPaths(lab, { task: task.name, model, seed });
    writeWeights(paths.weights, sequenceModel.weights());
    writeJson(paths.config, sequenceModel.config);
    const result = {
      task: task.name,
      model,
      seed,
      parameters: sequenceModel.parameterCount,
      width: architecture.kind === 'recurrent' ? architecture.hiddenSize : architecture.width,
      ...training,
      ...(await measure(task, sequenceModel, model, settings)),
    };
    const measured = { length: LETTERS, strings: lab.size(16, 1) };
    const gradients = task.name === 'reversal' &&
      architecture.kind === 'recurrent' && {
        gradients: {
          initial: await gradientsByDistance(task, architecture, initial, measured),
          trained: await gradientsByDistance(task, architecture, sequenceModel.weights(), measured),
        },
      };
    sequenceModel.dispose();
    return { ...result, ...gradients };
  });
}

/** CPU seconds of this process. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function train(
  lab: Lab,
  task: SequenceTask,
  name: ModelName,
  model: SequenceModel,
  seed: number,
  settings: TaskSettings,
): Promise<Pick<ModelResult, 'trainSeconds' | 'secondsPerEpoch' | 'curve'>> {
  const { batchSize, learningRate } = name === 'transformer' ? settings.transformer : settings.recurrent;
  const steps = settings.pairs / batchSize;
  const curve: { step: number; seconds: number; exact: number }[] = [];
  const start = cpuSeconds();
  // Evaluations are not part of training.
  let evaluating = 0;
  let step = 0;
  const pairs = task.data.validation.slice(0, 200);
  const evaluate = async (): Promise<EvaluationMetrics> => {
    const before = cpuSeconds();
    const { exact } = scoresOf(task, await outputsOf(model, pairs));
    curve.push({ step, seconds: before - start - evaluating, exact });
    lab.log(`${task.name} ${name}, seed ${seed}: step ${step}, exact ${exact}`);
    evaluating += cpuSeconds() - before;
    return { exact };
  };
  await model.train(encodePairs(task, task.data.train), {
    maxSteps: steps,
    batchSize,
    bucketByLength: true,
    learningRate,
    schedule: 'cosine',
    warmupSteps: 50,
    seed,
    evaluate,
    evaluateEvery: Math.ceil(steps / settings.evaluations),
    onStep: (report) => {
      step = report.step;
      if (step % 250 === 0)
        lab.log(`${task.name} ${name}, seed ${seed}: step ${step}, loss ${report.loss.toFixed(3)}`);
    },
  });
  const trainSeconds = cpuSeconds() - start - evaluating;
  const stepsPerEpoch = task.data.train.length / batchSize;
  return { curve, trainSeconds, secondsPerEpoch: (trainSeconds / steps) * stepsPerEpoch };
}

async function measure(
  task: SequenceTask & { readonly name: TaskName },
  model: SequenceModel,
  name: ModelName,
  { binWidth }: TaskSettings,
): Promise<
  Pick<ModelResult, 'test' | 'byLength' | 'longestThird' | 'longer' | 'longerByLength' | 'examples'> & {
    readonly yearWeight?: number;
    readonly loveWeight?: number;
  }
> {
  const outputs = await outputsOf(model, task.data.test);
  const longer = await outputsOf(model, task.data.longer);
  const lengthOf = ({ source }: { source: string }) => task.tokenizer.encode(source).ids.length;
  const sorted = outputs.toSorted((a, b) => lengthOf(a) - lengthOf(b));
  const alignments = hasAttention(name);
  const decoded = await model.decode(shown[task.name], { alignments });
  const examples = decoded.map((one, i) => {
    const source = shown[task.name][i]!;
    const tokens = sourceTokens(task, source);
    return { source, output: one.text, ...(alignments && { alignment: alignmentOf(tokens, one) }) };
  });
  const love = examples.find(({ source }) => source === 'I love you')?.alignment;
  return {
    test: scoresOf(task, outputs),
    byLength: scoresByLength(task, outputs, binWidth),
    longestThird: scoresOf(task, sorted.slice(Math.ceil((2 * sorted.length) / 3))),
    longer: scoresOf(task, longer),
    longerByLength: scoresByLength(task, longer, binWidth),
    ...(alignments && task.name === 'dates' && { yearWeight: await yearWeight(task, model) }),
    ...(love && { loveWeight: wordWeight(love, 'love', '사랑해') ?? 0 }),
    examples,
  };
}

const sourceTokens = (task: SequenceTask, source: string): string[] =>
  [...task.tokenizer.encode(source).ids].map((id) =>
    task.tokenizer.decode([id], { skipSpecialTokens: false }),
  );

/** The mean weight of `YEAR년` to `YEAR`, where the output is right. */
async function yearWeight(task: SequenceTask, model: SequenceModel): Promise<number> {
  const pairs = task.data.test
    .filter(({ source, target }) => yearsOf(source, target).length > 0)
    .slice(0, 150);
  const decoded = await model.decode(
    pairs.map(({ source }) => source),
    { alignments: true },
  );
  let [sum, count] = [0, 0];
  for (const [i, { source, target }] of pairs.entries()) {
    if (decoded[i]!.text !== target) continue;
    const alignment = alignmentOf(sourceTokens(task, source), decoded[i]!);
    for (const year of yearsOf(source, target)) {
      const weight = wordWeight(alignment, year, `${year}년`);
      if (weight === undefined) continue;
      sum += weight;
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}
