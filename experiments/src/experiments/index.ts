import type { Experiment } from '../lab/experiment.ts';
import { bertTransfer } from './bert-transfer/index.ts';

/** All experiments, in the order of the documentation. */
// biome-ignore lint/suspicious/noExplicitAny: each has a result type of its own
export const experiments: readonly Experiment<any>[] = [bertTransfer];
