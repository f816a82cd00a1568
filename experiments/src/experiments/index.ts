import type { Experiment } from '../lab/experiment.ts';
import { englishKorean } from './english-korean/index.ts';
import { linearRegression } from './linear-regression/index.ts';
import { phonemesExperiment } from './phonemes/index.ts';
import { t5Prefixes } from './t5-prefixes/index.ts';

/** All experiments, in the order of the documentation. */
// biome-ignore lint/suspicious/noExplicitAny: each has a result type of its own
export const experiments: readonly Experiment<any>[] = [
  linearRegression,
  phonemesExperiment,
  t5Prefixes,
  englishKorean,
];
