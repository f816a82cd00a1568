import { strings } from '../../data/strings.ts';
import type { Experiment } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import { copyScores, tokensOf, VOCAB_SIZE } from './copying.ts';
import { type PositionKind, positionKinds } from './model.ts';
import { figures, tables } from './report.ts';
import type { PositionRun, PositionsResult } from './result.ts';
import { trainCopier } from './train.ts';

async function run(lab: Lab): Promise<PositionsResult> {
  const greatest = lab.size(12, 3);
  const trained = [1, greatest] as const;
  const longest = 3 * greatest;
  const sizes = lab.size(
    { train: 20_000, validation: 200, test: 600 },
    { train: 200, validation: 20, test: 20 },
  );
  const data = strings({
    task: 'copy',
    seed: lab.seed,
    sizes,
    lengths: trained,
    longest,
    longer: lab.size(1200, 20),
  });
  const shape = { width: 64, heads: 4, layers: 2, vocabSize: VOCAB_SIZE, maxPositions: tokensOf(longest) };
  const [steps, batchSize] = [lab.size(1000, 4), 64];
  const seeds = Array.from({ length: lab.size(1, 1) }, (_, i) => lab.seed + i);
  const runs = new Map<PositionKind, PositionRun[]>(positionKinds.map((kind) => [kind, []]));
  for (const seed of seeds) {
    for (const kind of positionKinds) {
      const training = {
        sizes: { ...shape, positions: kind },
        seed,
        steps,
        batchSize,
        learningRate: 0.003,
        warmupSteps: lab.size(50, 1),
        evaluateEvery: lab.size(100, 2),
      };
      const unit = await lab.unit(
        `${kind}-${seed}`,
        { ...training, trained, longest, strings: sizes },
        async () => {
          const { parameters, progress, test, longer } = await trainCopier(data, training);
          return { seed, parameters, progress, byLength: copyScores([...test, ...longer], greatest / 3) };
        },
      );
      runs.get(kind)!.push(unit);
    }
  }
  const { width, heads, layers } = shape;
  return {
    ...{ width, heads, layers, steps, batchSize, trainStrings: sizes.train, trained, longest },
    kinds: [...runs].map(([kind, all]) => ({ kind, runs: all })),
  };
}

/** How a decoder is told positions, and whether that works for longer texts than those of the training. */
export const positions: Experiment<PositionsResult> = {
  name: 'positions',
  about: 'no, learned, sinusoidal, rotary, ALiBi and T5 positions; longer strings than in training',
  run,
  tables,
  figures,
};
