import { JinjaError } from './error.ts';
import { isSpace, SPACES_AT, strip } from './texts.ts';

export interface Token {
  readonly kind: 'data' | 'begin' | 'end' | 'name' | 'string' | 'integer' | 'float' | 'operator' | 'eof';
  /** `{{` or `{%`, `}}` or `%}`, an operator, a name, a text. */
  readonly text: string;
  readonly line: number;
}

const OPERATORS = /\/\/|\*\*|[=!<>]=|[-+/*%~[\](){}<>=.:|,;]/y;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}\p{Pc}_]*/uy;
const INTEGER = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const STRING = /'[^'\\]*(?:\\[\s\S][^'\\]*)*'|"[^"\\]*(?:\\[\s\S][^"\\]*)*"/y;
const RAW_BEGIN = /\{%([-+]?)\s*raw\s*(?:-%\}|%\})/y;
const RAW_END = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g;
const OPEN = /\{[{%#]/g;
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/**
 * The tokens of a template. As transformers sets jinja2 up, blocks and comments take the white space before them on their line and the line
 * end after them (`lstrip_blocks`, `trim_blocks`), and the last line end of the source is dropped.
 */
export function tokenize(template: string): Token[] {
  const source = template.replace(/\r\n|\r/g, '\n').replace(/\n$/, '');
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let counted = 0;
  /** Whether what precedes `at` ended with a line end: `lstrip_blocks` needs to know where a line begins. */
  let lineStarting = true;
  const lineAt = (position: number) => {
    for (; counted < position; counted++) if (source[counted] === '\n') line++;
    return line;
  };
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const data = (end: number, sign: string, isVariable: boolean) => {
    let text = source.slice(at, end);
    if (sign === '-') text = strip(text, null, false, true);
    else if (sign !== '+' && !isVariable) {
      const start = text.lastIndexOf('\n') + 1;
      if ((start > 0 || lineStarting) && [...text.slice(start)].every(isSpace)) text = text.slice(0, start);
    }
    if (text !== '') tokens.push({ kind: 'data', text, line: lineAt(at) });
  };
  const skipSpaces = () => {
    SPACES_AT.lastIndex = at;
    SPACES_AT.exec(source);
    at = SPACES_AT.lastIndex;
  };
  /** Goes on after a closing tag: `-` takes all white space, and a block the line end. */
  const close = (sign: string, size: number, trims: boolean) => {
    at += size;
    if (sign === '-') skipSpaces();
    else if (sign !== '+' && trims && source[at] === '\n') at++;
    lineStarting = source[at - 1] === '\n';
  };
  while (at < source.length) {
    OPEN.lastIndex = at;
    const open = OPEN.exec(source);
    if (!open) {
      tokens.push({ kind: 'data', text: source.slice(at), line: lineAt(at) });
      break;
    }
    const begin = open[0];
    const position = open.index;
    RAW_BEGIN.lastIndex = position;
    const raw = RAW_BEGIN.exec(source);
    const next = source[position + 2] ?? '';
    const sign = next === '-' || next === '+' ? next : '';
    data(position, raw ? raw[1]! : sign, begin === '{{');
    if (raw) {
      at = position + raw[0].length;
      if (raw[0].endsWith('-%}')) skipSpaces();
      lineStarting = source[at - 1] === '\n';
      RAW_END.lastIndex = at;
      const end = RAW_END.exec(source);
      if (!end) throw new JinjaError(`line ${lineAt(position)}: missing end of raw`);
      data(end.index, end[1]!, false);
      at = end.index;
      close(end[2]!, end[0].length, true);
      continue;
    }
    if (begin === '{#') {
      const end = source.indexOf('#}', position + 2);
      if (end < 0) throw new JinjaError(`line ${lineAt(position)}: missing end of comment`);
      at = end;
      const before = source[end - 1] ?? '';
      close(end > position + 2 && (before === '-' || before === '+') ? before : '', 2, true);
      continue;
    }
    tokens.push({ kind: 'begin', text: begin, line: lineAt(position) });
    at = position + 2 + sign.length;
    const end = begin === '{{' ? '}}' : '%}';
    const brackets: string[] = [];
    for (;;) {
      skipSpaces();
      if (at >= source.length) throw new JinjaError(`line ${lineAt(position)}: missing ${end}`);
      if (brackets.length === 0) {
        const closing = source[at]!;
        const isSigned =
          (closing === '-' || (closing === '+' && end === '%}')) && source.startsWith(end, at + 1);
        if (isSigned || source.startsWith(end, at)) {
          tokens.push({ kind: 'end', text: end, line: lineAt(at) });
          close(isSigned ? closing : '', end.length + (isSigned ? 1 : 0), end === '%}');
          break;
        }
      }
      const found =
        one('float', source[at - 1] === '.' ? null : match(FLOAT)) ??
        one('integer', match(INTEGER)) ??
        one('name', match(NAME)) ??
        one('string', match(STRING)) ??
        one('operator', match(OPERATORS));
      if (!found)
        throw new JinjaError(`line ${lineAt(at)}: unexpected character ${JSON.stringify(source[at])}`);
      const [kind, text] = found;
      if (kind === 'operator') {
        if ('([{'.includes(text)) brackets.push(text);
        else if (text in CLOSING && brackets.pop() !== CLOSING[text])
          throw new JinjaError(`line ${lineAt(at)}: unexpected '${text}'`);
      }
      tokens.push({
        kind,
        text: kind === 'string' ? readEscapes(text.slice(1, -1)) : text,
        line: lineAt(at),
      });
      at += text.length;
    }
  }
  tokens.push({ kind: 'eof', text: 'end of template', line: lineAt(source.length) });
  return tokens;
}

const one = (kind: Token['kind'], match: RegExpExecArray | null) =>
  match ? ([kind, match[0]] as const) : undefined;

const SIMPLE: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The escapes of Python's string literals. An unknown one stays as it is. */
function readEscapes(text: string): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|(N)|([\s\S]))/g,
    (all, x?: string, u?: string, U?: string, octal?: string, named?: string, other = '') => {
      if (named !== undefined) throw new JinjaError('names of characters (\\N) are not supported');
      const code = x ?? u ?? U;
      if (code !== undefined) {
        const point = Number.parseInt(code, 16);
        if (point > 0x10ffff) throw new JinjaError(`illegal Unicode character ${all}`);
        return String.fromCodePoint(point);
      }
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      if ('xuU'.includes(other) && other !== '') throw new JinjaError(`truncated escape ${all}`);
      return SIMPLE[other] ?? all;
    },
  );
}
