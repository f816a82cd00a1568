import { ExpressionParser, LITERALS } from './expression-parser.ts';
import { tokenize } from './lexer.ts';
import type { Call, Expression, MacroParts, Node, Target } from './nodes.ts';

/** Parses a template by jinja2's grammar, with the tags `break`, `continue` and `generation`. Throws `JinjaError`. */
export function parse(source: string): Node[] {
  const parser = new TemplateParser(tokenize(source));
  return parser.template();
}

/** Parses texts, prints and tags. */
class TemplateParser extends ExpressionParser {
  template(): Node[] {
    const { nodes } = this.#body([]);
    return nodes;
  }

  /** Nodes up to a block that begins with one of `ends`; the name of that block was read. */
  #body(ends: readonly string[]): { nodes: Node[]; end: string } {
    return this.nested(() => {
      const nodes: Node[] = [];
      for (;;) {
        if (this.is('data')) nodes.push({ type: 'text', text: this.take('data').text });
        else if (this.is('eof')) {
          if (ends.length > 0) this.fail(`unexpected end of template, expected ${ends.join(' or ')}`);
          return { nodes, end: '' };
        } else if (this.take('begin').text === '{{') {
          nodes.push({ type: 'print', value: this.tuple() });
          this.take('end');
        } else {
          const name = this.take('name').text;
          if (ends.includes(name)) return { nodes, end: name };
          nodes.push(this.#statement(name));
        }
      }
    });
  }

  /** The nodes up to the end of a block, which is read too. */
  #block(end: string): Node[] {
    this.take('end');
    const { nodes } = this.#body([end]);
    this.take('end');
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
        const name = this.take('name').text;
        const parameters = this.#parameters();
        return { type: 'macro', name, ...parameters, body: this.#block('endmacro') };
      }
      case 'call': {
        const parameters = this.is('operator', '(') ? this.#parameters() : { names: [], defaults: [] };
        const call = this.expression();
        if (call.type !== 'call') this.fail('expected a call');
        return { type: 'callBlock', call: call as Call, ...parameters, body: this.#block('endcall') };
      }
      case 'filter': {
        const input: Expression = { type: 'body' };
        const value = this.filters(input, true);
        return { type: 'filterBlock', value, body: this.#block('endfilter') };
      }
      case 'with': {
        const values: { target: Target; value: Expression }[] = [];
        while (!this.is('end')) {
          if (values.length > 0) this.take('operator', ',');
          const target = this.#target();
          this.take('operator', '=');
          values.push({ target, value: this.expression() });
        }
        return { type: 'with', values, body: this.#block('endwith') };
      }
      case 'generation':
        return { type: 'scope', body: this.#block('endgeneration') };
      case 'block': {
        this.take('name');
        while (this.is('name')) this.advance();
        this.take('end');
        const { nodes: body } = this.#body(['endblock']);
        if (this.is('name')) this.advance();
        this.take('end');
        return { type: 'scope', body };
      }
      case 'autoescape': {
        const value = this.expression();
        if (value.type !== 'constant' || value.value !== false) this.fail('autoescape is not supported');
        return { type: 'scope', body: this.#block('endautoescape') };
      }
      case 'print': {
        const value = this.tuple();
        this.take('end');
        return { type: 'print', value };
      }
      case 'break':
      case 'continue':
        this.take('end');
        return { type: name };
      case 'include':
      case 'import':
      case 'from':
      case 'extends':
        return this.fail(`'${name}' is not supported: a chat template has no other files`);
      default:
        return this.fail(`unknown tag '${name}'`);
    }
  }

  #for(): Node {
    const target = this.#targets();
    this.take('name', 'in');
    const items = this.tuple(false);
    const condition = this.skip('name', 'if') ? this.expression() : undefined;
    const recursive = this.skip('name', 'recursive');
    this.take('end');
    const { nodes: body, end } = this.#body(['endfor', 'else']);
    let otherwise: Node[] = [];
    if (end === 'else') otherwise = this.#block('endfor');
    else this.take('end');
    return { type: 'for', target, items, condition, recursive, body, otherwise };
  }

  #if(): Node {
    const branches: { condition: Expression; body: Node[] }[] = [];
    for (;;) {
      const condition = this.tuple(false);
      this.take('end');
      const { nodes: body, end } = this.#body(['elif', 'else', 'endif']);
      branches.push({ condition, body });
      if (end === 'elif') continue;
      const otherwise = end === 'else' ? this.#block('endif') : [];
      if (end === 'endif') this.take('end');
      return { type: 'if', branches, otherwise };
    }
  }

  #set(): Node {
    const target = this.#targets(true);
    if (this.skip('operator', '=')) {
      const value = this.tuple();
      this.take('end');
      return { type: 'set', target, value };
    }
    const value = this.filters({ type: 'body' });
    return { type: 'setBlock', target, value, body: this.#block('endset') };
  }

  #parameters(): MacroParts {
    const names: string[] = [];
    const defaults: Expression[] = [];
    this.take('operator', '(');
    while (!this.skip('operator', ')')) {
      if (names.length > 0) this.take('operator', ',');
      names.push(this.take('name').text);
      if (this.skip('operator', '=')) defaults.push(this.expression());
      else if (defaults.length > 0) this.fail('non-default argument follows default argument');
    }
    return { names, defaults };
  }

  /** What a value is assigned to: a name, `namespace.name`, or several. */
  #target(withNamespace = false): Target {
    if (this.skip('operator', '(')) {
      const target = this.#targets(withNamespace, ')');
      this.take('operator', ')');
      return target;
    }
    const name = this.take('name').text;
    if (LITERALS.has(name)) this.fail(`cannot assign to '${name}'`);
    if (withNamespace && this.skip('operator', '.'))
      return { namespace: name, attribute: this.take('name').text };
    return name;
  }

  #targets(withNamespace = false, end?: string): Target {
    const targets = [this.#target(withNamespace)];
    let isTuple = false;
    while (this.skip('operator', ',')) {
      isTuple = true;
      if (this.is('name', 'in') || this.is('operator', '=') || (end && this.is('operator', end))) break;
      targets.push(this.#target(withNamespace));
    }
    return isTuple ? targets : targets[0]!;
  }
}
