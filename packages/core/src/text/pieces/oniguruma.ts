import { tokenizerError } from '../json/component.ts';
import {
  INVISIBLE,
  POSIX_WORD_CLASS,
  property,
  WHITE_SPACE_CLASS,
  ONIGURUMA_WORD_CLASS as WORD_CLASS,
} from '../unicode/properties.ts';

/**
 * Translates a regular expression of Oniguruma, in which tokenizer.json has its patterns, to one of JavaScript with the flags `g` and `v`.
 *
 * Throws `FormatError` for an invalid expression, and for what JavaScript has no equivalent of: back-references, `\G`, `\K`, `\X`, calls,
 * conditionals, callouts, and matches that ignore the case of letters that fold to several.
 */
export function translateRegex(source: string, path: string): RegExp {
  if (source.length > MAX_LENGTH)
    throw tokenizerError(
      `${path} in tokenizer.json must be a regular expression of at most ${MAX_LENGTH} characters, got ${source.length}`,
    );
  const translator = new Translator(source, path);
  const translated = translator.translate();
  try {
    return new RegExp(translated, 'gv');
  } catch (error) {
    throw tokenizerError(
      `${path} in tokenizer.json is not a valid regular expression: ${JSON.stringify(source.slice(0, 200))}`,
      error,
    );
  }
}

/** Options that are on: `i` ignores case, `m` lets `.` match a line feed, `x` ignores white space in the expression. */
interface Options {
  readonly i: boolean;
  readonly m: boolean;
  readonly x: boolean;
}

/** Classes of a single escaped letter. */
const CLASSES: Readonly<Record<string, string>> = {
  d: property('Nd')!,
  s: WHITE_SPACE_CLASS,
  w: WORD_CLASS,
  h: '[0-9a-fA-F]',
};

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 };

/** Classes in brackets, such as `[[:alpha:]]`. */
const POSIX: Readonly<Record<string, string>> = {
  alnum: `[${property('Alphabetic')}${property('Nd')}]`,
  alpha: property('Alphabetic')!,
  ascii: '[\\0-\\x7f]',
  blank: `[${property('Zs')}\\t]`,
  cntrl: property('Cc')!,
  digit: property('Nd')!,
  graph: `[^${WHITE_SPACE_CLASS}${INVISIBLE}]`,
  lower: property('Lowercase')!,
  print: `[^\\u2028\\u2029${INVISIBLE}]`,
  punct: `[${property('P')}${property('S')}]`,
  space: WHITE_SPACE_CLASS,
  upper: property('Uppercase')!,
  word: POSIX_WORD_CLASS,
  xdigit: '[0-9a-fA-F]',
};

/** Pairs of letters that are the folded case of one character, such as `ss` of ß. */
const FOLDED_PAIRS = new Set(['ss', 'st', 'ff', 'fi', 'fl']);

/** Length of an expression, and depth of its groups and classes. The longest of a published tokenizer has 3,500 characters. */
const MAX_LENGTH = 20_000;
const MAX_DEPTH = 50;

class Translator {
  readonly #source: string;
  readonly #path: string;
  #at = 0;
  #groups = 0;
  #depth = 0;

  constructor(source: string, path: string) {
    this.#source = source;
    this.#path = path;
  }

  translate(): string {
    const translated = this.#alternatives({ i: false, m: false, x: false });
    if (this.#at < this.#source.length) this.#refuse('an unmatched )');
    return translated;
  }

  #refuse(what: string): never {
    throw tokenizerError(
      `${this.#path} in tokenizer.json: ${what} is not supported, in the regular expression ${JSON.stringify(this.#source.slice(0, 200))}`,
    );
  }

