import type { Experiment } from '../../lab/experiment.ts';
import { type EnglishKoreanResult, run } from './run.ts';

export const englishKorean: Experiment<EnglishKoreanResult> = {
  name: 'english-korean',
  about: 'real English messages into Korean, beside a copy and the nearest neighbour',
  run,
  tables: (result) => JSON.stringify({ ...result, outputs: result.outputs.slice(0, 5) }, null, 1),
};
