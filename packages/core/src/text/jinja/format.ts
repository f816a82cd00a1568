import { JinjaError } from './error.ts';
import { formatFloat, toFixed } from './floats.ts';
import type { Limits } from './limits.ts';
import {
  type Args,
  codePoints,
  Dict,
  Float,
  numberOf,
  repr,
  Tuple,
  toText,
  typeName,
  type Value,
} from './values.ts';

interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

/** Python's `text % values`. */
export function formatPercent(text: string, values: Value, limits: Limits): string {
  const list = values instanceof Tuple ? values.items : [values];
  let next = 0;
  let named = false;
  const result = text.replace(
    /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([\s\S]?)/g,
    (
      all,
      name: string | undefined,
      flags: string,
      width = '',
      precision: string | undefined,
      type: string,
    ) => {
      if (type === '%' && all === '%%') return '%';
      if (width === '*' || precision === '*') throw new JinjaError(`the format ${all} is not supported`);
      let value: Value | undefined;
      if (name !== undefined) {
        named = true;
        if (!(values instanceof Dict)) throw new JinjaError('format requires a mapping');
        value = values.get(name);
        if (value === undefined) throw new JinjaError(`KeyError: '${name}'`);
      } else {
        if (next >= list.length) throw new JinjaError('not enough arguments for format string');
        value = list[next++]!;
      }
      const spec: Spec = {
        fill: flags.includes('0') && !flags.includes('-') && !'sra'.includes(type) ? '0' : ' ',
        align: flags.includes('-') ? '<' : flags.includes('0') && !'sra'.includes(type) ? '=' : '>',
        sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-',
        alternate: flags.includes('#'),
        width: Number(width || 0),
        grouping: '',
        precision: precision === undefined ? undefined : Number(precision),
        type: type === 'i' || type === 'u' ? 'd' : type,
      };
      limits.length(spec.width + (spec.precision ?? 0));
      if (type === 's' || type === 'r') {
        const shown = type === 's' ? toText(value) : repr(value);
        return pad(spec.precision === undefined ? shown : [...shown].slice(0, spec.precision).join(''), spec);
      }
      const number = numberOf(value);
      if (number === undefined)
        throw new JinjaError(`%${type} format: a number is required, not ${typeName(value)}`);
      const isInteger = 'dxXo'.includes(spec.type);
      return formatNumber(isInteger ? Math.trunc(number) : number, isInteger, spec, all);
    },
  );
  if (next < list.length && !named && !(values instanceof Dict || Array.isArray(values)))
    throw new JinjaError('not all arguments converted during string formatting');
  return result;
}

/** Python's `text.format(…)`; `lookUp` finds `name`, `0` and what follows with `.` and `[]`. */
export function formatBraces(
  text: string,
  args: Args,
  lookUp: (value: Value, name: string, isItem: boolean) => Value,
): string {
  let next = 0;
  return text.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (all, field: string | undefined) => {
    if (all === '{{' || all === '}}') return all[0]!;
    if (field === undefined) throw new JinjaError(`format: single or nested '${all}' is not supported`);
    const [, path, conversion, spec = ''] = /^([^!:]*)(?:!(.))?(?::([\s\S]*))?$/.exec(field) ?? [];
    if (path === undefined) throw new JinjaError(`format: ${all} is not supported`);
    const [, first, rest] = /^([^.[]*)([\s\S]*)$/.exec(path)!;
    const name = first === '' ? String(next++) : first!;
    let value = /^\d+$/.test(name) ? args.positional[Number(name)] : args.named.get(name);
    if (value === undefined) throw new JinjaError(`format: there is no argument ${name}`);
    for (const [, attribute, item] of rest!.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g))
      value = lookUp(value, attribute ?? item!, attribute === undefined);
    if (conversion === 'r') return formatValue(repr(value), spec);
    if (conversion !== undefined && conversion !== 's')
      throw new JinjaError(`format: !${conversion} is not supported`);
    return formatValue(conversion === 's' ? toText(value) : value, spec);
  });
}

