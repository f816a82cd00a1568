import type { Experiment } from '../lab/experiment.ts';
import { characterGpt } from './character-gpt/index.ts';
import { embeddings } from './embeddings/index.ts';

/** All experiments, in the order of the documentation. */
// biome-ignore lint/suspicious/noExplicitAny: each has a result type of its own
export const experiments: readonly Experiment<any>[] = [characterGpt, embeddings];
