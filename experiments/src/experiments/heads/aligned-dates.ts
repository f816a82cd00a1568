import { sideOfDate, styles } from '../../data/dates.ts';
import type { Choices } from '../../data/random.ts';
import type { Pair } from '../../data/split.ts';
import { isShort } from '../../sequences/short-dates.ts';

/** A date in both languages, with the source characters that each target character says again. */
export interface AlignedDate extends Pair {
  /**
   * For each target character the source characters of the same part (year, month, day, weekday, hour, minute, second, half of the day); null for
   * characters that no part of the source says: 년, 일, spaces and punctuation.
   */
  readonly alignment: readonly (readonly number[] | null)[];
}

/** Types of parts that are not said in both languages. */
const unaligned: readonly Intl.DateTimeFormatPartTypes[] = ['literal', 'era', 'timeZoneName'];

/** A moment in a style, an index of `styles`, with the alignment that the parts of `Intl.DateTimeFormat` give. */
export function alignedDate(moment: Date, style: number): AlignedDate {
  const { locale, options } = styles[style]!;
  const partsOf = (language: string) =>
    new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' }).formatToParts(moment);
  const places = new Map<Intl.DateTimeFormatPartTypes, number[]>();
  let source = '';
  for (const { type, value } of partsOf(locale)) {
    if (!unaligned.includes(type)) places.set(type, range(source.length, source.length + value.length));
    source += plainSpaces(value);
  }
  let target = '';
  const alignment: (readonly number[] | null)[] = [];
  for (const { type, value } of partsOf('ko-KR')) {
    target += plainSpaces(value);
    const found = unaligned.includes(type) ? null : (places.get(type) ?? null);
    alignment.push(...Array.from(value, () => found));
  }
  return { source, target, alignment };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** As in the data set: versions of Node differ in their spaces. */
const plainSpaces = (text: string) => text.replace(/[\u00a0\u2009\u202f]/g, ' ');

/** Short dates of the test side, each in a random style. */
export function drawAlignedDates(choices: Choices, count: number): AlignedDate[] {
  const first = Date.UTC(1900, 0, 1);
  const dates: AlignedDate[] = [];
  while (dates.length < count) {
    const day = choices.integer(0, 73_048);
    const moment = new Date(first + day * 86_400_000 + choices.integer(0, 24 * 3600 - 1) * 1000);
    const style = choices.integer(0, styles.length - 1);
    const date = alignedDate(moment, style);
    if (sideOfDate(moment) === 'test' && isShort(date)) dates.push(date);
  }
  return dates;
}