function formatValue(value: Value, text: string): string {
  const number = numberOf(value);
  if (text === '') return toText(value);
  const match = /^(?:([\s\S])?([<>=^]))?([-+ ])?(#)?(0)?(\d{1,6})?([,_])?(?:\.(\d{1,3}))?([a-zA-Z%])?$/u.exec(
    text,
  );
  if (!match) throw new JinjaError(`format: the specification ${JSON.stringify(text)} is not supported`);
  const [, fill, align, sign, alternate, zero, width, grouping, precision, type] = match;
  const isNumber = number !== undefined && typeof value !== 'boolean';
  const spec: Spec = {
    fill: fill ?? (zero ? '0' : ' '),
    align: align ?? (zero && isNumber ? '=' : isNumber ? '>' : '<'),
    sign: sign ?? '-',
    alternate: alternate !== undefined,
    width: Number(width ?? 0),
    grouping: grouping ?? '',
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? (typeof value === 'string' ? 's' : value instanceof Float ? '' : 'd'),
  };
  if (spec.type === 's') {
    if (typeof value !== 'string') throw new JinjaError(`unknown format code 's' for a ${typeName(value)}`);
    return pad(spec.precision === undefined ? value : [...value].slice(0, spec.precision).join(''), spec);
  }
  if (number === undefined || (value instanceof Float && 'dxXob'.includes(spec.type) && spec.type !== ''))
    throw new JinjaError(`unknown format code '${spec.type}' for a ${typeName(value)}`);
  return formatNumber(number, !(value instanceof Float), spec, text);
}

function formatNumber(value: number, isInteger: boolean, spec: Spec, shown: string): string {
  const size = Math.abs(value);
  const negative = value < 0 || Object.is(value, -0);
  let body: string;
  switch (spec.type) {
    case 'd':
      body = String(size).padStart(spec.precision ?? 0, '0');
      break;
    case 'x':
    case 'X':
    case 'o':
    case 'b': {
      body = size.toString({ x: 16, X: 16, o: 8, b: 2 }[spec.type]);
      if (spec.type === 'X') body = body.toUpperCase();
      if (spec.alternate) body = `0${spec.type}${body}`;
      break;
    }
    case 'f':
    case 'F':
      body = toFixed(size, spec.precision ?? 6);
      break;
    case '%':
      body = `${toFixed(size * 100, spec.precision ?? 6)}%`;
      break;
    case 'e':
    case 'E': {
      body = size.toExponential(spec.precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
      if (spec.type === 'E') body = body.toUpperCase();
      break;
    }
    case 'g':
    case 'G':
      body = general(size, spec.precision ?? 6);
      if (spec.type === 'G') body = body.toUpperCase();
      break;
    case '':
      if (spec.precision !== undefined) throw unsupported(shown);
      body = isInteger ? String(size) : formatFloat(size);
      break;
    default:
      throw unsupported(shown);
  }
  if (spec.grouping !== '')
    body = body.replace(/^\d+/, (digits) => digits.replace(/\B(?=(?:\d{3})+$)/g, spec.grouping));
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign;
  if (spec.align === '=') {
    const room = spec.width - sign.length;
    if (spec.grouping !== '' && body.length < room) throw unsupported(shown);
    return sign + body.padStart(room, spec.fill);
  }
  return pad(sign + body, spec);
}

/** `%g`: the shorter of the two notations, without zeros at the end. */
function general(size: number, precision: number): string {
  if (size === 0) return '0';
  const digits = precision === 0 ? 1 : precision;
  const [mantissa, power] = size.toExponential(digits - 1).split('e') as [string, string];
  const exponent = Number(power);
  const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent < -4 || exponent >= digits)
    return `${trim(mantissa)}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  return trim(size.toFixed(Math.max(0, digits - 1 - exponent)));
}

function pad(text: string, { width, align, fill }: Spec): string {
  const room = width - codePoints(text);
  if (room <= 0) return text;
  if (align === '<') return text + fill.repeat(room);
  if (align === '^') return fill.repeat(room >> 1) + text + fill.repeat(room - (room >> 1));
  return fill.repeat(room) + text;
}

const unsupported = (format: string) =>
  new JinjaError(`the format ${JSON.stringify(format)} is not supported`);
