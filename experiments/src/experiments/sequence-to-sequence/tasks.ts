import { dates } from '../../data/dates.ts';
import { grammar } from '../../data/grammar/index.ts';
import type { SequenceData, Sizes } from '../../data/split.ts';
import { strings } from '../../data/strings.ts';
import type { Lab } from '../../lab/lab.ts';
import type { SequenceTask } from '../../sequences/task.ts';
import {
  characterTokenizer,
  digitTokenizer,
  subwordTokenizer,
  type TaskTokenizer,
} from '../../sequences/tokenizers.ts';

export const taskNames = ['dates', 'reversal', 'grammar-en-ko', 'grammar-ko-en'] as const;

export type TaskName = (typeof taskNames)[number];

/** How the models of a task are trained: with the same examples, as often. */
export interface TaskSettings {
  readonly sizes: Sizes;
  readonly longer: number;
  /** Pairs that a model is trained on in all, repetitions included. */
  readonly pairs: number;
  readonly recurrent: TrainingSettings;
  readonly transformer: TrainingSettings;
  /** Evaluations during training, on validation pairs. */
  readonly evaluations: number;
  /** Source tokens of a bin of lengths. */
  readonly binWidth: number;
}

/** Chosen once, on the validation part of the dates. */
interface TrainingSettings {
  readonly batchSize: number;
  /** Peak of the learning rate. */
  readonly learningRate: number;
}

export function settingsOf(lab: Lab, name: TaskName): TaskSettings {
  const sizes = lab.size<Sizes>(
    { train: name === 'reversal' ? 20_000 : 40_000, validation: 500, test: 600 },
    { train: 100, validation: 5, test: 10 },
  );
  const full: Readonly<Record<TaskName, { readonly pairs: number; readonly binWidth: number }>> = {
    dates: { pairs: 64_000, binWidth: 5 },
    reversal: { pairs: 32_000, binWidth: 3 },
    'grammar-en-ko': { pairs: 144_000, binWidth: 3 },
    'grammar-ko-en': { pairs: 144_000, binWidth: 3 },
  };
  const { pairs, binWidth } = full[name];
  return {
    sizes,
    longer: lab.size(300, 4),
    pairs: lab.size(pairs, 64),
    recurrent: { batchSize: 16, learningRate: 0.01 },
    transformer: { batchSize: 16, learningRate: 0.003 },
    evaluations: lab.size(8, 1),
    binWidth,
  };
}

/** Subwords of the grammar's tokenizers. */
const SUBWORDS = 800;

/** The data of a task. It does not depend on the seed of the lab, so that models of all seeds have the same pairs. */
function dataOf(name: TaskName, { sizes, longer }: TaskSettings): SequenceData {
  switch (name) {
    case 'dates':
      return dates({ sizes, longer, maxDates: 2, longest: 4 });
    case 'reversal':
      return strings({ task: 'reverse', sizes, longer, lengths: [3, 15], longest: 30 });
    case 'grammar-en-ko':
      return grammar({ direction: 'en-ko', sizes, longer, maxClauses: 2, longest: 4 });
    case 'grammar-ko-en':
      return grammar({ direction: 'ko-en', sizes, longer, maxClauses: 2, longest: 4 });
  }
}

function tokenizerOf(name: TaskName, texts: readonly string[]): Promise<TaskTokenizer> {
  switch (name) {
    case 'dates':
      return digitTokenizer(texts);
    case 'reversal':
      return characterTokenizer(texts);
    default:
      return subwordTokenizer(texts, SUBWORDS);
  }
}

/** The pairs of a task with their tokenizer, made of the training part. */
export async function createTask(name: TaskName, settings: TaskSettings): Promise<SequenceTask> {
  const data = dataOf(name, settings);
  const texts = data.train.flatMap(({ source, target }) => [source, target]);
  return { name, data, ...(await tokenizerOf(name, texts)) };
}
