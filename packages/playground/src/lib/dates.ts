/**
 * English dates in the styles that the models `dates-…` were trained on, with their Korean forms. Intl is not used: its texts differ between
 * browsers, and these must be the ones of the training data.
 */

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const KOREAN_WEEKDAYS = ['일', '월', '화', '수', '목', '금', '토'];

/** How a date is written, from short to long. Numbers are `11/28/2029`, medium `Nov 28, 2029`, long `November 28, 2029`, full with the weekday. */
export const DATE_STYLES = ['number', 'medium', 'long', 'full', 'fullTime', 'fullSeconds'] as const;
export type DateStyle = (typeof DATE_STYLES)[number];

/** A text and its translation. */
export interface DatePair {
  readonly source: string;
  readonly target: string;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** A moment, by its parts in UTC, in both languages. */
export function datePair(moment: Date, style: DateStyle): DatePair {
  const year = moment.getUTCFullYear();
  const month = moment.getUTCMonth();
  const day = moment.getUTCDate();
  const name = MONTHS[month] ?? '';
  if (style === 'number') {
    return { source: `${month + 1}/${day}/${year}`, target: `${year}. ${month + 1}. ${day}.` };
  }
  if (style === 'medium') {
    return { source: `${name.slice(0, 3)} ${day}, ${year}`, target: `${year}. ${month + 1}. ${day}.` };
  }
  const long = { source: `${name} ${day}, ${year}`, target: `${year}년 ${month + 1}월 ${day}일` };
  if (style === 'long') return long;
  const weekday = moment.getUTCDay();
  const full = {
    source: `${WEEKDAYS[weekday]}, ${long.source}`,
    target: `${long.target} ${KOREAN_WEEKDAYS[weekday]}요일`,
  };
  if (style === 'full') return full;
  const hours = moment.getUTCHours();
  const clock = `${hours % 12 || 12}:${two(moment.getUTCMinutes())}${style === 'fullSeconds' ? `:${two(moment.getUTCSeconds())}` : ''}`;
  return {
    source: `${full.source} at ${clock} ${hours < 12 ? 'AM' : 'PM'}`,
    target: `${full.target} ${hours < 12 ? '오전' : '오후'} ${clock}`,
  };
}

/** May is its own abbreviation: `May 7, 1995` is long, not medium. */
const isAmbiguous = (moment: Date, style: DateStyle): boolean =>
  style === 'medium' && moment.getUTCMonth() === 4;

const PATTERN =
  /^(?:(?:[A-Z][a-z]+, )?(?<name>[A-Z][a-z]{2,8}) (?<day>\d{1,2}), (?<year>\d{4})(?: at (?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2}))? (?<half>[AP])M)?|(?<m>\d{1,2})\/(?<d>\d{1,2})\/(?<y>\d{4}))$/;

function parseMoment(text: string): Date | undefined {
  const parts = PATTERN.exec(text)?.groups;
  if (!parts) return undefined;
  const { name, half, hour = '0' } = parts;
  const month =
    name === undefined
      ? Number(parts.m) - 1
      : MONTHS.findIndex((one) => one === name || one.slice(0, 3) === name);
  const hours = half === undefined ? 0 : (Number(hour) % 12) + (half === 'P' ? 12 : 0);
  return new Date(
    Date.UTC(
      Number(parts.year ?? parts.y),
      month,
      Number(parts.day ?? parts.d),
      hours,
      Number(parts.minute ?? 0),
      Number(parts.second ?? 0),
    ),
  );
}

function translateOne(source: string): string | undefined {
  const moment = parseMoment(source);
  if (!moment || Number.isNaN(moment.getTime())) return undefined;
  // Writing it again finds dates that do not exist, wrong weekdays and other styles.
  const style = DATE_STYLES.find(
    (one) => !isAmbiguous(moment, one) && datePair(moment, one).source === source,
  );
  return style && datePair(moment, style).target;
}

/** The right Korean form of one date or several, joined by `; `; undefined for a text that is none of these styles. */
export function translateDate(text: string): string | undefined {
  const all = text.trim().split('; ').map(translateOne);
  return all.includes(undefined) ? undefined : all.join('; ');
}

/** Dates by a seed, in turn in all styles and in pairs of them, from short to long. */
export function drawDates(count: number, seed: number): DatePair[] {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    // Numerical Recipes' linear congruential generator: the high bits are good enough to draw dates.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const draw = (style: DateStyle): DatePair => {
    for (;;) {
      const moment = new Date(
        Date.UTC(1950 + below(100), below(12), 1 + below(28), below(24), below(60), below(60)),
      );
      if (!isAmbiguous(moment, style)) return datePair(moment, style);
    }
  };
  return Array.from({ length: count }, (_, i) => {
    const kind = i % (DATE_STYLES.length + 2);
    if (kind < DATE_STYLES.length) return draw(DATE_STYLES[kind] ?? 'long');
    const pair = [
      draw(kind === DATE_STYLES.length ? 'long' : 'full'),
      draw(kind === DATE_STYLES.length ? 'medium' : 'long'),
    ];
    return {
      source: pair.map(({ source }) => source).join('; '),
      target: pair.map(({ target }) => target).join('; '),
    };
  });
}
