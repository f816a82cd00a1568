import { bind, integerOf, textOf } from './arguments.ts';
import { JinjaError } from './error.ts';
import { formatBraces } from './format.ts';
import { currentLimits, type Limits } from './limits.ts';
import { slice } from './operations.ts';
import { capitalize, isSpace, splitAt, splitLines, splitSpaces, strip, swapCase, title } from './texts.ts';
import {
  type Args,
  Callable,
  codePoints,
  Dict,
  isEqual,
  itemsOf,
  iterate,
  Markup,
  Namespace,
  Tuple,
  typeName,
  Undefined,
  undefinedError,
  type Value,
  View,
} from './values.ts';

type Method<T> = (self: T, args: Args, limits: Limits) => Value;

const stripper =
  (left: boolean, right: boolean): Method<string> =>
  (self, args) => {
    const [chars = null] = bind('strip', args, ['chars']);
    return strip(self, chars === null ? null : textOf('strip: chars', chars), left, right);
  };

const splitter =
  (fromRight: boolean): Method<string> =>
  (self, args) => {
    const [separator = null, limit] = bind('split', args, ['sep', 'maxsplit']);
    const most = limit === undefined ? -1 : integerOf('split: maxsplit', limit);
    if (separator === null) return splitSpaces(self, most, fromRight);
    const by = textOf('split: sep', separator);
    if (by === '') throw new JinjaError('empty separator');
    return splitAt(self, by, most, fromRight);
  };

/** `text[start:stop]`. */
function within(text: string, start: Value | undefined, stop: Value | undefined): string {
  return start === undefined && stop === undefined ? text : (slice(text, start, stop, null) as string);
}

const ends =
  (test: (text: string, part: string) => boolean): Method<string> =>
  (self, args) => {
    const [parts, start, stop] = bind('startswith', args, ['prefix', 'start', 'end']);
    const text = within(self, start, stop);
    const all = parts instanceof Tuple ? parts.items : [parts];
    return all.some((part) => test(text, textOf('startswith: prefix', part)));
  };

/** `find` and `index` count code points. */
const finder =
  (last: boolean, fails: boolean): Method<string> =>
  (self, args) => {
    const [part, start, stop] = bind('find', args, ['sub', 'start', 'end']);
    const wanted = textOf('find: sub', part);
    const text = within(self, start, stop);
    const at = last ? text.lastIndexOf(wanted) : text.indexOf(wanted);
    if (at < 0) {
      if (fails) throw new JinjaError('substring not found');
      return -1;
    }
    const from = start === undefined || start === null ? 0 : integerOf('find: start', start);
    const offset = from < 0 ? Math.max(0, codePoints(self) + from) : from;
    return offset + codePoints(text.slice(0, at));
  };

const partition =
  (last: boolean): Method<string> =>
  (self, args) => {
    const by = textOf('partition: sep', bind('partition', args, ['sep'])[0]);
    if (by === '') throw new JinjaError('empty separator');
    const at = last ? self.lastIndexOf(by) : self.indexOf(by);
    if (at < 0) return new Tuple(last ? ['', '', self] : [self, '', '']);
    return new Tuple([self.slice(0, at), by, self.slice(at + by.length)]);
  };

const justify =
  (left: boolean, right: boolean): Method<string> =>
  (self, args, limits) => {
    const [width, fill = ' '] = bind('center', args, ['width', 'fillchar']);
    const by = textOf('center: fillchar', fill);
    if (codePoints(by) !== 1) throw new JinjaError('the fill character must be exactly one character long');
    const size = integerOf('center: width', width);
    limits.length(size * by.length);
    const room = Math.max(0, size - codePoints(self));
    // Python puts the odd one to the left if the width is odd.
    const before = left && right ? (room >> 1) + (room & size & 1) : left ? room : 0;
    return by.repeat(before) + self + by.repeat(room - before);
  };

/** Whether there is a character and all pass. */
const every =
  (pattern: RegExp): Method<string> =>
  (self, args) => {
    bind('isalpha', args, []);
    return self !== '' && [...self].every((character) => pattern.test(character));
  };

export const isLower = (text: string): boolean =>
  /\p{Lowercase}/u.test(text) && !/\p{Uppercase}|\p{Lt}/u.test(text);
export const isUpper = (text: string): boolean =>
  /\p{Uppercase}/u.test(text) && !/\p{Lowercase}|\p{Lt}/u.test(text);

const plain =
  (name: string, run: (text: string) => Value): Method<string> =>
  (self, args) => {
    bind(name, args, []);
    currentLimits().step(self.length >> 2);
    return run(self);
  };

/** Python's `str.replace`. */
export function replace(text: string, old: string, by: string, count: number, limits: Limits): string {
  const parts = old === '' ? ['', ...text, ''] : text.split(old);
  const most = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1);
  limits.length(text.length + most * by.length);
  limits.step((text.length + most * by.length) >> 5);
  if (most === parts.length - 1) return parts.join(by);
  return parts.slice(0, most + 1).join(by) + old + parts.slice(most + 1).join(old);
}

