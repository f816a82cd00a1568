import { type TaskName, type TaskPair, taskNames, tasks } from '../../data/grammar/index.ts';
import { Choices } from '../../data/random.ts';
import type { DataSet, Pair } from '../../data/split.ts';
import type { Lab } from '../../lab/lab.ts';
import type { SequenceTask } from '../../sequences/task.ts';
import { bpeTokenizer } from '../../sequences/tokenizers.ts';
import { type PrefixUse, prefixUses, probesOf } from './prefixes.ts';
import { settings, trained, trainedWeights, withoutPrefix } from './train.ts';

/** Exact match of a task, 0 to 1. */
export interface TaskScores {
  readonly task: TaskName;
  readonly train: number;
  readonly test: number;
  /** Of the model of all tasks. */
  readonly all: number;
  /** Of a model of this task alone, with its share of the steps. */
  readonly single: number;
}

/** Exact match on a task with few examples, 0 to 1. */
export interface FewScores {
  readonly examples: number;
  /** A model of these examples alone; null without examples. */
  readonly alone: number | null;
  /** The model of the other six tasks, trained further on a mixture of these examples and those of the others. */
  readonly withOthers: number;
  /** Of the other six tasks after that. */
  readonly others: number;
}

export interface T5Result {
  readonly settings: typeof settings;
  readonly parameters: number;
  /** Steps of the model of all tasks, of each model of one task, and of the models of few examples. */
  readonly steps: { readonly all: number; readonly single: number; readonly few: number };
  readonly sizes: { readonly train: number; readonly test: number };
  readonly exact: number;
  readonly tasks: readonly TaskScores[];
  readonly prefixes: readonly PrefixUse[];
  readonly fewTask: TaskName;
  readonly few: readonly FewScores[];
  /** Outputs of the model of all tasks for sentences that are not chosen by their scores. */
  readonly examples: readonly { readonly source: string; readonly output: string }[];
  /** The first wrong outputs of each task. */
  readonly errors: readonly {
    readonly task: TaskName;
    readonly source: string;
    readonly output: string;
    readonly target: string;
  }[];
}

/** The key of the model of all tasks in the lab. */
export const ALL = 'all';
const FEW_TASK: TaskName = 'negate';
const SHOWN = [
  'translate English to Korean: I love you',
  'translate Korean to English: 나는 사과를 먹는다',
  'past: 나는 커피를 마신다',
  'negate: I love you',
  'question: 너는 커피를 마신다',
  'polite: 나는 너를 사랑해',
  'casual: 나는 커피를 마셨습니다',
];

export async function loadTask(lab: Lab): Promise<Task> {
  const sizes = lab.size(
    { train: 20_000, validation: 1000, test: 1000 },
    { train: 700, validation: 10, test: 70 },
  );
  const data = tasks({ seed: lab.seed, sizes });
  const texts = data.train.flatMap(({ source, target }) => [source, target]);
  const tokenizer = await bpeTokenizer(texts, lab.size(settings.vocabSize, 300));
  return { name: 't5-prefixes', data: { ...data, longer: [] as const }, ...tokenizer };
}

