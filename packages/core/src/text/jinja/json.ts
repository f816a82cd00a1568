import { JinjaError } from './error.ts';
import { formatFloat } from './floats.ts';
import { currentLimits, work } from './limits.ts';
import { compare, Dict, Float, itemsOf, Tuple, typeName, type Value } from './values.ts';

export interface JsonOptions {
  readonly ensureAscii: boolean;
  /** Text of one level; undefined for one line. */
  readonly indent: string | undefined;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly sortKeys: boolean;
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

/** Python's `json.dumps`. */
export function toJson(value: Value, options: JsonOptions, line = '\n', depth = 0): string {
  if (depth > 100) throw new JinjaError('tojson: values are nested too deeply');
  work(typeof value === 'string' ? value.length : 0);
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (value instanceof Float) return jsonFloat(value.value);
  if (typeof value === 'string') return quote(value, options.ensureAscii);
  const { indent, itemSeparator } = options;
  const inner = indent === undefined ? '' : line + indent;
  const deeper = indent === undefined ? line : inner;
  const around = (open: string, parts: string[], close: string) => {
    if (parts.length === 0) return open + close;
    const between = itemSeparator + inner;
    currentLimits().length(parts.reduce((length, part) => length + part.length + between.length, 0));
    return open + inner + parts.join(between) + (indent === undefined ? '' : line) + close;
  };
  if (Array.isArray(value) || value instanceof Tuple)
    return around(
      '[',
      itemsOf(value)!.map((item) => toJson(item, options, deeper, depth + 1)),
      ']',
    );
  if (value instanceof Dict) {
    const entries = value.entries();
    if (options.sortKeys) entries.sort(([a], [b]) => compare(a, b));
    const parts = entries.map(
      ([key, item]) =>
        quote(jsonKey(key), options.ensureAscii) +
        options.keySeparator +
        toJson(item, options, deeper, depth + 1),
    );
    return around('{', parts, '}');
  }
  throw new JinjaError(`Object of type ${typeName(value)} is not JSON serializable`);
}

function jsonKey(key: Value): string {
  if (typeof key === 'string') return key;
  if (key === null) return 'null';
  if (key instanceof Float) return jsonFloat(key.value);
  if (typeof key === 'boolean' || typeof key === 'number') return String(key);
  throw new JinjaError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? formatFloat(value) : value > 0 ? 'Infinity' : '-Infinity';
}

function quote(text: string, ensureAscii: boolean): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes them
  const pattern = ensureAscii ? /["\\]|[^ -~]/g : /["\\\x00-\x1f]/g;
  const escaped = (unit: string) => SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replace(pattern, escaped)}"`;
}
