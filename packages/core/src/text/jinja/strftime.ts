const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
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
const DAY = 86_400_000;

/** Python's `datetime.now().strftime(format)` with glibc in the C locale, in local time. An unknown code stays as it is. */
export function strftime(format: string, date: Date): string {
  return format.replace(
    /%([-_0^#]*)(\d{0,3})([a-zA-Z%+])/g,
    (all, flags: string, width: string, code: string) => {
      const value = field(code, date);
      if (value === undefined) return all;
      if (typeof value === 'string') {
        const shown = flags.includes('^')
          ? value.toUpperCase()
          : flags.includes('#')
            ? swap(code, value)
            : value;
        return width === '' ? shown : shown.padStart(Number(width), flags.includes('0') ? '0' : ' ');
      }
      const [number, size, filler] = value;
      const flag = [...flags].findLast((letter) => '-_0'.includes(letter));
      if (flag === '-') return String(number).padStart(Number(width || 0), filler);
      const fill = flag === '_' ? ' ' : flag === '0' ? '0' : filler;
      return String(number).padStart(width === '' ? size : Number(width), fill);
    },
  );
}

/** `#`: the other case. */
const swap = (code: string, value: string) => (code === 'p' ? value.toLowerCase() : value.toUpperCase());

/** A text, or a number with its width and what it is filled up with. */
function field(code: string, date: Date): string | [value: number, size: number, fill: string] | undefined {
  const year = date.getFullYear();
  const hour = date.getHours();
  const day = date.getDay();
  const twelve = hour % 12 || 12;
  const dayOfYear = Math.round(
    (Date.UTC(year, date.getMonth(), date.getDate()) - Date.UTC(year, 0, 1)) / DAY,
  );
  const two = (value: number, fill = '0'): [number, number, string] => [value, 2, fill];
  switch (code) {
    case 'a':
      return DAYS[day]!.slice(0, 3);
    case 'A':
      return DAYS[day]!;
    case 'b':
    case 'h':
      return MONTHS[date.getMonth()]!.slice(0, 3);
    case 'B':
      return MONTHS[date.getMonth()]!;
    case 'c':
      return strftime('%a %b %e %H:%M:%S %Y', date);
    case 'C':
      return two(Math.floor(year / 100));
    case 'd':
      return two(date.getDate());
    case 'D':
    case 'x':
      return strftime('%m/%d/%y', date);
    case 'e':
      return two(date.getDate(), ' ');
    case 'f':
      return String(date.getMilliseconds() * 1000).padStart(6, '0');
    case 'F':
      return strftime('%Y-%m-%d', date);
    case 'g':
      return two(isoWeek(date).year % 100);
    case 'G':
      return [isoWeek(date).year, 4, '0'];
    case 'H':
      return two(hour);
    case 'I':
      return two(twelve);
    case 'j':
      return [dayOfYear + 1, 3, '0'];
    case 'k':
      return two(hour, ' ');
    case 'l':
      return two(twelve, ' ');
    case 'm':
      return two(date.getMonth() + 1);
    case 'M':
      return two(date.getMinutes());
    case 'n':
      return '\n';
    case 'p':
      return hour < 12 ? 'AM' : 'PM';
    case 'P':
      return hour < 12 ? 'am' : 'pm';
    case 'r':
      return strftime('%I:%M:%S %p', date);
    case 'R':
      return strftime('%H:%M', date);
    case 's':
      return [Math.floor(date.getTime() / 1000), 1, '0'];
    case 'S':
      return two(date.getSeconds());
    case 't':
      return '\t';
    case 'T':
    case 'X':
      return strftime('%H:%M:%S', date);
    case 'u':
      return [day || 7, 1, '0'];
    case 'U':
      return two(Math.floor((dayOfYear + 7 - day) / 7));
    case 'V':
      return two(isoWeek(date).week);
    case 'w':
      return [day, 1, '0'];
    case 'W':
      return two(Math.floor((dayOfYear + 7 - ((day + 6) % 7)) / 7));
    case 'y':
      return two(year % 100);
    case 'Y':
      return [year, 1, '0'];
    // The time of transformers has no zone.
    case 'z':
    case 'Z':
      return '';
    case '%':
      return '%';
    default:
      return undefined;
  }
}

/** The week by ISO 8601: the one that has its Thursday decides the year. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY)) + 1 };
}