  #peek(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #skip(text: string): boolean {
    const found = this.#peek(text);
    if (found) this.#at += text.length;
    return found;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match) this.#at += match[0].length;
    return match;
  }

  /** Reads up to the end of the group. */
  #alternatives(outer: Options): string {
    if (++this.#depth > MAX_DEPTH) this.#refuse(`nesting more than ${MAX_DEPTH} deep`);
    let options = outer;
    let translated = '';
    let previous = '';
    let closing = '';
    while (this.#at < this.#source.length && !this.#peek(')')) {
      if (this.#skip('|')) {
        translated += '|';
        previous = '';
        continue;
      }
      if (options.x && this.#match(/(?:\s|#.*)+/y)) continue;
      if (this.#match(/\(\?#[^)]*\)/y)) continue;
      const change = this.#match(/\(\?([imx]*)(?:-([imx]*))?\)/y);
      if (change) {
        options = changed(options, change);
        // The options hold to the end of the group, alternatives included.
        translated += '(?:';
        closing += ')';
        continue;
      }
      const literal = this.#source[this.#at]!;
      const atom = this.#atom(options);
      if (options.i && FOLDED_PAIRS.has((previous + literal).toLowerCase())) {
        this.#refuse(`ignoring the case of ${JSON.stringify(previous + literal)}`);
      }
      previous = /[a-z]/i.test(literal) ? literal : '';
      translated += this.#quantified(atom);
    }
    this.#depth--;
    return translated + closing;
  }

  #quantified(atom: string): string {
    let translated = atom;
    for (;;) {
      const match = this.#match(/[*+?]|\{(?:\d+(?:,\d*)?|,\d+)\}/y);
      if (!match) return translated;
      const [quantifier] = match;
      const interval = quantifier.startsWith('{');
      const repeated = `${translated}${quantifier.replace('{,', '{0,')}`;
      if (this.#peek('?') && !(interval && !quantifier.includes(','))) {
        this.#at++;
        translated = `(?:${repeated}?)`;
      } else if (this.#peek('+') && !interval) {
        this.#at++;
        translated = this.#atomic(repeated);
      } else translated = `(?:${repeated})`;
    }
  }

  /** A group that keeps its first match: what a lookahead captured, which does not backtrack. */
  #atomic(translated: string): string {
    const name = `a${this.#groups++}`;
    return `(?:(?=(?<${name}>${translated}))\\k<${name}>)`;
  }

  #atom(options: Options): string {
    if (this.#skip('(')) return this.#group(options);
    if (this.#peek('[')) return this.#class(options);
    if (this.#skip('.')) return options.m ? '[^]' : '[^\\n]';
    if (this.#skip('^')) return '(?:^|(?<=\\n)(?!$))';
    if (this.#skip('$')) return '(?=\\n|$)';
    if (this.#peek('\\')) return this.#escape(options);
    return this.#literal(this.#next(), options);
  }

  #group(options: Options): string {
    const start = this.#match(/\?(?:([:=!>]|<[=!])|<(?![=!])[^>]+>|'[^']+'|([imx]*)(?:-([imx]*))?:)/y);
    if (!start && this.#peek('?')) this.#refuse(`the group (${this.#source.slice(this.#at, this.#at + 3)}…`);
    if (this.#peek('*')) this.#refuse('a callout');
    const kind = start?.[1] ?? ':';
    const flags =
      start?.[0].endsWith(':') && start[1] === undefined ? [start[0], start[2], start[3]] : undefined;
    const inner = this.#alternatives(flags ? changed(options, flags) : options);
    if (!this.#skip(')')) this.#refuse('an unmatched (');
    if (kind === '>') return this.#atomic(inner);
    // Named groups are captured for nothing: back-references are not supported.
    return /^(?:<?[=!])$/.test(kind) ? `(?:(?${kind}${inner}))` : `(?:${inner})`;
  }

  #escape(options: Options): string {
    const set = this.#escapedClass(options);
    if (set !== undefined) return set;
    const anchor = this.#match(/\\([AzZbBRNO])/y)?.[1];
    switch (anchor) {
      case 'A':
        return '(?:^)';
      case 'z':
        return '(?=$)';
      case 'Z':
        return '(?=\\n?$)';
      case 'b':
        return `(?:(?<=${WORD_CLASS})(?!${WORD_CLASS})|(?<!${WORD_CLASS})(?=${WORD_CLASS}))`;
      case 'B':
        return `(?:(?<=${WORD_CLASS})(?=${WORD_CLASS})|(?<!${WORD_CLASS})(?!${WORD_CLASS}))`;
      case 'R':
        return this.#atomic('\\r\\n|[\\n-\\r\\x85\\u2028\\u2029]');
      case 'N':
        return '[^\\n]';
      case 'O':
        return '[^]';
      default:
        return this.#literal(this.#escapedCode(), options);
    }
  }

  /** A class that a backslash begins; undefined for anything else. */
  #escapedClass(options: Options): string | undefined {
    const short = this.#match(/\\([dswhDSWH])/y)?.[1];
    if (short) {
      const set = CLASSES[short.toLowerCase()]!;
      return short === short.toLowerCase() ? set : `[^${set}]`;
    }
    const long = this.#match(/\\([pP])\{(\^?)([^}]*)\}/y);
    if (!long) return undefined;
    const [, letter, caret, name] = long;
    const lower = name!.toLowerCase();
    // Other than in brackets, punctuation has no symbols, and words have the numbers of Latin-1.
    const set =
      lower === 'punct'
        ? property('P')
        : lower === 'word'
          ? WORD_CLASS
          : Object.hasOwn(POSIX, lower)
            ? POSIX[lower]
            : property(name!);
    if (set === undefined) this.#refuse(`\\p{${name}}`);
    if (options.i && /^(?:L[ult]|Upper|Lower|Title)/i.test(name!))
      this.#refuse(`ignoring the case of \\p{${name}}`);
    return (letter === 'P') === (caret === '^') ? set : `[^${set}]`;
  }

  /** The code point of an escape. */
  #escapedCode(): number {
    const hex = this.#match(/\\(?:x\{([0-9a-f]{1,8})\}|x([0-9a-f]{1,2})|u([0-9a-f]{4}))/iy);
    if (hex) return Number.parseInt(hex[1] ?? hex[2] ?? hex[3]!, 16);
    const octal = this.#match(/\\(0[0-7]{0,2})/y);
    if (octal) return Number.parseInt(octal[1]!, 8);
    this.#at++;
    const code = this.#next();
    const letter = String.fromCodePoint(code);
    const control = Object.hasOwn(CONTROLS, letter) ? CONTROLS[letter] : undefined;
    if (control !== undefined) return control;
    if (/[a-z0-9]/i.test(letter)) this.#refuse(`\\${letter}`);
    return code;
  }

  #next(): number {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) this.#refuse('the end');
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #literal(code: number, { i }: Options): string {
    if (!i) return escaped(code);
    const cases = this.#cases(code);
    return cases.length === 1 ? escaped(code) : `[${cases.map(escaped).join('')}]`;
  }

  /** All characters that equal one when case is ignored. */
  #cases(code: number): number[] {
    const character = String.fromCodePoint(code);
    if (code < 0x80) {
      const upper = character.toUpperCase();
      const more = upper === 'S' ? [0x17f] : upper === 'K' ? [0x212a] : [];
      return [...new Set([code, character.toLowerCase().charCodeAt(0), upper.charCodeAt(0), ...more])];
    }
    if ([...character.toUpperCase()].length > 1 || [...character.toLowerCase()].length > 1)
      this.#refuse(`ignoring the case of ${character}`);
    const cases = new RegExp(escaped(code), 'iu');
    return [
      code,
      ...casedCharacters().filter((other) => other !== code && cases.test(String.fromCodePoint(other))),
    ];
  }

  /** A class in brackets, which may hold others and intersections. */
  #class(options: Options): string {
    if (++this.#depth > MAX_DEPTH) this.#refuse(`nesting more than ${MAX_DEPTH} deep`);
    this.#at++;
    const negated = this.#skip('^') ? '^' : '';
    const intersected: string[] = [];
    let union = '';
    for (let first = true; first || !this.#peek(']'); first = false) {
      if (this.#at >= this.#source.length) this.#refuse('an unmatched [');
      if (this.#skip('&&')) {
        intersected.push(`[${union}]`);
        union = '';
        continue;
      }
      const posix = this.#match(/\[:(\^?)(\w+):\]/y);
      if (posix) {
        const name = posix[2]!.toLowerCase();
        const set = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
        if (set === undefined) this.#refuse(posix[0]);
        union += posix[1] ? `[^${set}]` : set;
      } else if (this.#peek('[')) union += this.#class(options);
      else union += (this.#peek('\\') ? this.#escapedClass(options) : undefined) ?? this.#range(options);
    }
    this.#at++;
    this.#depth--;
    intersected.push(intersected.length > 0 ? `[${union}]` : union);
    return `[${negated}${intersected.join('&&')}]`;
  }

  /** A character or a range in a class. */
  #range(options: Options): string {
    const start = this.#classCharacter();
    const ranged =
      this.#peek('-') && !this.#peek('-]') && !/^-(?:\[|\\[dswhpDSWHP])/.test(this.#source.slice(this.#at));
    let end = start;
    if (ranged) {
      this.#at++;
      end = this.#classCharacter();
    }
    if (!options.i) return start === end ? escaped(start) : `${escaped(start)}-${escaped(end)}`;
    if (end - start > 0x300) this.#refuse('ignoring the case of a long range');
    let all = '';
    for (let code = start; code <= end; code++) all += this.#cases(code).map(escaped).join('');
    return all;
  }

  #classCharacter(): number {
    if (!this.#peek('\\')) return this.#next();
    return this.#match(/\\b/y) ? 8 : this.#escapedCode();
  }
}

let cased: readonly number[] | undefined;

/** All characters that have another case. */
function casedCharacters(): readonly number[] {
  if (cased) return cased;
  const found: number[] = [];
  for (let code = 0; code < 0x1ffff; code++) {
    if ((code & 0xf800) === 0xd800) continue;
    const character = String.fromCodePoint(code);
    if (character.toLowerCase() !== character || character.toUpperCase() !== character) found.push(code);
  }
  cased = found;
  return found;
}

function changed(options: Options, [, on = '', off = '']: readonly (string | undefined)[]): Options {
  const value = (flag: 'i' | 'm' | 'x') => (on.includes(flag) || options[flag]) && !off.includes(flag);
  return { i: value('i'), m: value('m'), x: value('x') };
}

/** A character as it is written in a regular expression. */
function escaped(code: number): string {
  return /[a-z0-9]/i.test(String.fromCodePoint(code)) && code < 0x80
    ? String.fromCodePoint(code)
    : `\\u{${code.toString(16)}}`;
}
