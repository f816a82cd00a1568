import type { Experiment } from '../lab/experiment.ts';
import { englishKorean } from './english-korean/index.ts';

/** All experiments, in the order of the documentation. */
// biome-ignore lint/suspicious/noExplicitAny: each has a result type of its own
export const experiments: readonly Experiment<any>[] = [englishKorean];