export function join(separator: string, items: readonly string[], limits: Limits): string {
  const length = items.reduce((sum, item) => sum + item.length + separator.length, 0);
  limits.length(length);
  limits.step(items.length + (length >> 5));
  return items.join(separator);
}

const TEXT: Readonly<Record<string, Method<string>>> = {
  strip: stripper(true, true),
  lstrip: stripper(true, false),
  rstrip: stripper(false, true),
  split: splitter(false),
  rsplit: splitter(true),
  startswith: ends((text, part) => text.startsWith(part)),
  endswith: ends((text, part) => text.endsWith(part)),
  find: finder(false, false),
  rfind: finder(true, false),
  index: finder(false, true),
  rindex: finder(true, true),
  partition: partition(false),
  rpartition: partition(true),
  ljust: justify(false, true),
  rjust: justify(true, false),
  center: justify(true, true),
  upper: plain('upper', (text) => text.toUpperCase()),
  lower: plain('lower', (text) => text.toLowerCase()),
  casefold: plain('casefold', (text) => text.toUpperCase().toLowerCase().replaceAll('ς', 'σ')),
  title: plain('title', title),
  capitalize: plain('capitalize', capitalize),
  swapcase: plain('swapcase', swapCase),
  islower: plain('islower', isLower),
  isupper: plain('isupper', isUpper),
  isspace: plain('isspace', (text) => text !== '' && [...text].every(isSpace)),
  isascii: plain('isascii', (text) => [...text].every((character) => character <= '\x7f')),
  isalpha: every(/\p{L}/u),
  isalnum: every(/[\p{L}\p{N}]/u),
  isdigit: every(/[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]/u),
  isdecimal: every(/\p{Nd}/u),
  isnumeric: every(/\p{N}/u),
  splitlines: (self, args) => {
    const [keepEnds = false] = bind('splitlines', args, ['keepends']);
    return splitLines(self, keepEnds === true);
  },
  removeprefix: (self, args) => {
    const part = textOf('removeprefix: prefix', bind('removeprefix', args, ['prefix'])[0]);
    return self.startsWith(part) ? self.slice(part.length) : self;
  },
  removesuffix: (self, args) => {
    const part = textOf('removesuffix: suffix', bind('removesuffix', args, ['suffix'])[0]);
    return part !== '' && self.endsWith(part) ? self.slice(0, -part.length) : self;
  },
  replace: (self, args, limits) => {
    const [old, by, count] = bind('replace', args, ['old', 'new', 'count']);
    const most = count === undefined ? -1 : integerOf('replace: count', count);
    return replace(self, textOf('replace: old', old), textOf('replace: new', by), most, limits);
  },
  count: (self, args) => {
    const [part, start, stop] = bind('count', args, ['sub', 'start', 'end']);
    const text = within(self, start, stop);
    const wanted = textOf('count: sub', part);
    if (wanted === '') return codePoints(text) + 1;
    let count = 0;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) count++;
    return count;
  },
  join: (self, args, limits) => {
    const [iterable = null] = bind('join', args, ['iterable']);
    const items = iterate(iterable);
    return join(
      self,
      items.map((item, i) => textOf(`join: item ${i}`, item)),
      limits,
    );
  },
  zfill: (self, args, limits) => {
    const width = integerOf('zfill: width', bind('zfill', args, ['width'])[0]);
    limits.length(width);
    const sign = /^[-+]/.test(self) ? self[0]! : '';
    return sign + '0'.repeat(Math.max(0, width - codePoints(self))) + self.slice(sign.length);
  },
  expandtabs: (self, args, limits) => {
    const [size = 8] = bind('expandtabs', args, ['tabsize']);
    const width = integerOf('expandtabs: tabsize', size);
    let column = 0;
    let out = '';
    for (const character of self) {
      if (character === '\t') {
        const room = width > 0 ? width - (column % width) : 0;
        limits.length(out.length + room);
        out += ' '.repeat(room);
        column += room;
      } else {
        out += character;
        column = character === '\n' || character === '\r' ? 0 : column + 1;
      }
    }
    return out;
  },
  format: (self, args) =>
    formatBraces(self, args, (value, name, isItem) =>
      isItem ? getItem(value, /^\d+$/.test(name) ? Number(name) : name) : getAttribute(value, name),
    ),
};

const view =
  (name: string, run: (self: Dict) => Value[]): Method<Dict> =>
  (self, args) => {
    bind(name, args, []);
    return new View(`dict_${name}`, run(self));
  };

const DICT: Readonly<Record<string, Method<Dict>>> = {
  get: (self, args) => {
    const [key = null, otherwise = null] = bind('get', args, ['key', 'default']);
    const found = self.get(key);
    return found === undefined ? otherwise : found;
  },
  keys: view('keys', (self) => self.keys()),
  values: view('values', (self) => self.values()),
  items: view('items', (self) => self.entries().map((entry) => new Tuple(entry))),
  copy: (self) => Dict.of(self.entries()),
};