export async function run(lab: Lab): Promise<T5Result> {
  const task = await loadTask(lab);
  const { train, test } = task.data;
  const steps = lab.size({ all: 5000, single: 714, few: 400 }, { all: 20, single: 4, few: 4 });
  const probes = probesOf(test, lab.size(60, 5));
  const sources = [...test.map(({ source }) => source), ...probes.map(({ source }) => source), ...SHOWN];
  const outputs = await trained(lab, task, train, sources, { key: ALL, steps: steps.all });
  const testOutputs = outputs.slice(0, test.length);
  const scores: TaskScores[] = [];
  for (const name of taskNames) {
    scores.push({
      task: name,
      train: train.filter((pair) => pair.task === name).length,
      test: test.filter((pair) => pair.task === name).length,
      all: exactOf(test, testOutputs, (pair) => pair.task === name),
      single: await single(lab, task, name, steps.single),
    });
  }
  const few = await fewExamples(lab, task, steps);
  const weights = await trainedWeights(lab, ALL);
  return {
    settings,
    parameters: [...weights.values()].reduce((sum, { data }) => sum + data.length, 0),
    steps,
    sizes: { train: train.length, test: test.length },
    exact: exactOf(test, testOutputs),
    tasks: scores,
    prefixes: prefixUses(probes, outputs.slice(test.length, test.length + probes.length)),
    fewTask: FEW_TASK,
    few,
    examples: SHOWN.map((source, i) => ({ source, output: outputs[test.length + probes.length + i]! })),
    errors: taskNames.flatMap((name) =>
      test
        .map(({ source, target, task: of }, i) => ({ task: of, source, output: testOutputs[i]!, target }))
        .filter(({ task: of, output, target }) => of === name && output !== target)
        .slice(0, 2),
    ),
  };
}

/** The fraction of outputs that are equal to their targets, of some pairs. */
export function exactOf<P extends Pair>(
  pairs: readonly P[],
  outputs: readonly string[],
  isCounted: (pair: P) => boolean = () => true,
): number {
  const counted = pairs
    .map((pair, i) => ({ pair, output: outputs[i]! }))
    .filter(({ pair }) => isCounted(pair));
  return counted.filter(({ pair, output }) => output === pair.target).length / counted.length;
}

interface Task extends SequenceTask {
  readonly data: DataSet<TaskPair> & { readonly longer: readonly [] };
}

async function single(lab: Lab, task: Task, name: TaskName, steps: number): Promise<number> {
  const [train, test] = [withoutPrefix(task.data.train, name), withoutPrefix(task.data.test, name)];
  const key = `${name.replaceAll(' ', '-')}-${steps}`;
  const outputs = await trained(lab, task, train, sourcesOf(test), { key, steps });
  return exactOf(test, outputs);
}

const sourcesOf = (pairs: readonly Pair[]) => pairs.map(({ source }) => source);

/** Does a task with few examples learn from the others? */
async function fewExamples(lab: Lab, task: Task, steps: T5Result['steps']): Promise<FewScores[]> {
  const { train, test } = task.data;
  const isFew = (pair: TaskPair) => pair.task === FEW_TASK;
  const others = train.filter((pair) => !isFew(pair));
  const key = 'others';
  const score = (outputs: readonly string[]) => ({
    withOthers: exactOf(test, outputs, isFew),
    others: exactOf(test, outputs, (pair) => !isFew(pair)),
  });
  const scores: FewScores[] = [
    {
      examples: 0,
      alone: null,
      ...score(await trained(lab, task, others, sourcesOf(test), { key, steps: steps.all })),
    },
  ];
  const wanted = withoutPrefix(test, FEW_TASK);
  for (const examples of lab.size([50, 100, 200], [20])) {
    const few = new Choices(lab.seed, 7).shuffled(train.filter(isFew)).slice(0, examples);
    const alone = await trained(lab, task, withoutPrefix(few, FEW_TASK), sourcesOf(wanted), {
      key: `few-${examples}-alone`,
      steps: steps.few,
    });
    const mixture = mixed(
      few,
      new Choices(lab.seed, 8).shuffled(others).slice(0, Math.ceil(others.length / 6)),
    );
    const outputs = await trained(lab, task, mixture, sourcesOf(test), {
      key: `few-${examples}-others`,
      steps: steps.few,
      from: key,
    });
    scores.push({ examples, alone: exactOf(wanted, alone), ...score(outputs) });
  }
  return scores;
}

/** Both lists, the shorter one repeated until it is as long as the other. */
export function mixed<T>(few: readonly T[], many: readonly T[]): T[] {
  return [...many, ...many.map((_, i) => few[i % few.length]!)];
}
