import { dates } from '../data/dates.ts';
import type { Pair, SequenceData, Sizes } from '../data/split.ts';

/** Most characters of a source in {@link shortDates}. */
export const LONGEST_SHORT_DATE = 18;

/** Whether a pair is one of {@link shortDates}. */
export const isShort = ({ source }: Pair): boolean => source.length <= LONGEST_SHORT_DATE;

/** The dates of at most 18 characters among as many as `sizes` says: about two in five. Models learn them in a few hundred steps. */
export function shortDates(seed: number, sizes: Sizes): SequenceData {
  const { train, validation, test } = dates({ seed, sizes });
  return {
    train: train.filter(isShort),
    validation: validation.filter(isShort),
    test: test.filter(isShort),
    longer: [],
  };
}
