import type { Experiment } from '../../lab/experiment.ts';
import { figures } from './figures.ts';
import { run, type T5Result } from './run.ts';
import { shipped } from './ship.ts';
import { tables } from './tables.ts';

export const t5Prefixes: Experiment<T5Result> = {
  name: 't5-prefixes',
  about: 'a T5 of seven tasks by prefix, beside one model per task',
  run,
  tables,
  figures,
  models: shipped,
};