const LIST: Readonly<Record<string, Method<Value>>> = {
  count: (self, args) => {
    const [wanted = null] = bind('count', args, ['value']);
    return itemsOf(self)!.filter((item) => isEqual(item, wanted)).length;
  },
  index: (self, args) => {
    const [wanted = null, start = 0] = bind('index', args, ['value', 'start']);
    const items = itemsOf(self)!;
    const from = integerOf('index: start', start);
    const first = from < 0 ? Math.max(0, from + items.length) : from;
    const at = items.findIndex((item, i) => i >= first && isEqual(item, wanted));
    if (at < 0) throw new JinjaError('the value is not in the list');
    return at;
  },
};

const COPY: Readonly<Record<string, Method<Value>>> = { copy: (self) => [...itemsOf(self)!] };

/** Methods that change their object: transformers' sandbox forbids them. */
const MUTATING: Readonly<Record<string, readonly string[]>> = {
  list: ['append', 'clear', 'pop', 'reverse', 'insert', 'sort', 'extend', 'remove'],
  dict: ['clear', 'pop', 'popitem', 'setdefault', 'update'],
};
/** Methods of Python that are not there. */
const MISSING: Readonly<Record<string, readonly string[]>> = {
  str: ['encode', 'format_map', 'isidentifier', 'isprintable', 'istitle', 'maketrans', 'translate'],
  dict: ['fromkeys'],
  int: [
    'as_integer_ratio',
    'bit_count',
    'bit_length',
    'conjugate',
    'denominator',
    'from_bytes',
    'imag',
    'numerator',
    'real',
    'to_bytes',
  ],
  float: ['as_integer_ratio', 'conjugate', 'fromhex', 'hex', 'imag', 'is_integer', 'real'],
};

function methodsOf(value: Value): Readonly<Record<string, Method<never>>> | undefined {
  if (typeof value === 'string') return TEXT;
  if (value instanceof Dict) return DICT;
  if (Array.isArray(value)) return { ...LIST, ...COPY };
  return value instanceof Tuple ? LIST : undefined;
}

/** An attribute of Python's object: a method; undefined if there is none. */
function attributeOf(value: Value, name: string): Value | undefined {
  const type = typeName(value);
  if (MUTATING[type]?.includes(name) || name.startsWith('__'))
    return new Undefined(`access to attribute '${name}' of '${type}' object is unsafe.`);
  const methods = methodsOf(value);
  if (methods && Object.hasOwn(methods, name)) {
    const method = methods[name] as Method<Value>;
    return new Callable(name, (args) => {
      const limits = currentLimits();
      limits.charge([value, ...args.positional]);
      return method(value, args, limits);
    });
  }
  if (MISSING[type]?.includes(name)) throw new JinjaError(`the method ${name} of '${type}' is not supported`);
  if (value instanceof Namespace) return value.attributes.get(name);
  if (value instanceof Callable) return value.attributes.get(name)?.();
  if (value instanceof Tuple) {
    const at = value.names.indexOf(name);
    return at < 0 ? undefined : value.items[at];
  }
  if (value instanceof Markup)
    throw new JinjaError('a text marked as safe can only be printed; leave out the filter safe or escape');
  return undefined;
}

function itemOf(value: Value, key: Value): Value | undefined {
  if (value instanceof Dict)
    return typeof key === 'object' && key !== null && !isKey(key) ? undefined : value.get(key);
  if (typeof key !== 'number' && typeof key !== 'boolean') return undefined;
  const items = typeof value === 'string' ? [...value] : value instanceof View ? undefined : itemsOf(value);
  const at = Number(key);
  return items?.[at < 0 ? at + items.length : at];
}

const isKey = (key: Value) => key !== null && typeName(key) === 'float';

/** `value.name`: an attribute, else an item. */
export function getAttribute(value: Value, name: string): Value {
  if (value instanceof Undefined) throw undefinedError(value);
  const attribute = attributeOf(value, name);
  if (attribute !== undefined) return attribute;
  const item = itemOf(value, name);
  return item === undefined ? missing(value, name) : item;
}

/** `value[key]`: an item, else an attribute. */
export function getItem(value: Value, key: Value): Value {
  if (value instanceof Undefined) throw undefinedError(value);
  if (value instanceof Markup) return attributeOf(value, '')!;
  const item = itemOf(value, key);
  if (item !== undefined) return item;
  const attribute = typeof key === 'string' ? attributeOf(value, key) : undefined;
  return attribute === undefined ? missing(value, key) : attribute;
}

function missing(value: Value, key: Value): Undefined {
  const object = value === null ? 'None' : `${typeName(value)} object`;
  return new Undefined(
    typeof key === 'string'
      ? `'${object}' has no attribute '${key}'`
      : `${object} has no element ${String(key)}`,
  );
}
