import { choiceField, type Field, type ValuesOf } from '../../app/url-schema.ts';
import { CONTENDER_IDS, type ContenderId, WORKS } from '../../engine/benchmark/contenders.ts';

/** How long each contender is timed. */
export const LENGTHS = ['quick', 'thorough'] as const;
export type RunLength = (typeof LENGTHS)[number];

/** Milliseconds for each contender. */
export const BUDGETS: Readonly<Record<RunLength, number>> = { quick: 400, thorough: 2000 };

/** `relaxed,simd,q8`, in the order of the page. */
const contendersField: Field<readonly ContenderId[]> = {
  key: 'c',
  default: ['relaxed', 'simd', 'q8', 'q4'],
  parse(text) {
    const names = text === '' ? [] : text.split(',');
    const known = CONTENDER_IDS.filter((id) => names.includes(id));
    return known.length === names.length ? known : undefined;
  },
  print: (ids) => CONTENDER_IDS.filter((id) => ids.includes(id)).join(','),
};

/** What the address of Benchmark holds: what is measured. Times are those of one machine and are not in it. */
export const schema = {
  work: choiceField('w', WORKS, 'product'),
  contenders: contendersField,
  length: choiceField('n', LENGTHS, 'quick'),
};

export type BenchmarkValues = ValuesOf<typeof schema>;
