import type { Experiment } from '../../lab/experiment.ts';
import { run, type T5Result } from './run.ts';

export const t5Prefixes: Experiment<T5Result> = {
  name: 't5-prefixes',
  about: 'a T5 of seven tasks by prefix, beside one model per task',
  run,
  tables: (result) => JSON.stringify(result, null, 1),
};
