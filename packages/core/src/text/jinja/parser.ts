import { JinjaError } from './error.ts';
import { type Token, tokenize } from './lexer.ts';
import type { Call, Expression, MacroParts, Node, Target } from './nodes.ts';
import { Float } from './values.ts';

/** Templates may nest blocks and expressions this deep. */
const MAX_DEPTH = 150;
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
const LITERALS = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

/** Parses a template by jinja2's grammar, with the tags `break`, `continue` and `generation`. Throws `JinjaError`. */
export function parse(source: string): Node[] {
  const parser = new Parser(tokenize(source));
  return parser.template();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  template(): Node[] {
    const { nodes } = this.#body([]);
    return nodes;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #fail(what: string): never {
    throw new JinjaError(`line ${this.#token.line}: ${what}`);
  }

  #is(kind: Token['kind'], text?: string): boolean {
    return this.#token.kind === kind && (text === undefined || this.#token.text === text);
  }

  #take(kind: Token['kind'], text?: string): Token {
    if (!this.#is(kind, text))
      this.#fail(`expected ${text === undefined ? kind : `'${text}'`}, got '${this.#token.text}'`);
    return this.#tokens[this.#at++]!;
  }

  #skip(kind: Token['kind'], text: string): boolean {
    const found = this.#is(kind, text);
    if (found) this.#at++;
    return found;
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) this.#fail('blocks or expressions are nested too deeply');
    const result = parse();
    this.#depth--;
    return result;
  }

  /** Nodes up to a block that begins with one of `ends`; the name of that block was read. */
  #body(ends: readonly string[]): { nodes: Node[]; end: string } {
    return this.#nested(() => {
      const nodes: Node[] = [];
      for (;;) {
        if (this.#is('data')) nodes.push({ type: 'text', text: this.#take('data').text });
        else if (this.#is('eof')) {
          if (ends.length > 0) this.#fail(`unexpected end of template, expected ${ends.join(' or ')}`);
          return { nodes, end: '' };
        } else if (this.#take('begin').text === '{{') {
          nodes.push({ type: 'print', value: this.#tuple() });
          this.#take('end');
        } else {
          const name = this.#take('name').text;
          if (ends.includes(name)) return { nodes, end: name };
          nodes.push(this.#statement(name));
        }
      }
    });
  }

  /** The nodes up to the end of a block, which is read too. */
  #block(end: string): Node[] {
    this.#take('end');
    const { nodes } = this.#body([end]);
    this.#take('end');
    return nodes;
  }

  #statement(name: string): Node {
    switch (name) {
      case 'for':
        return this.#for();
      case 'if':
        return this.#if();
      case 'set':
        return this.#set();
      case 'macro': {
        const name = this.#take('name').text;
        const parameters = this.#parameters();
        return { type: 'macro', name, ...parameters, body: this.#macroEnd('endmacro') };
      }
      case 'call': {
        const parameters = this.#is('operator', '(') ? this.#parameters() : { names: [], defaults: [] };
        const call = this.#expression();
        if (call.type !== 'call') this.#fail('expected a call');
        return { type: 'callBlock', call: call as Call, ...parameters, body: this.#macroEnd('endcall') };
      }
      case 'filter': {
        const input: Expression = { type: 'body' };
        const value = this.#filters(input, true);
        return { type: 'filterBlock', value, body: this.#block('endfilter') };
      }
      case 'with': {
        const values: { target: Target; value: Expression }[] = [];
        while (!this.#is('end')) {
          if (values.length > 0) this.#take('operator', ',');
          const target = this.#target();
          this.#take('operator', '=');
          values.push({ target, value: this.#expression() });
        }
        return { type: 'with', values, body: this.#block('endwith') };
      }
      case 'generation':
        return { type: 'scope', body: this.#block('endgeneration') };
      case 'block': {
        this.#take('name');
        while (this.#is('name')) this.#at++;
        this.#take('end');
        const { nodes: body } = this.#body(['endblock']);
        if (this.#is('name')) this.#at++;
        this.#take('end');
        return { type: 'scope', body };
      }
      case 'autoescape': {
        const value = this.#expression();
        if (value.type !== 'constant' || value.value !== false) this.#fail('autoescape is not supported');
        return { type: 'scope', body: this.#block('endautoescape') };
      }
      case 'print': {
        const value = this.#tuple();
        this.#take('end');
        return { type: 'print', value };
      }
      case 'break':
      case 'continue':
        this.#take('end');
        return { type: name };
      case 'include':
      case 'import':
      case 'from':
      case 'extends':
        return this.#fail(`'${name}' is not supported: a chat template has no other files`);
      default:
        return this.#fail(`unknown tag '${name}'`);
    }
  }

  #macroEnd(end: string): Node[] {
    return this.#block(end);
  }

  #for(): Node {
    const target = this.#targets();
    this.#take('name', 'in');
    const items = this.#tuple(false);
    const condition = this.#skip('name', 'if') ? this.#expression() : undefined;
    const recursive = this.#skip('name', 'recursive');
    this.#take('end');
    const { nodes: body, end } = this.#body(['endfor', 'else']);
    let otherwise: Node[] = [];
    if (end === 'else') otherwise = this.#block('endfor');
    else this.#take('end');
    return { type: 'for', target, items, condition, recursive, body, otherwise };
  }

  #if(): Node {
    const branches: { condition: Expression; body: Node[] }[] = [];
    for (;;) {
      const condition = this.#tuple(false);
      this.#take('end');
      const { nodes: body, end } = this.#body(['elif', 'else', 'endif']);
      branches.push({ condition, body });
      if (end === 'elif') continue;
      const otherwise = end === 'else' ? this.#block('endif') : [];
      if (end === 'endif') this.#take('end');
      return { type: 'if', branches, otherwise };
    }
  }

  #set(): Node {
    const target = this.#targets(true);
    if (this.#skip('operator', '=')) {
      const value = this.#tuple();
      this.#take('end');
      return { type: 'set', target, value };
    }
    const value = this.#filters({ type: 'body' });
    return { type: 'setBlock', target, value, body: this.#block('endset') };
  }

  #parameters(): MacroParts {
    const names: string[] = [];
    const defaults: Expression[] = [];
    this.#take('operator', '(');
    while (!this.#skip('operator', ')')) {
      if (names.length > 0) this.#take('operator', ',');
      names.push(this.#take('name').text);
      if (this.#skip('operator', '=')) defaults.push(this.#expression());
      else if (defaults.length > 0) this.#fail('non-default argument follows default argument');
    }
    return { names, defaults };
  }

  /** What a value is assigned to: a name, `namespace.name`, or several. */
  #target(withNamespace = false): Target {
    if (this.#skip('operator', '(')) {
      const target = this.#targets(withNamespace, ')');
      this.#take('operator', ')');
      return target;
    }
    const name = this.#take('name').text;
    if (LITERALS.has(name)) this.#fail(`cannot assign to '${name}'`);
    if (withNamespace && this.#skip('operator', '.'))
      return { namespace: name, attribute: this.#take('name').text };
    return name;
  }

  #targets(withNamespace = false, end?: string): Target {
    const targets = [this.#target(withNamespace)];
    let isTuple = false;
    while (this.#skip('operator', ',')) {
      isTuple = true;
      if (this.#is('name', 'in') || this.#is('operator', '=') || (end && this.#is('operator', end))) break;
      targets.push(this.#target(withNamespace));
    }
    return isTuple ? targets : targets[0]!;
  }

  /** An expression, or several with commas: a tuple. */
  #tuple(withCondition = true): Expression {
    const one = () => (withCondition ? this.#expression() : this.#or());
    const items = [one()];
    let isTuple = false;
    while (this.#skip('operator', ',')) {
      isTuple = true;
      if (
        this.#is('end') ||
        this.#is('operator', ')') ||
        this.#is('name', 'if') ||
        this.#is('name', 'recursive')
      )
        break;
      items.push(one());
    }
    return isTuple ? { type: 'tuple', items } : items[0]!;
  }

  #expression(): Expression {
    return this.#nested(() => {
      let value = this.#or();
      while (this.#skip('name', 'if')) {
        const condition = this.#or();
        const otherwise = this.#skip('name', 'else') ? this.#expression() : undefined;
        value = { type: 'conditional', condition, value, otherwise };
      }
      return value;
    });
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#skip('name', 'or')) left = { type: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#skip('name', 'and')) left = { type: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    if (this.#skip('name', 'not')) return { type: 'not', value: this.#nested(() => this.#not()) };
    return this.#comparison();
  }

  #comparison(): Expression {
    const first = this.#binary(0);
    const rest: { operator: string; value: Expression }[] = [];
    for (;;) {
      const next = this.#tokens[this.#at + 1];
      let operator: string;
      if (this.#is('operator') && COMPARISONS.includes(this.#token.text))
        operator = this.#take('operator').text;
      else if (this.#skip('name', 'in')) operator = 'in';
      else if (this.#is('name', 'not') && next?.kind === 'name' && next.text === 'in') {
        this.#at += 2;
        operator = 'not in';
      } else break;
      rest.push({ operator, value: this.#binary(0) });
    }
    return rest.length === 0 ? first : { type: 'compare', first, rest };
  }

  /** Arithmetic, by level: `+ -`, `~`, `* / // %`, `**`. */
  #binary(level: number): Expression {
    const operators = [['+', '-'], ['~'], ['*', '/', '//', '%'], ['**']][level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    while (this.#is('operator') && operators.includes(this.#token.text)) {
      const operator = this.#take('operator').text;
      left = { type: 'binary', operator, left, right: this.#binary(level + 1) };
    }
    return left;
  }

  #unary(withFilters = true): Expression {
    let value: Expression;
    if (this.#skip('operator', '-'))
      value = { type: 'unary', operator: '-', value: this.#nested(() => this.#unary(false)) };
    else if (this.#skip('operator', '+'))
      value = { type: 'unary', operator: '+', value: this.#nested(() => this.#unary(false)) };
    else value = this.#primary();
    value = this.#postfix(value);
    return withFilters ? this.#filterExpressions(value) : value;
  }

  #primary(): Expression {
    const token = this.#token;
    this.#at++;
    switch (token.kind) {
      case 'name': {
        const literal = LITERALS.get(token.text);
        return literal === undefined
          ? { type: 'name', name: token.text }
          : { type: 'constant', value: literal };
      }
      case 'string': {
        let text = token.text;
        while (this.#is('string')) text += this.#take('string').text;
        return { type: 'constant', value: text };
      }
      case 'integer': {
        const value = Number(token.text.replaceAll('_', ''));
        if (!Number.isSafeInteger(value)) this.#fail(`integers beyond 2^53 are not supported: ${token.text}`);
        return { type: 'constant', value };
      }
      case 'float':
        return { type: 'constant', value: new Float(Number(token.text.replaceAll('_', ''))) };
      case 'operator':
        if (token.text === '(') {
          if (this.#skip('operator', ')')) return { type: 'tuple', items: [] };
          const value = this.#tuple();
          this.#take('operator', ')');
          return value;
        }
        if (token.text === '[') {
          const items: Expression[] = [];
          while (!this.#skip('operator', ']')) {
            if (items.length > 0) this.#take('operator', ',');
            if (this.#skip('operator', ']')) break;
            items.push(this.#expression());
          }
          return { type: 'list', items };
        }
        if (token.text === '{') return this.#dict();
    }
    this.#at--;
    return this.#fail(`unexpected '${token.text}'`);
  }

  #dict(): Expression {
    const entries: { key: Expression; value: Expression }[] = [];
    while (!this.#skip('operator', '}')) {
      if (entries.length > 0) this.#take('operator', ',');
      if (this.#skip('operator', '}')) break;
      const key = this.#expression();
      this.#take('operator', ':');
      entries.push({ key, value: this.#expression() });
    }
    return { type: 'dict', entries };
  }

  #postfix(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.#skip('operator', '.')) {
        if (this.#is('integer')) {
          const key: Expression = { type: 'constant', value: Number(this.#take('integer').text) };
          value = { type: 'item', value, key };
        } else value = { type: 'attribute', value, name: this.#take('name').text };
      } else if (this.#skip('operator', '[')) value = this.#subscript(value);
      else if (this.#is('operator', '(')) value = { type: 'call', function: value, ...this.#arguments() };
      else return value;
    }
  }

  #subscript(value: Expression): Expression {
    const one = (): Expression => {
      if (!this.#is('operator', ':')) {
        const key = this.#expression();
        if (!this.#is('operator', ':')) return key;
        return slice(key);
      }
      return slice(undefined);
    };
    const slice = (start: Expression | undefined): Expression => {
      const bound = () =>
        this.#is('operator', ':') || this.#is('operator', ']') || this.#is('operator', ',')
          ? undefined
          : this.#expression();
      this.#take('operator', ':');
      const stop = bound();
      const step = this.#skip('operator', ':') ? bound() : undefined;
      return { type: 'slice', start, stop, step };
    };
    const keys = [one()];
    while (this.#skip('operator', ',')) keys.push(one());
    this.#take('operator', ']');
    return { type: 'item', value, key: keys.length === 1 ? keys[0]! : { type: 'tuple', items: keys } };
  }

  #arguments(): Omit<Call, 'type' | 'function'> {
    const positional: Expression[] = [];
    const named: { name: string; value: Expression }[] = [];
    let list: Expression | undefined;
    let dict: Expression | undefined;
    this.#take('operator', '(');
    let isFirst = true;
    while (!this.#skip('operator', ')')) {
      if (!isFirst) {
        this.#take('operator', ',');
        if (this.#skip('operator', ')')) break;
      }
      isFirst = false;
      const next = this.#tokens[this.#at + 1];
      if (this.#skip('operator', '*')) list = this.#expression();
      else if (this.#skip('operator', '**')) dict = this.#expression();
      else if (this.#is('name') && next?.kind === 'operator' && next.text === '=') {
        const name = this.#take('name').text;
        this.#at++;
        named.push({ name, value: this.#expression() });
      } else {
        if (named.length > 0 || dict) this.#fail('invalid syntax for function call expression');
        positional.push(this.#expression());
      }
    }
    return { positional, named, list, dict };
  }

  #filterExpressions(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.#is('operator', '|')) value = this.#filters(value);
      else if (this.#is('name', 'is')) value = this.#test(value);
      else if (this.#is('operator', '(')) value = { type: 'call', function: value, ...this.#arguments() };
      else return value;
    }
  }

  #dottedName(): string {
    let name = this.#take('name').text;
    while (this.#skip('operator', '.')) name += `.${this.#take('name').text}`;
    return name;
  }

  /** Filters after `|`; the first one of the tag `filter` has none before it. */
  #filters(start: Expression, isInline = false): Expression {
    let value = start;
    for (let first = isInline; first || this.#skip('operator', '|'); first = false) {
      const name = this.#dottedName();
      const call = this.#is('operator', '(') ? this.#arguments() : NO_ARGUMENTS;
      value = { type: 'filter', name, value, ...call };
    }
    return value;
  }

  #test(value: Expression): Expression {
    this.#take('name', 'is');
    const negated = this.#skip('name', 'not');
    const name = this.#dottedName();
    let call: Omit<Call, 'type' | 'function'> = NO_ARGUMENTS;
    const { kind, text } = this.#token;
    if (this.#is('operator', '(')) call = this.#arguments();
    else if (
      (kind === 'name' && !['else', 'or', 'and'].includes(text)) ||
      kind === 'string' ||
      kind === 'integer' ||
      kind === 'float' ||
      (kind === 'operator' && (text === '[' || text === '{'))
    ) {
      if (this.#is('name', 'is')) this.#fail('tests cannot be chained with is');
      // `x is defined if …` and `x is none not …` are not arguments either: jinja2 reads them as such, and fails.
      call = { ...NO_ARGUMENTS, positional: [this.#postfix(this.#primary())] };
    }
    const test: Expression = { type: 'test', name, value, ...call };
    return negated ? { type: 'not', value: test } : test;
  }
}

const NO_ARGUMENTS: Omit<Call, 'type' | 'function'> = {
  positional: [],
  named: [],
  list: undefined,
  dict: undefined,
};
