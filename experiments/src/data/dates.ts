import { Choices } from './random.ts';
import { distinct, fill, type Pair, type SequenceData, type Side, type Sizes, sideOf } from './split.ts';

/**
 * English dates and times with their Korean forms, by `Intl.DateTimeFormat`: real locale data (Unicode CLDR) in which the order of the parts
 * turns around. Every pair is one moment in one style, in both languages:
 *
 *     Saturday, November 28, 2026 at 9:04 PM  →  2026년 11월 28일 토요일 오후 9:04
 *
 * No text has two forms: `May 7, 1995` is both a long and a medium date, so medium dates have other months.
 *
 * Every style has year, month and day, so that the sides can be divided by the date: no date of the test is trained on in any style. Dates
 * are from 1900 to 2099. A sequence is several of them, joined by `; `, each in a style of its own.
 */
export interface DateOptions {
  readonly seed?: number;
  readonly sizes?: Sizes;
  /** Dates per example, from 1 to this. Default 1. */
  readonly maxDates?: number;
  /** Dates per example of `longer`: from `maxDates + 1` to this. Default: three times `maxDates`. */
  readonly longest?: number;
  /** How many examples `longer` has. Default 0. */
  readonly longer?: number;
}

interface Style {
  readonly locale: string;
  readonly options: Intl.DateTimeFormatOptions;
}

const words = ['full', 'long', 'medium'] as const;
const day = { year: 'numeric', day: 'numeric' } as const;

/** Numeric dates are American only: 03/04/2026 is another day in Britain. */
export const styles: readonly Style[] = [
  ...['en-US', 'en-GB'].flatMap((locale): Style[] => [
    ...words.map((dateStyle) => ({ locale, options: { dateStyle } })),
    ...words.map((dateStyle) => ({ locale, options: { dateStyle, timeStyle: 'short' as const } })),
    ...words.map((dateStyle) => ({ locale, options: { dateStyle, timeStyle: 'medium' as const } })),
    { locale, options: { ...day, month: 'short', weekday: 'short' } },
    { locale, options: { ...day, month: 'long', era: 'long' } },
  ]),
  { locale: 'en-US', options: { dateStyle: 'short' } },
  { locale: 'en-US', options: { dateStyle: 'short', timeStyle: 'short' } },
  { locale: 'en-US', options: { ...day, month: 'numeric' } },
  { locale: 'en-US', options: { year: 'numeric', month: '2-digit', day: '2-digit' } },
];

const formats = styles.map(({ locale, options }) => {
  const format = (language: string) => new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' });
  return { english: format(locale), korean: format('ko-KR') };
});

/** Node's versions differ in which spaces they put (U+202F before AM and PM since ICU 72). */
const plainSpaces = (text: string) => text.replace(/[\u00a0\u2009\u202f]/g, ' ');

/** A moment in a style, in both languages. `style` is an index of `styles`. */
export function datePair(moment: Date, style: number): Pair {
  const { english, korean } = formats[style]!;
  return { source: plainSpaces(english.format(moment)), target: plainSpaces(korean.format(moment)) };
}

const DAY = 86_400_000;
const FIRST = Date.UTC(1900, 0, 1) / DAY;
const LAST = Date.UTC(2099, 11, 31) / DAY;

/** The side of a day: by the hash of its ISO form without the century, which the short styles leave out. */
export const sideOfDate = (moment: Date): Side => sideOf(moment.toISOString().slice(2, 10));

function drawMoment(choices: Choices, side: Side): Date {
  for (;;) {
    const moment = new Date(choices.integer(FIRST, LAST) * DAY + choices.integer(0, 24 * 3600 - 1) * 1000);
    if (sideOfDate(moment) === side) return moment;
  }
}

/** Whether the abbreviation of the month is its whole name, in a style that differs from the long one by nothing else. */
const isAmbiguous = (moment: Date, style: number) =>
  styles[style]!.options.dateStyle === 'medium' && moment.getUTCMonth() === 4;

function drawPair(choices: Choices, side: Side, count: number): Pair {
  const pairs = Array.from({ length: count }, () => {
    const style = choices.integer(0, styles.length - 1);
    let moment = drawMoment(choices, side);
    while (isAmbiguous(moment, style)) moment = drawMoment(choices, side);
    return datePair(moment, style);
  });
  return {
    source: pairs.map(({ source }) => source).join('; '),
    target: pairs.map(({ target }) => target).join('; '),
  };
}

/** Dates to translate. See the head of this file. */
export function dates({
  seed = 0,
  sizes = { train: 20_000, validation: 1000, test: 1000 },
  maxDates = 1,
  longest = 3 * maxDates,
  longer = 0,
}: DateOptions = {}): SequenceData {
  const choices = new Choices(seed);
  const sourceOf = ({ source }: Pair) => source;
  const data = fill(sizes, (side) => drawPair(choices, side, choices.integer(1, maxDates)), sourceOf);
  const drawLonger = () => drawPair(choices, 'test', choices.integer(maxDates + 1, longest));
  return { ...data, longer: [...distinct(longer, drawLonger, sourceOf)] };
}
