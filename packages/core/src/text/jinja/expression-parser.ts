import type { Call, Expression } from './nodes.ts';
import { TokenReader } from './token-reader.ts';
import { Float } from './values.ts';

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
/** Names of constants. */
export const LITERALS = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);
const NO_ARGUMENTS: Omit<Call, 'type' | 'function'> = {
  positional: [],
  named: [],
  list: undefined,
  dict: undefined,
};

/** Parses expressions by jinja2's grammar, from the lowest precedence to the highest. */
export class ExpressionParser extends TokenReader {
  /** An expression, or several with commas: a tuple. */
  protected tuple(withCondition = true): Expression {
    const one = () => (withCondition ? this.expression() : this.#or());
    const items = [one()];
    let isTuple = false;
    while (this.skip('operator', ',')) {
      isTuple = true;
      if (this.is('end') || this.is('operator', ')') || this.is('name', 'if') || this.is('name', 'recursive'))
        break;
      items.push(one());
    }
    return isTuple ? { type: 'tuple', items } : items[0]!;
  }

  protected expression(): Expression {
    return this.nested(() => {
      let value = this.#or();
      while (this.skip('name', 'if')) {
        const condition = this.#or();
        const otherwise = this.skip('name', 'else') ? this.expression() : undefined;
        value = { type: 'conditional', condition, value, otherwise };
      }
      return value;
    });
  }

  #or(): Expression {
    let left = this.#and();
    while (this.skip('name', 'or')) left = { type: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.skip('name', 'and')) left = { type: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    if (this.skip('name', 'not')) return { type: 'not', value: this.nested(() => this.#not()) };
    return this.#comparison();
  }

  #comparison(): Expression {
    const first = this.#binary(0);
    const rest: { operator: string; value: Expression }[] = [];
    for (;;) {
      const next = this.next;
      let operator: string;
      if (this.is('operator') && COMPARISONS.includes(this.token.text)) operator = this.take('operator').text;
      else if (this.skip('name', 'in')) operator = 'in';
      else if (this.is('name', 'not') && next?.kind === 'name' && next.text === 'in') {
        this.advance(2);
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
    while (this.is('operator') && operators.includes(this.token.text)) {
      const operator = this.take('operator').text;
      left = { type: 'binary', operator, left, right: this.#binary(level + 1) };
    }
    return left;
  }

  #unary(withFilters = true): Expression {
    let value: Expression;
    if (this.skip('operator', '-'))
      value = { type: 'unary', operator: '-', value: this.nested(() => this.#unary(false)) };
    else if (this.skip('operator', '+'))
      value = { type: 'unary', operator: '+', value: this.nested(() => this.#unary(false)) };
    else value = this.#primary();
    value = this.#postfix(value);
    return withFilters ? this.#filterExpressions(value) : value;
  }

  #primary(): Expression {
    const token = this.token;
    this.advance();
    switch (token.kind) {
      case 'name': {
        const literal = LITERALS.get(token.text);
        return literal === undefined
          ? { type: 'name', name: token.text }
          : { type: 'constant', value: literal };
      }
      case 'string': {
        let text = token.text;
        while (this.is('string')) text += this.take('string').text;
        return { type: 'constant', value: text };
      }
      case 'integer': {
        const value = Number(token.text.replaceAll('_', ''));
        if (!Number.isSafeInteger(value)) this.fail(`integers beyond 2^53 are not supported: ${token.text}`);
        return { type: 'constant', value };
      }
      case 'float':
        return { type: 'constant', value: new Float(Number(token.text.replaceAll('_', ''))) };
      case 'operator':
        if (token.text === '(') {
          if (this.skip('operator', ')')) return { type: 'tuple', items: [] };
          const value = this.tuple();
          this.take('operator', ')');
          return value;
        }
        if (token.text === '[') {
          const items: Expression[] = [];
          while (!this.skip('operator', ']')) {
            if (items.length > 0) this.take('operator', ',');
            if (this.skip('operator', ']')) break;
            items.push(this.expression());
          }
          return { type: 'list', items };
        }
        if (token.text === '{') return this.#dict();
    }
    this.advance(-1);
    return this.fail(`unexpected '${token.text}'`);
  }

  #dict(): Expression {
    const entries: { key: Expression; value: Expression }[] = [];
    while (!this.skip('operator', '}')) {
      if (entries.length > 0) this.take('operator', ',');
      if (this.skip('operator', '}')) break;
      const key = this.expression();
      this.take('operator', ':');
      entries.push({ key, value: this.expression() });
    }
    return { type: 'dict', entries };
  }

  #postfix(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.skip('operator', '.')) {
        if (this.is('integer')) {
          const key: Expression = { type: 'constant', value: Number(this.take('integer').text) };
          value = { type: 'item', value, key };
        } else value = { type: 'attribute', value, name: this.take('name').text };
      } else if (this.skip('operator', '[')) value = this.#subscript(value);
      else if (this.is('operator', '(')) value = { type: 'call', function: value, ...this.#arguments() };
      else return value;
    }
  }

  #subscript(value: Expression): Expression {
    const one = (): Expression => {
      if (!this.is('operator', ':')) {
        const key = this.expression();
        if (!this.is('operator', ':')) return key;
        return slice(key);
      }
      return slice(undefined);
    };
    const slice = (start: Expression | undefined): Expression => {
      const bound = () =>
        this.is('operator', ':') || this.is('operator', ']') || this.is('operator', ',')
          ? undefined
          : this.expression();
      this.take('operator', ':');
      const stop = bound();
      const step = this.skip('operator', ':') ? bound() : undefined;
      return { type: 'slice', start, stop, step };
    };
    const keys = [one()];
    while (this.skip('operator', ',')) keys.push(one());
    this.take('operator', ']');
    return { type: 'item', value, key: keys.length === 1 ? keys[0]! : { type: 'tuple', items: keys } };
  }

  #arguments(): Omit<Call, 'type' | 'function'> {
    const positional: Expression[] = [];
    const named: { name: string; value: Expression }[] = [];
    let list: Expression | undefined;
    let dict: Expression | undefined;
    this.take('operator', '(');
    let isFirst = true;
    while (!this.skip('operator', ')')) {
      if (!isFirst) {
        this.take('operator', ',');
        if (this.skip('operator', ')')) break;
      }
      isFirst = false;
      const next = this.next;
      if (this.skip('operator', '*')) list = this.expression();
      else if (this.skip('operator', '**')) dict = this.expression();
      else if (this.is('name') && next?.kind === 'operator' && next.text === '=') {
        const name = this.take('name').text;
        this.advance();
        named.push({ name, value: this.expression() });
      } else {
        if (named.length > 0 || dict) this.fail('invalid syntax for function call expression');
        positional.push(this.expression());
      }
    }
    return { positional, named, list, dict };
  }

  #filterExpressions(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.is('operator', '|')) value = this.filters(value);
      else if (this.is('name', 'is')) value = this.#test(value);
      else if (this.is('operator', '(')) value = { type: 'call', function: value, ...this.#arguments() };
      else return value;
    }
  }

  #dottedName(): string {
    let name = this.take('name').text;
    while (this.skip('operator', '.')) name += `.${this.take('name').text}`;
    return name;
  }

