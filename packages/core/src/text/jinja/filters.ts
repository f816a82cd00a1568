import { bind, integerOf, optionalInteger, softText, textOf } from './arguments.ts';
import { JinjaError } from './error.ts';
import { toFixed } from './floats.ts';
import { formatPercent } from './format.ts';
import { toJson } from './json.ts';
import { type Limits, work } from './limits.ts';
import { getAttribute, getItem, join, replace } from './methods.ts';
import { parseFloatText, parseIntegerText } from './numbers.ts';
import { binary } from './operations.ts';
import { hasTest, runTest } from './predicates.ts';
import { capitalize, countWords, isSpace, splitLines, strip } from './texts.ts';
import {
  type Args,
  codePoints,
  compare,
  Dict,
  Float,
  Iterator,
  isEqual,
  isTrue,
  itemsOf,
  iterate,
  lengthOf,
  Markup,
  numberOf,
  Tuple,
  toText,
  typeName,
  Undefined,
  undefinedError,
  type Value,
} from './values.ts';

type Filter = (value: Value, args: Args, limits: Limits) => Value;

/** `attribute` of `map`, `sort` and others: names and numbers with dots between them. */
function getter(attribute: Value | undefined, otherwise?: Value): (item: Value) => Value {
  if (attribute === undefined || attribute === null) return (item) => item;
  const parts = typeof attribute === 'string' ? attribute.split('.') : [attribute];
  return (item) => {
    let value = item;
    for (const part of parts) {
      value = getItem(value, typeof part === 'string' && /^\d+$/.test(part) ? Number(part) : part);
      if (value instanceof Undefined && otherwise !== undefined) return otherwise;
    }
    return value;
  };
}

const fold = (value: Value, isCaseSensitive: Value | undefined): Value =>
  typeof value === 'string' && !isTrue(isCaseSensitive ?? false) ? value.toLowerCase() : value;

/** Items in order; equal ones keep theirs, reversed too. */
function sorted(
  items: readonly Value[],
  keys: (item: Value) => Value[],
  isReversed: boolean,
  limits: Limits,
): Value[] {
  limits.step(items.length * 4);
  const keyed = items.map((item) => ({ item, keys: keys(item) }));
  const order = (a: Value[], b: Value[]) => {
    limits.charge([a[0]!, b[0]!]);
    const at = a.findIndex((key, i) => !isEqual(key, b[i]!));
    return at < 0 ? 0 : compare(a[at]!, b[at]!);
  };
  keyed.sort((a, b) => (isReversed ? order(b.keys, a.keys) : order(a.keys, b.keys)));
  return keyed.map(({ item }) => item);
}

const extreme =
  (sign: number): Filter =>
  (value, args) => {
    const [sensitive, attribute] = bind('min', args, ['case_sensitive', 'attribute']);
    const key = getter(attribute);
    const items = iterate(value);
    if (items.length === 0) return new Undefined('No aggregated item, sequence was empty.');
    return items.reduce((best, item) =>
      compare(fold(key(item), sensitive), fold(key(best), sensitive)) * sign > 0 ? item : best,
    );
  };

/** What `map` and `select` go through: nothing for none and other false values. */
const iterateIfTrue = (value: Value): Value[] => (isTrue(value) ? iterate(value) : []);

/** `select`, `reject`, `selectattr` and `rejectattr`. */
const selector =
  (name: string, wanted: boolean, byAttribute: boolean): Filter =>
  (value, { positional }, limits) => {
    const [first, ...rest] = positional;
    if (byAttribute && first === undefined) throw new JinjaError(`${name}: missing attribute`);
    const key = byAttribute ? getter(first) : (item: Value) => item;
    const [test, ...args] = byAttribute ? rest : positional;
    const testName = test === undefined ? undefined : textOf(`${name}: the name of the test`, test);
    if (testName !== undefined && !hasTest(testName)) throw new JinjaError(`No test named '${testName}'.`);
    return new Iterator(
      iterateIfTrue(value).filter((item) => {
        const tested = key(item);
        limits.charge([tested, ...args]);
        return (testName === undefined ? isTrue(tested) : runTest(testName, tested, args, limits)) === wanted;
      }),
    );
  };

