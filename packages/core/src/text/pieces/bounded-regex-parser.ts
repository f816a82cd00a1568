import { FormatError } from '../../errors.ts';

/** A part of a regular expression. */
export type RegexNode =
  | { readonly type: 'set'; readonly set: string }
  | { readonly type: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly type: 'alternatives'; readonly parts: readonly RegexNode[]; readonly name?: string }
  | {
      readonly type: 'repeat';
      readonly node: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly isGreedy: boolean;
    }
  | {
      readonly type: 'look';
      readonly node: RegexNode;
      readonly isBehind: boolean;
      readonly isNegative: boolean;
    }
  | { readonly type: 'atomic'; readonly node: RegexNode }
  | { readonly type: 'start' | 'end' };

/** Groups may be nested this deep. */
const MAX_DEPTH = 200;

/** Why an expression cannot be run. */
export class RegexSyntaxError extends FormatError {
  constructor(what: string) {
    super('regex-unsupported', what);
  }
}

/**
 * Parses a valid regular expression of JavaScript. Groups capture nothing; a back-reference is only possible to the lookahead directly
 * before it, `(?=(?<name>…))\k<name>`, which is an atomic group. Throws `RegexSyntaxError` for other back-references and modifiers.
 */
export function parseRegex(source: string): RegexNode {
  const parser = new Parser(source);
  return parser.parse();
}

class Parser {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): RegexNode {
    const node = this.#alternatives();
    if (this.#at < this.#source.length) throw new RegexSyntaxError('an unmatched )');
    return node;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match) this.#at += match[0].length;
    return match;
  }

  #alternatives(): RegexNode {
    if (++this.#depth > MAX_DEPTH) throw new RegexSyntaxError(`groups nested more than ${MAX_DEPTH} deep`);
    const all: RegexNode[] = [];
    let parts: RegexNode[] = [];
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      if (this.#source[this.#at] === '|') {
        this.#at++;
        all.push(joined(parts));
        parts = [];
      } else parts.push(this.#quantified(this.#atom()));
    }
    this.#depth--;
    all.push(joined(parts));
    return all.length === 1 ? all[0]! : { type: 'alternatives', parts: all };
  }

  #quantified(node: RegexNode): RegexNode {
    const match = this.#match(/(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/y);
    if (!match) return node;
    const [, symbol, least = '', comma, most, lazy] = match;
    const min = symbol ? (symbol === '+' ? 1 : 0) : Number(least);
    const max = symbol
      ? symbol === '?'
        ? 1
        : Infinity
      : comma
        ? most === ''
          ? Infinity
          : Number(most)
        : min;
    return { type: 'repeat', node, min, max, isGreedy: lazy === '' };
  }

  #atom(): RegexNode {
    const character = this.#source[this.#at]!;
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return { type: 'set', set: this.#class() };
      case '^':
        this.#at++;
        return { type: 'start' };
      case '$':
        this.#at++;
        return { type: 'end' };
      case '\\':
        return this.#escape();
      case '.':
        this.#at++;
        return { type: 'set', set: '.' };
      default: {
        const whole = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
        this.#at += whole.length;
        return { type: 'set', set: whole };
      }
    }
  }

  #group(): RegexNode {
    const [, kind = '', name] = this.#match(/\((?:\?(?:([:=!]|<[=!])|<([^>=!][^>]*)>))?/y)!;
    if (kind === '' && this.#source[this.#at] === '?') throw new RegexSyntaxError('a group with modifiers');
    const node = this.#alternatives();
    this.#at++;
    if (!/[=!]/.test(kind)) return name === undefined ? node : { type: 'alternatives', parts: [node], name };
    const isBehind = kind.startsWith('<');
    const isNegative = kind.endsWith('!');
    if (kind === '=' && node.type === 'alternatives' && node.name !== undefined) {
      const reference = `\\k<${node.name}>`;
      if (this.#source.startsWith(reference, this.#at)) {
        this.#at += reference.length;
        return { type: 'atomic', node };
      }
    }
    return { type: 'look', node, isBehind, isNegative };
  }

  /** A class in brackets, as it is written. */
  #class(): string {
    const start = this.#at;
    let depth = 0;
    do {
      const character = this.#source[this.#at];
      if (character === undefined) throw new RegexSyntaxError('an unmatched [');
      if (character === '\\') this.#at++;
      else if (character === '[') depth++;
      else if (character === ']') depth--;
      this.#at++;
    } while (depth > 0);
    return this.#source.slice(start, this.#at);
  }

  #escape(): RegexNode {
    if (this.#match(/\\k</y) || this.#match(/\\[1-9]/y)) throw new RegexSyntaxError('a back-reference');
    const boundary = this.#match(/\\([bB])/y)?.[1];
    if (boundary) return wordBoundary(boundary === 'B');
    const [escaped] = this.#match(
      /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[dD][89abAB]..\\u[dD][c-fC-F]..|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[a-zA-Z]|[\s\S])/y,
    )!;
    return { type: 'set', set: escaped };
  }
}

function joined(parts: readonly RegexNode[]): RegexNode {
  return parts.length === 1 ? parts[0]! : { type: 'sequence', parts };
}

function wordBoundary(isNegative: boolean): RegexNode {
  const word: RegexNode = { type: 'set', set: '\\w' };
  const look = (isBehind: boolean, negative: boolean): RegexNode => ({
    type: 'look',
    node: word,
    isBehind,
    isNegative: negative,
  });
  return {
    type: 'alternatives',
    parts: [
      { type: 'sequence', parts: [look(true, false), look(false, !isNegative)] },
      { type: 'sequence', parts: [look(true, true), look(false, isNegative)] },
    ],
  };
}
