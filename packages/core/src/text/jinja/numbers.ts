import { JinjaError } from './error.ts';
import { strip } from './texts.ts';
import { numberOf, type Value } from './values.ts';

/** Python's `float(value)`; undefined where it fails. */
export function parseFloatText(value: Value): number | undefined {
  if (typeof value !== 'string') return numberOf(value);
  const body = strip(value, null, true, true);
  if (/^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/i.test(body))
    return Number(body.replaceAll('_', ''));
  const [, sign, word] = /^([-+]?)(inf|infinity|nan)$/i.exec(body) ?? [];
  if (word === undefined) return undefined;
  return word.toLowerCase() === 'nan' ? Number.NaN : sign === '-' ? -Infinity : Infinity;
}

const DIGITS: Readonly<Record<number, RegExp>> = {
  2: /^([-+]?)(?:0b_?)?([01]+(?:_[01]+)*)$/i,
  8: /^([-+]?)(?:0o_?)?([0-7]+(?:_[0-7]+)*)$/i,
  10: /^([-+]?)()(\d+(?:_\d+)*)$/,
  16: /^([-+]?)(?:0x_?)?([\da-f]+(?:_[\da-f]+)*)$/i,
};

/** Python's `int(value)`, else `int(float(value))`; undefined where both fail. */
export function parseIntegerText(value: Value, base: number): number | undefined {
  if (typeof value === 'string') {
    const pattern = DIGITS[base];
    if (!pattern) throw new JinjaError(`int: base ${base} is not supported`);
    const match = pattern.exec(strip(value, null, true, true));
    if (match) {
      const number = Number.parseInt(match.at(-1)!.replaceAll('_', ''), base);
      return exact(match[1] === '-' ? -number : number);
    }
  }
  const number = parseFloatText(value);
  return number === undefined || !Number.isFinite(number) ? undefined : exact(Math.trunc(number));
}

function exact(value: number): number {
  if (!Number.isSafeInteger(value)) throw new JinjaError('integers beyond 2^53 are not supported');
  return value === 0 ? 0 : value;
}
