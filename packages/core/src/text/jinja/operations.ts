import { JinjaError } from './error.ts';
import { formatPercent } from './format.ts';
import type { Limits } from './limits.ts';
import {
  compare,
  Dict,
  Float,
  Iterator,
  isEqual,
  itemsOf,
  iterate,
  Markup,
  numberOf,
  Range,
  Tuple,
  typeName,
  Undefined,
  undefinedError,
  type Value,
  View,
} from './values.ts';

/** An integer result. Python's have no limit, JavaScript's numbers are exact up to 2^53. */
function integer(value: number): number {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  throw new JinjaError('integers beyond 2^53 are not supported');
}

function refuseMarkup(...values: Value[]): void {
  if (values.some((value) => value instanceof Markup))
    throw new JinjaError('a text marked as safe can only be printed; leave out the filter safe or escape');
}

/** `+ - * / // % **`. */
export function binary(operator: string, left: Value, right: Value, limits: Limits): Value {
  if (left instanceof Undefined) throw undefinedError(left);
  if (operator === '%' && typeof left === 'string') return formatPercent(left, right, limits);
  if (right instanceof Undefined) throw undefinedError(right);
  refuseMarkup(left, right);
  const [m, n] = [numberOf(left), numberOf(right)];
  if (m !== undefined && n !== undefined) {
    return arithmetic(operator, m, n, left instanceof Float || right instanceof Float);
  }
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') {
      limits.length(left.length + right.length);
      return left + right;
    }
    if (Array.isArray(left) && Array.isArray(right)) {
      limits.length(left.length + right.length, false);
      return [...left, ...right];
    }
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items]);
    if (typeof left === 'string')
      throw new JinjaError(`can only concatenate str (not "${typeName(right)}") to str`);
  }
  if (operator === '*') {
    if (n !== undefined && !(right instanceof Float)) return repeat(left, n, limits, right);
    if (m !== undefined && !(left instanceof Float)) return repeat(right, m, limits, left);
  }
  throw unsupported(operator, left, right);
}

function unsupported(operator: string, left: Value, right: Value): JinjaError {
  return new JinjaError(
    `unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`,
  );
}

function arithmetic(operator: string, m: number, n: number, isFloat: boolean): Value {
  const result = (value: number) => (isFloat ? new Float(value) : integer(value));
  if ((operator === '/' || operator === '//' || operator === '%') && n === 0)
    throw new JinjaError('division by zero');
  switch (operator) {
    case '+':
      return result(m + n);
    case '-':
      return result(m - n);
    case '*':
      return result(m * n);
    case '/':
      return new Float(m / n);
    case '//':
      return result(floorDivide(m, n));
    case '%':
      return result(modulo(m, n));
    default:
      if (m === 0 && n < 0) throw new JinjaError('0.0 cannot be raised to a negative power');
      if (m < 0 && !Number.isInteger(n)) throw new JinjaError('complex numbers are not supported');
      return isFloat || n < 0 ? new Float(m ** n) : integer(m ** n);
  }
}

/** Python's remainder has the sign of the divisor. */
function modulo(m: number, n: number): number {
  const rest = m % n;
  if (rest === 0) return n < 0 ? -0 : 0;
  return rest < 0 === n < 0 ? rest : rest + n;
}

function floorDivide(m: number, n: number): number {
  const quotient = (m - modulo(m, n)) / n;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function repeat(value: Value, count: number, limits: Limits, other: Value): Value {
  const times = Math.max(0, count);
  if (typeof value === 'string') {
    limits.length(value.length * times);
    limits.step((value.length * times) >> 5);
    return value.repeat(times);
  }
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = itemsOf(value)!;
    limits.length(items.length * times, false);
    limits.step(items.length * times);
    const all = Array.from({ length: times }, () => items).flat();
    return Array.isArray(value) ? all : new Tuple(all);
  }
  throw unsupported('*', value, other);
}

export function unary(operator: '-' | '+', value: Value): Value {
  if (value instanceof Undefined) throw undefinedError(value);
  const number = numberOf(value);
  if (number === undefined)
    throw new JinjaError(`bad operand type for unary ${operator}: '${typeName(value)}'`);
  const result = operator === '-' ? -number : number;
  return value instanceof Float ? new Float(result) : integer(result);
}

export function compareBy(operator: string, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return !isEqual(left, right);
    case '<':
      return compare(left, right, operator) < 0;
    case '<=':
      return compare(left, right, operator) <= 0;
    case '>':
      return compare(left, right, operator) > 0;
    case '>=':
      return compare(left, right, operator) >= 0;
    case 'in':
      return contains(right, left);
    default:
      return !contains(right, left);
  }
}

/** Python's `item in container`. */
export function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string' || container instanceof Markup) {
    const part = item instanceof Markup ? item.text : item;
    if (item instanceof Undefined) throw undefinedError(item);
    if (typeof part !== 'string')
      throw new JinjaError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
    return (typeof container === 'string' ? container : container.text).includes(part);
  }
  if (container instanceof Dict) {
    if (item instanceof Undefined) return container.keys().some((key) => isEqual(key, item));
    return container.has(item);
  }
  if (itemsOf(container) || container instanceof Undefined || container instanceof Iterator)
    return iterate(container).some((other) => isEqual(item, other));
  throw new JinjaError(`argument of type '${typeName(container)}' is not iterable`);
}

/** A part of a text, list, tuple or range, as Python slices it; undefined for other values. */
export function slice(
  value: Value,
  start: Value | undefined,
  stop: Value | undefined,
  step: Value | undefined,
): Value | undefined {
  const text = typeof value === 'string' ? iterate(value) : undefined;
  const items: readonly Value[] | undefined = text ?? (value instanceof View ? undefined : itemsOf(value));
  if (!items) return undefined;
  const bound = (given: Value | undefined) => {
    if (given === undefined || given === null) return undefined;
    if (typeof given === 'number' || typeof given === 'boolean') return Number(given);
    if (given instanceof Undefined) throw undefinedError(given);
    throw new JinjaError('slice indices must be integers or None');
  };
  const by = bound(step) ?? 1;
  if (by === 0) throw new JinjaError('slice step cannot be zero');
  const size = items.length;
  const clamp = (at: number | undefined, otherwise: number) => {
    if (at === undefined) return otherwise;
    const from = at < 0 ? at + size : at;
    return by > 0 ? Math.min(Math.max(from, 0), size) : Math.min(Math.max(from, -1), size - 1);
  };
  const from = clamp(bound(start), by > 0 ? 0 : size - 1);
  const to = clamp(bound(stop), by > 0 ? size : -1);
  const part: Value[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) part.push(items[i]!);
  if (text) return part.join('');
  if (value instanceof Range) {
    throw new JinjaError('a part of a range is not supported; make it a list first');
  }
  return value instanceof Tuple ? new Tuple(part) : part;
}