const text =
  (name: string, run: (text: string) => Value): Filter =>
  (value, args) => {
    bind(name, args, []);
    const given = toText(value);
    // Each character is looked at on its own.
    work(given.length * 4);
    return run(given);
  };

const FILTERS: Readonly<Record<string, Filter>> = {
  abs: (value) => {
    const number = numberOf(value);
    if (number === undefined) throw new JinjaError(`bad operand type for abs(): '${typeName(value)}'`);
    return value instanceof Float ? new Float(Math.abs(number)) : Math.abs(number);
  },
  attr: (value, args) => {
    const name = textOf('attr: name', bind('attr', args, ['name'])[0]);
    if (value instanceof Dict) {
      const found = getAttribute(new Dict(), name);
      return found instanceof Undefined
        ? new Undefined(`'dict object' has no attribute '${name}'`)
        : getAttribute(value, name);
    }
    return getAttribute(value, name);
  },
  batch: (value, args) => {
    const [count, fill = null] = bind('batch', args, ['linecount', 'fill_with']);
    const size = integerOf('batch: linecount', count);
    const items = iterate(value);
    if (size < 1) throw new JinjaError('batch: linecount must be at least 1');
    const rows: Value[][] = [];
    for (let i = 0; i < items.length; i += size) rows.push(items.slice(i, i + size));
    const last = rows.at(-1);
    if (fill !== null && last) {
      if (size > 100_000) throw new JinjaError('batch: linecount is too large');
      while (last.length < size) last.push(fill);
    }
    return new Iterator(rows);
  },
  slice: (value, args) => {
    const [count, fill = null] = bind('slice', args, ['slices', 'fill_with']);
    const slices = integerOf('slice: slices', count);
    const items = iterate(value);
    if (slices < 1 || slices > 100_000) throw new JinjaError('slice: slices must be from 1 to 100000');
    const size = Math.floor(items.length / slices);
    const longer = items.length % slices;
    const rows: Value[][] = [];
    for (let i = 0, at = 0; i < slices; i++) {
      const end = at + size + (i < longer ? 1 : 0);
      const row = items.slice(at, end);
      if (fill !== null && i >= longer && longer > 0) row.push(fill);
      rows.push(row);
      at = end;
    }
    return new Iterator(rows);
  },
  capitalize: text('capitalize', capitalize),
  center: (value, args, limits) => {
    const [width = 80] = bind('center', args, ['width']);
    const size = integerOf('center: width', width);
    limits.length(size);
    const shown = toText(value);
    const room = Math.max(0, size - codePoints(shown));
    const left = (room >> 1) + (room & size & 1);
    return ' '.repeat(left) + shown + ' '.repeat(room - left);
  },
  count: (value) => lengthOf(value),
  default: (value, args) => {
    const [otherwise = '', boolean = false] = bind('default', args, ['default_value', 'boolean']);
    return value instanceof Undefined || (isTrue(boolean) && !isTrue(value)) ? otherwise : value;
  },
  dictsort: (value, args, limits) => {
    const [sensitive, by = 'key', reverse = false] = bind('dictsort', args, [
      'case_sensitive',
      'by',
      'reverse',
    ]);
    if (!(value instanceof Dict)) throw new JinjaError(`dictsort: expected a dict, got a ${typeName(value)}`);
    if (by !== 'key' && by !== 'value') throw new JinjaError('You can only sort by either "key" or "value"');
    const pairs = value.entries().map((entry) => new Tuple(entry));
    const at = by === 'key' ? 0 : 1;
    return sorted(pairs, (pair) => [fold((pair as Tuple).items[at]!, sensitive)], isTrue(reverse), limits);
  },
  escape: (value) =>
    value instanceof Markup
      ? value
      : new Markup(
          toText(value).replace(
            /[&<>'"]/g,
            (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' })[c]!,
          ),
        ),
  first: (value) => {
    const [item] = value instanceof Iterator ? value.take() : iterate(value);
    return item ?? (item === null ? null : new Undefined('No first item, sequence was empty.'));
  },
  float: (value, args) => {
    const [otherwise = new Float(0)] = bind('float', args, ['default']);
    if (value instanceof Undefined) throw undefinedError(value);
    const number = parseFloatText(value);
    return number === undefined ? otherwise : new Float(number);
  },
  format: (value, { positional, named }, limits) => {
    if (positional.length > 0 && named.size > 0)
      throw new JinjaError("can't handle positional and keyword arguments at the same time");
    return formatPercent(toText(value), named.size > 0 ? Dict.of(named) : new Tuple([...positional]), limits);
  },
  groupby: (value, args, limits) => {
    const [attribute, otherwise, sensitive] = bind('groupby', args, [
      'attribute',
      'default',
      'case_sensitive',
    ]);
    const key = getter(attribute, otherwise === null ? undefined : otherwise);
    const items = sorted(iterate(value), (item) => [fold(key(item), sensitive)], false, limits);
    const groups: { key: Value; items: Value[] }[] = [];
    for (const item of items) {
      const folded = fold(key(item), sensitive);
      const last = groups.at(-1);
      if (last && isEqual(last.key, folded)) last.items.push(item);
      else groups.push({ key: folded, items: [item] });
    }
    return groups.map((group) => new Tuple([key(group.items[0]!), group.items], ['grouper', 'list']));
  },
  indent: (value, args, limits) => {
    const [width = 4, first = false, blank = false] = bind('indent', args, ['width', 'first', 'blank']);
    const size = typeof width === 'string' ? width : ' '.repeat(boundedWidth(width, limits));
    if (value instanceof Undefined) throw undefinedError(value);
    const [head = '', ...rest] = splitLines(`${textOf('indent: the value', value)}\n`);
    const lines = rest.map((line) => (line !== '' || isTrue(blank) ? size + line : line));
    return (isTrue(first) ? size : '') + join('\n', [head, ...lines], limits);
  },
  int: (value, args) => {
    const [otherwise = 0, base = 10] = bind('int', args, ['default', 'base']);
    if (value instanceof Undefined) throw undefinedError(value);
    const number = parseIntegerText(value, integerOf('int: base', base));
    return number ?? otherwise;
  },
  items: (value) => {
    if (value instanceof Undefined) return new Iterator([]);
    if (!(value instanceof Dict)) throw new JinjaError('Can only get item pairs from a mapping.');
    return new Iterator(value.entries().map((entry) => new Tuple(entry)));
  },
  join: (value, args, limits) => {
    const [separator = '', attribute] = bind('join', args, ['d', 'attribute']);
    const key = getter(attribute);
    return join(
      softText(separator),
      iterate(value).map((item) => toText(key(item))),
      limits,
    );
  },
  last: (value) => {
    if (value instanceof Iterator) throw new JinjaError("'generator' object is not reversible");
    const item = iterate(value).at(-1);
    return item === undefined ? new Undefined('No last item, sequence was empty.') : item;
  },
  list: (value) => [...iterate(value)],
  lower: text('lower', (value) => value.toLowerCase()),
  map: (value, args, limits) => {
    const attribute = args.named.get('attribute');
    if (args.positional.length === 0 && attribute !== undefined) {
      const [, otherwise] = bind('map', args, ['attribute', 'default']);
      const key = getter(attribute, otherwise);
      return new Iterator(iterateIfTrue(value).map(key));
    }
    const [name, ...positional] = args.positional;
    if (name === undefined) throw new JinjaError('map requires a filter argument');
    const filter = textOf('map: the name of the filter', name);
    return new Iterator(
      iterateIfTrue(value).map((item) => runFilter(filter, item, { positional, named: args.named }, limits)),
    );
  },
  max: extreme(1),
  min: extreme(-1),
  reject: selector('reject', false, false),
  rejectattr: selector('rejectattr', false, true),
  select: selector('select', true, false),
  selectattr: selector('selectattr', true, true),
  replace: (value, args, limits) => {
    const [old, by, count] = bind('replace', args, ['old', 'new', 'count']);
    if (old === undefined || by === undefined) throw new JinjaError('replace: missing old or new');
    return replace(
      toText(value),
      toText(old),
      toText(by),
      optionalInteger('replace: count', count) ?? -1,
      limits,
    );
  },
  reverse: (value) => {
    if (typeof value === 'string') return [...value].reverse().join('');
    return new Iterator([...iterate(value)].reverse());
  },
  round: (value, args) => {
    const [digits = 0, method = 'common'] = bind('round', args, ['precision', 'method']);
    const precision = integerOf('round: precision', digits);
    const number = numberOf(value);
    if (number === undefined) throw new JinjaError(`type ${typeName(value)} doesn't define __round__ method`);
    if (method === 'ceil' || method === 'floor')
      return new Float(Math[method](number * 10 ** precision) / 10 ** precision);
    if (method !== 'common') throw new JinjaError('method must be common, ceil or floor');
    if (precision < -300 || precision > 100) throw new JinjaError('round: precision is out of range');
    if (!(value instanceof Float)) {
      if (precision >= 0) return number;
      return Number(toFixed(number / 10 ** -precision, 0)) * 10 ** -precision;
    }
    if (precision >= 0) return new Float(Number(toFixed(number, precision)));
    return new Float(Number(toFixed(number / 10 ** -precision, 0)) * 10 ** -precision);
  },
  safe: (value) => (value instanceof Markup ? value : new Markup(toText(value))),
  sort: (value, args, limits) => {
    const [reverse = false, sensitive, attribute] = bind('sort', args, [
      'reverse',
      'case_sensitive',
      'attribute',
    ]);
    const attributes = typeof attribute === 'string' ? attribute.split(',') : [attribute];
    const keys = attributes.map((name) => getter(name));
    return sorted(
      iterate(value),
      (item) => keys.map((key) => fold(key(item), sensitive)),
      isTrue(reverse),
      limits,
    );
  },
  string: (value) => (value instanceof Markup ? value : toText(value)),
  sum: (value, args, limits) => {
    const [attribute, start = 0] = bind('sum', args, ['attribute', 'start']);
    const key = getter(attribute);
    return iterate(value).reduce((sum, item) => {
      limits.charge([sum]);
      if (typeof sum === 'string') throw new JinjaError("sum() can't sum strings [use ''.join(seq) instead]");
      return binary('+', sum, key(item), limits);
    }, start);
  },
  title: text('title', (value) => titleWords(value)),
  tojson: (value, args, limits) => {
    const names = ['ensure_ascii', 'indent', 'separators', 'sort_keys'];
    const [ascii = false, indent = null, separators = null, sort = false] = bind('tojson', args, names);
    const level =
      typeof indent === 'string'
        ? indent
        : indent === null
          ? undefined
          : ' '.repeat(boundedWidth(indent, limits));
    const given = separators === null ? undefined : itemsOf(separators);
    if (separators !== null && given?.length !== 2)
      throw new JinjaError('tojson: separators must be two texts');
    const [item, colon] = given ?? [level === undefined ? ', ' : ',', ': '];
    const json = toJson(value, {
      ensureAscii: isTrue(ascii),
      indent: level,
      itemSeparator: textOf('tojson: a separator', item),
      keySeparator: textOf('tojson: a separator', colon),
      sortKeys: isTrue(sort),
    });
    limits.length(json.length);
    limits.step(json.length >> 5);
    return json;
  },
  trim: (value, args) => {
    const [chars = null] = bind('trim', args, ['chars']);
    return strip(toText(value), chars === null ? null : textOf('trim: chars', chars), true, true);
  },
  truncate: (value, args) => {
    const names = ['length', 'killwords', 'end', 'leeway'];
    const [length = 255, kill = false, end = '...', leeway = null] = bind('truncate', args, names);
    const size = integerOf('truncate: length', length);
    const mark = textOf('truncate: end', end);
    const room = leeway === null ? 5 : integerOf('truncate: leeway', leeway);
    const characters = [...textOf('truncate: the value', value)];
    if (size < mark.length || room < 0) throw new JinjaError('truncate: length must be at least that of end');
    if (characters.length <= size + room) return characters.join('');
    const part = characters.slice(0, size - codePoints(mark)).join('');
    if (isTrue(kill)) return part + mark;
    const at = part.lastIndexOf(' ');
    return (at < 0 ? part : part.slice(0, at)) + mark;
  },
  unique: (value, args, limits) => {
    const [sensitive, attribute] = bind('unique', args, ['case_sensitive', 'attribute']);
    const key = getter(attribute);
    const seen = new Dict();
    const items = iterate(value);
    limits.step(items.length);
    return new Iterator(
      items.filter((item) => {
        const folded = fold(key(item), sensitive);
        if (seen.has(folded)) return false;
        seen.set(folded, true);
        return true;
      }),
    );
  },
  upper: text('upper', (value) => value.toUpperCase()),
  urlencode: (value) => {
    const encode = (part: Value, slash: string) =>
      encodeURIComponent(charged(toText(part)))
        .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll('%2F', slash);
    if (typeof value === 'string' || !(value instanceof Dict || itemsOf(value))) return encode(value, '/');
    const pairs = value instanceof Dict ? value.entries() : iterate(value).map((pair) => iterate(pair));
    return pairs
      .map(([key = null, item = null]) => `${encode(key, '%2F')}=${encode(item, '%2F')}`)
      .join('&')
      .replaceAll('%20', '+');
  },
  wordcount: text('wordcount', countWords),
};

/** Counts the work of going through a text by its characters. */
function charged(text: string): string {
  work(text.length * 4);
  return text;
}

function boundedWidth(value: Value, limits: Limits): number {
  const width = Math.max(0, integerOf('the width', value));
  limits.length(width);
  return width;
}

/** The first letter of every word a capital, the rest small; words begin after white space, `-` and opening brackets. */
function titleWords(value: string): string {
  let start = true;
  return Array.from(value, (character) => {
    const isBreak = isSpace(character) || '-({[<'.includes(character);
    const out = start && !isBreak ? character.toUpperCase() : character.toLowerCase();
    start = isBreak;
    return isBreak ? character : out;
  }).join('');
}

const ALIASES: Readonly<Record<string, string>> = {
  d: 'default',
  e: 'escape',
  length: 'count',
  forceescape: 'escape',
};
const UNSUPPORTED = ['filesizeformat', 'pprint', 'random', 'striptags', 'urlize', 'wordwrap', 'xmlattr'];

/** `value | name(args)`. Throws for a filter that does not exist. */
export function runFilter(name: string, value: Value, args: Args, limits: Limits): Value {
  const full = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  const filter = Object.hasOwn(FILTERS, full) ? FILTERS[full] : undefined;
  if (!filter)
    throw new JinjaError(
      UNSUPPORTED.includes(name) ? `the filter '${name}' is not supported` : `No filter named '${name}'.`,
    );
  limits.charge([value, ...args.positional]);
  if (value instanceof Markup && !['safe', 'escape', 'string', 'count', 'default'].includes(full))
    throw new JinjaError('a text marked as safe can only be printed; leave out the filter safe or escape');
  return filter(value, args, limits);
}