  /** Filters after `|`; the first one of the tag `filter` has none before it. */
  protected filters(start: Expression, isInline = false): Expression {
    let value = start;
    for (let first = isInline; first || this.skip('operator', '|'); first = false) {
      const name = this.#dottedName();
      const call = this.is('operator', '(') ? this.#arguments() : NO_ARGUMENTS;
      value = { type: 'filter', name, value, ...call };
    }
    return value;
  }

  #test(value: Expression): Expression {
    this.take('name', 'is');
    const negated = this.skip('name', 'not');
    const name = this.#dottedName();
    let call: Omit<Call, 'type' | 'function'> = NO_ARGUMENTS;
    const { kind, text } = this.token;
    if (this.is('operator', '(')) call = this.#arguments();
    else if (
      (kind === 'name' && !['else', 'or', 'and'].includes(text)) ||
      kind === 'string' ||
      kind === 'integer' ||
      kind === 'float' ||
      (kind === 'operator' && (text === '[' || text === '{'))
    ) {
      if (this.is('name', 'is')) this.fail('tests cannot be chained with is');
      // `x is defined if …` and `x is none not …` are not arguments either: jinja2 reads them as such, and fails.
      call = { ...NO_ARGUMENTS, positional: [this.#postfix(this.#primary())] };
    }
    const test: Expression = { type: 'test', name, value, ...call };
    return negated ? { type: 'not', value: test } : test;
  }
}
