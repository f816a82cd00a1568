import type { Experiment } from '../../lab/experiment.ts';
import type { Lab } from '../../lab/lab.ts';
import type { RecurrentArchitecture } from '../../sequences/architectures.ts';
import { LONGEST_SHORT_DATE, shortDates } from '../../sequences/short-dates.ts';
import { characterTokenizer } from '../../sequences/tokenizers.ts';
import { figures, tables } from './report.ts';
import type { ModeRun, TeacherForcingResult } from './result.ts';
import { type InputMode, inputModes } from './schedules.ts';
import { trainMode } from './train.ts';

const architecture = (size: number): RecurrentArchitecture => ({
  kind: 'recurrent',
  cell: 'gru',
  attention: 'additive',
  embeddingDim: size,
  hiddenSize: size,
  bidirectional: true,
});

async function run(lab: Lab): Promise<TeacherForcingResult> {
  const sizes = lab.size(
    { train: 10_000, validation: 500, test: 2000 },
    { train: 400, validation: 30, test: 60 },
  );
  const data = shortDates(lab.seed, sizes);
  const tokenizer = await characterTokenizer(data.train.flatMap(({ source, target }) => [source, target]));
  const task = { name: 'dates', data, ...tokenizer };
  const model = architecture(lab.size(64, 16));
  const [steps, batchSize] = [lab.size(300, 4), lab.size(32, 8)];
  const seeds = Array.from({ length: lab.size(1, 1) }, (_, i) => lab.seed + i);
  const runs = new Map<InputMode, ModeRun[]>(inputModes.map((mode) => [mode, []]));
  for (const seed of seeds) {
    for (const mode of inputModes) {
      const training = {
        mode,
        architecture: model,
        seed,
        steps,
        batchSize,
        learningRate: 0.01,
        evaluateEvery: lab.size(30, 2),
      };
      const unit = await lab.unit(
        `${mode}-${seed}`,
        { ...training, architecture: { ...model }, sizes },
        async () => ({
          seed,
          ...(await trainMode(task, training)),
        }),
      );
      runs.get(mode)!.push(unit);
    }
  }
  return {
    architecture: model,
    steps,
    batchSize,
    trainPairs: data.train.length,
    testPairs: data.test.length,
    longest: LONGEST_SHORT_DATE,
    modes: [...runs].map(([mode, all]) => ({ mode, runs: all })),
  };
}

/** What a decoder should read while it is trained: right tokens, its own, or a mixture. */
export const teacherForcing: Experiment<TeacherForcingResult> = {
  name: 'teacher-forcing',
  about: 'teacher forcing, free running and scheduled sampling; what errors do to the tokens after them',
  run,
  tables,
  figures,
};
