import type { Experiment } from '../../lab/experiment.ts';
import { figures } from './figures.ts';
import { type EnglishKoreanResult, run } from './run.ts';
import { shipped } from './ship.ts';
import { tables } from './tables.ts';

export const englishKorean: Experiment<EnglishKoreanResult> = {
  name: 'english-korean',
  about: 'real English messages into Korean, beside a copy and the nearest neighbour',
  run,
  tables,
  figures,
  models: shipped,
};
