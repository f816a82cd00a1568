import type { Experiment } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import type { SequenceTask } from '../../sequences/task.ts';
import type { ModelName } from './architectures.ts';
import { figures } from './figures.ts';
import type { SeedResult, SequenceToSequenceResult } from './result.ts';
import { models } from './shipped.ts';
import { tables } from './tables.ts';
import { createTask, settingsOf, type TaskName, type TaskSettings, taskNames } from './tasks.ts';
import { type ModelResult, trained } from './train.ts';

/** The models that are shipped, and shown with their alignments. */
const shown: SequenceToSequenceResult['shown'] = { dates: 'lstm-additive', grammar: 'lstm-additive' };

/** What is trained: first what the others are compared with. */
const plan: readonly (readonly [TaskName, readonly ModelName[]])[] = [
  ['dates', ['gru-additive', 'gru', 'transformer', 'gru-dot']],
  ['grammar-en-ko', ['gru-additive']],
  ['grammar-ko-en', ['gru-additive', 'lstm-additive']],
  ['reversal', ['gru', 'gru-additive', 'transformer', 'lstm', 'lstm-additive', 'rnn', 'rnn-additive']],
  ['grammar-en-ko', ['gru', 'transformer', 'lstm-additive']],
  ['dates', ['gru-general', 'lstm', 'lstm-additive', 'rnn', 'rnn-additive']],
  ['reversal', ['gru-dot', 'gru-general']],
];

/** Trained with two more seeds. */
const repeated: readonly (readonly [TaskName, readonly ModelName[]])[] = [
  ['dates', ['lstm-additive', 'gru-additive', 'gru', 'transformer']],
  ['grammar-en-ko', ['lstm-additive']],
  ['grammar-ko-en', ['lstm-additive']],
];

/** Alignments are kept of the models that are shown alone: they are most of the numbers. */
const withoutAlignments = (result: ModelResult): ModelResult => ({
  ...result,
  examples: result.examples.map(({ source, output }) => ({ source, output })),
});

async function run(lab: Lab): Promise<SequenceToSequenceResult> {
  const settings = {} as Record<TaskName, TaskSettings>;
  const tasks = {} as Record<TaskName, SequenceTask & { readonly name: TaskName }>;
  for (const name of taskNames) {
    settings[name] = settingsOf(lab, name);
    tasks[name] = { ...(await createTask(name, settings[name])), name };
  }
  const models: ModelResult[] = [];
  for (const [task, names] of plan) {
    for (const model of names) {
      const result = await trained(lab, tasks[task], model, lab.seed, settings[task]);
      models.push(model === shown.dates || model === shown.grammar ? result : withoutAlignments(result));
    }
  }
  const seeds: SeedResult[] = [];
  for (const [task, names] of repeated) {
    for (const model of names) {
      for (let seed = lab.seed; seed < lab.seed + 3; seed++) {
        const result = await trained(lab, tasks[task], model, seed, settings[task]);
        const { test, longestThird, yearWeight, loveWeight } = result;
        seeds.push({
          task,
          model,
          seed,
          exact: test.exact,
          longestThird: longestThird.exact,
          ...(yearWeight !== undefined && { yearWeight }),
          ...(loveWeight !== undefined && { loveWeight }),
        });
      }
    }
  }
  return { models, seeds, settings, shown };
}

export const sequenceToSequence: Experiment<SequenceToSequenceResult> = {
  name: 'sequence-to-sequence',
  about: 'a fixed vector against attention against a transformer, by length',
  run,
  tables,
  figures,
  models,
};
