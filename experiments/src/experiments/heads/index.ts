import { readFileSync, writeFileSync } from 'node:fs';
import { Choices } from '../../data/random.ts';
import type { Experiment } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import { LONGEST_SHORT_DATE, shortDates } from '../../sequences/short-dates.ts';
import { encodePairs, type SequenceTask } from '../../sequences/task.ts';
import { characterTokenizer } from '../../sequences/tokenizers.ts';
import { alignedDate, drawAlignedDates } from './aligned-dates.ts';
import { mapsOf, profileHeads } from './profiles.ts';
import {
  ablationImportance,
  byImportance,
  gradientImportance,
  headsOf,
  type PruningPoint,
  pruneInOrder,
  scorePairs,
} from './pruning.ts';
import { figures, tables } from './report.ts';
import type { Counts, HeadsModel, HeadsResult } from './result.ts';
import { exemplars } from './roles.ts';
import { loadTransformer, type TrainedTransformer, trainTransformer } from './train.ts';

/** Sat, Nov 17, 2029, a day of the test side. */
const shownDate = alignedDate(new Date(Date.UTC(2029, 10, 17)), 9);

async function run(lab: Lab): Promise<HeadsResult> {
  const sizes = lab.size(
    { train: 20_000, validation: 500, test: 1500 },
    { train: 400, validation: 20, test: 20 },
  );
  const data = shortDates(lab.seed, sizes);
  const tokenizer = await characterTokenizer(data.train.flatMap(({ source, target }) => [source, target]));
  const task: SequenceTask = { name: 'dates', data, ...tokenizer };
  const [width, layers] = [64, 2];
  const [steps, batchSize] = [lab.size(600, 3), lab.size(32, 8)];
  const counts = {
    profiledDates: lab.size(60, 2),
    prunedPairs: lab.size(100, 2),
    ablationPairs: lab.size(40, 1),
    randomOrders: lab.size(3, 1),
  };
  const models: HeadsModel[] = [];
  for (const heads of lab.size([1, 2, 4, 8], [1, 2])) {
    const training = {
      architecture: {
        kind: 'transformer',
        ...{ width, heads, feedForward: 128, encoderLayers: layers, decoderLayers: layers },
      },
      ...{ seed: lab.seed, steps, batchSize, learningRate: 0.003, warmupSteps: lab.size(100, 1) },
    } as const;
    const path = lab.path(`heads-${heads}.safetensors`);
    const settings = { ...training, sizes };
    const trained = await lab.unit(`train-${heads}`, settings, async () => {
      const { file, ...rest } = await trainTransformer(task, training);
      writeFileSync(path, file);
      return rest;
    });
    const measured = await lab.unit(`measure-${heads}`, { ...settings, counts }, () =>
      measure(lab, task, { ...trained, file: readFileSync(path) }, { layers, heads }, counts),
    );
    const { parameters, losses } = trained;
    models.push({ heads, parameters, losses, ...measured });
  }
  const { profiledDates, prunedPairs } = counts;
  return {
    ...{ width, layers, steps, batchSize, trainPairs: data.train.length, testPairs: data.test.length },
    longest: LONGEST_SHORT_DATE,
    ...{ profiledDates, prunedPairs, models },
  };
}

async function measure(
  lab: Lab,
  task: SequenceTask,
  trained: TrainedTransformer,
  size: { readonly layers: number; readonly heads: number },
  { profiledDates, prunedPairs, ablationPairs, randomOrders }: Counts,
): Promise<Pick<HeadsModel, 'test' | 'profiles' | 'pruning' | 'maps'>> {
  const { validation, test } = task.data;
  const model = await loadTransformer(task, trained);
  const choices = new Choices(lab.seed, 1);
  const profiles = await profileHeads(model, drawAlignedDates(choices, profiledDates), size);
  const all = headsOf(size.layers, size.heads);
  // Thirteen points, from none to all of the heads; as many as there are heads if these are fewer.
  const stride = Math.max(1, all.length / 12);
  const numbers = Array.from({ length: all.length / stride + 1 }, (_, i) => i * stride);
  const pairs = test.slice(0, prunedPairs);
  const inOrder = (order: typeof all) => pruneInOrder(model, pairs, order, numbers);
  const examples = encodePairs(task, validation.slice(0, prunedPairs));
  const byGradient = await gradientImportance(trained.config, trained.file, examples, size);
  const byAblation = await ablationImportance(model, validation.slice(0, ablationPairs), size);
  const random: (readonly PruningPoint[])[] = [];
  for (let i = 0; i < randomOrders; i++) random.push(await inOrder(choices.shuffled(all)));
  const maps = await mapsOf(model, shownDate, size);
  const shown = exemplars(profiles).map(({ head }) => head);
  const result = {
    test: await scorePairs(model, test),
    profiles,
    pruning: {
      gradient: await inOrder(byImportance(all, byGradient)),
      ablation: await inOrder(byImportance(all, byAblation)),
      random,
    },
    maps: {
      ...maps,
      heads: maps.heads.filter((map) =>
        shown.some(({ site, layer, head }) => site === map.site && layer === map.layer && head === map.head),
      ),
    },
  };
  await model.dispose();
  return result;
}

/** What heads attend to, how many are needed, and how many can be removed. */
export const heads: Experiment<HeadsResult> = {
  name: 'heads',
  about: '1 to 8 heads of equal width; what each attends to; pruning by importance',
  run,
  tables,
  figures,
};
