import { bind, textOf } from './arguments.ts';
import { JinjaError } from './error.ts';
import { runFilter } from './filters.ts';
import { cycled, globalFunctions } from './globals.ts';
import { Limits, type RenderLimits, withLimits } from './limits.ts';
import { getAttribute, getItem } from './methods.ts';
import type { Call, Expression, MacroParts, Node, Target } from './nodes.ts';
import { binary, compareBy, slice, unary } from './operations.ts';
import { runTest } from './predicates.ts';
import {
  type Args,
  Callable,
  Dict,
  isEqual,
  isTrue,
  iterate,
  Namespace,
  Tuple,
  toText,
  typeName,
  Undefined,
  undefinedError,
  type Value,
} from './values.ts';

/** Names and their values, in the blocks around. */
class Scope {
  readonly #names = new Map<string, Value>();
  readonly #parent: Scope | undefined;

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  get(name: string): Value | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.#parent) {
      const value = scope.#names.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value);
  }
}

/** How a list of nodes ended. */
type Ending = 'break' | 'continue' | undefined;

/** Steps of a loop's iteration, which makes a scope. */
const ITERATION = 8;

/** A rendering that may be left between its statements, and goes on with the next call of `next`. */
type Steps<T> = Generator<void, T, void>;

/** Renders a parsed template. Throws `JinjaError`, for one that takes too long or gives too much too. */
export function render(
  nodes: readonly Node[],
  variables: ReadonlyMap<string, Value>,
  given?: RenderLimits,
): string {
  return toEnd(renderSteps(nodes, variables, given));
}

/** {@link render} with a pause after every 50,000 steps, at the next statement that is not in a macro called within a larger expression. */
export function* renderSteps(
  nodes: readonly Node[],
  variables: ReadonlyMap<string, Value>,
  given?: RenderLimits,
): Steps<string> {
  const limits = new Limits(given);
  const steps = new Interpreter(limits).template(nodes, variables);
  for (;;) {
    // Between two of them, another rendering may run.
    const { done, value } = withLimits(limits, () => steps.next());
    if (done) return value;
    yield;
  }
}

/** The result of a rendering without pauses. */
function toEnd<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** A macro, whose call may be left between its statements. */
class Macro extends Callable {
  readonly steps: (args: Args) => Steps<string>;

  constructor(name: string, steps: (args: Args) => Steps<string>) {
    super(name, (args) => toEnd(steps(args)), new Map([['name', () => name]]));
    this.steps = steps;
  }
}

class Interpreter {
  readonly #limits: Limits;
  #output: string[] = [];
  #length = 0;
  /** The text of the block whose filters are running. */
  #body: Value = '';

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  template(nodes: readonly Node[], variables: ReadonlyMap<string, Value>): Steps<string> {
    const globals = new Scope();
    for (const [name, value] of globalFunctions(this.#limits)) globals.set(name, value);
    const scope = new Scope(globals);
    for (const [name, value] of variables) scope.set(name, value);
    return this.#capture(this.#nodes(nodes, new Scope(scope)));
  }

  #write(text: string): void {
    this.#length += text.length;
    this.#limits.length(this.#length);
    this.#output.push(text);
  }

  /** The text that `run` writes. */
  *#capture(run: Steps<unknown>): Steps<string> {
    const [output, length] = [this.#output, this.#length];
    this.#output = [];
    yield* run;
    const text = this.#output.join('');
    this.#limits.step(text.length >> 5);
    [this.#output, this.#length] = [output, length];
    return text;
  }

  /** The text of a call, whose depth is limited. */
  *#called(run: Steps<unknown>): Steps<string> {
    this.#limits.enter();
    const text = yield* this.#capture(run);
    this.#limits.leave();
    return text;
  }

  *#nodes(nodes: readonly Node[], scope: Scope): Steps<Ending> {
    for (const node of nodes) {
      this.#limits.step();
      if (this.#limits.isPauseDue()) yield;
      const steps = this.#node(node, scope);
      const ending = typeof steps === 'object' ? yield* steps : steps;
      if (ending) return ending;
    }
    return undefined;
  }

  /** Runs a statement, or returns the steps of one with others in it. */
  #node(node: Node, scope: Scope): Ending | Steps<Ending> {
    switch (node.type) {
      case 'text':
        this.#write(node.text);
        return undefined;
      case 'print':
        if (node.value.type === 'call') return this.#printCall(node.value, scope);
        this.#write(toText(this.#evaluate(node.value, scope)));
        return undefined;
      case 'if': {
        for (const { condition, body } of node.branches)
          if (isTrue(this.#evaluate(condition, scope))) return this.#nodes(body, scope);
        return this.#nodes(node.otherwise, scope);
      }
      case 'for':
        return this.#for(node, this.#evaluate(node.items, scope), scope, 0);
      case 'set':
        this.#assign(node.target, this.#evaluate(node.value, scope), scope);
        return undefined;
      case 'setBlock':
        return this.#filtered(node.value, node.body, scope, (value) =>
          this.#assign(node.target, value, scope),
        );
      case 'filterBlock':
        return this.#filtered(node.value, node.body, scope, (value) => this.#write(toText(value)));
      case 'with': {
        const inner = new Scope(scope);
        const values = node.values.map(({ value }) => this.#evaluate(value, scope));
        for (const [i, { target }] of node.values.entries()) this.#assign(target, values[i]!, inner);
        return this.#nodes(node.body, inner);
      }
      case 'scope':
        return this.#nodes(node.body, new Scope(scope));
      case 'macro':
        scope.set(node.name, this.#macro(node.name, node, node.body, scope));
        return undefined;
      case 'callBlock':
        return this.#printCall(node.call, scope, this.#macro('caller', node, node.body, scope));
      default:
        return node.type;
    }
  }

  *#printCall(node: Call, scope: Scope, caller?: Value): Steps<Ending> {
    this.#limits.step();
    const { callee, args } = this.#callOf(node, scope, caller);
    this.#write(toText(callee instanceof Macro ? yield* callee.steps(args) : callee.call(args)));
    return undefined;
  }

  /** The text of a block's body, through its filters. */
  *#filtered(
    value: Expression,
    body: readonly Node[],
    scope: Scope,
    use: (value: Value) => void,
  ): Steps<Ending> {
    const text = yield* this.#capture(this.#nodes(body, new Scope(scope)));
    const before = this.#body;
    this.#body = text;
    const result = this.#evaluate(value, scope);
    this.#body = before;
    use(result);
    return undefined;
  }

  *#for(node: Node & { type: 'for' }, value: Value, scope: Scope, depth: number): Steps<Ending> {
    let items = iterate(value);
    if (node.condition) {
      const { condition } = node;
      items = items.filter((item) => {
        this.#limits.step(ITERATION);
        const inner = new Scope(scope);
        this.#assign(node.target, item, inner);
        return isTrue(this.#evaluate(condition, inner));
      });
    }
    let at = 0;
    let changed: Value[] | undefined;
    const attributes = new Map<string, () => Value>([
      ['index', () => at + 1],
      ['index0', () => at],
      ['revindex', () => items.length - at],
      ['revindex0', () => items.length - at - 1],
      ['first', () => at === 0],
      ['last', () => at === items.length - 1],
      ['length', () => items.length],
      ['depth', () => depth + 1],
      ['depth0', () => depth],
      ['previtem', () => found(items[at - 1], () => 'there is no previous item')],
      ['nextitem', () => found(items[at + 1], () => 'there is no next item')],
      ['cycle', () => new Callable('cycle', ({ positional }) => cycled(positional, at))],
      [
        'changed',
        () =>
          new Callable('changed', ({ positional }) => {
            const same = changed !== undefined && isEqual(new Tuple(changed), new Tuple([...positional]));
            changed = [...positional];
            return !same;
          }),
      ],
    ]);
    const loop = new Callable(
      'loop',
      (args) => {
        if (!node.recursive) throw new JinjaError("'loop' is not callable: the loop must be 'recursive'");
        const [inner = null] = bind('loop', args, ['iterable']);
        return toEnd(this.#called(this.#for(node, inner, scope, depth + 1)));
      },
      attributes,
    );
    for (; at < items.length; at++) {
      this.#limits.step(ITERATION);
      const inner = new Scope(scope);
      inner.set('loop', loop);
      this.#assign(node.target, items[at]!, inner);
      if ((yield* this.#nodes(node.body, inner)) === 'break') break;
    }
    if (items.length === 0) yield* this.#nodes(node.otherwise, new Scope(scope));
    return undefined;
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    if (typeof target === 'string') scope.set(target, value);
    else if (Array.isArray(target)) {
      if (value instanceof Undefined) throw undefinedError(value);
      const items = iterate(value);
      if (items.length !== target.length)
        throw new JinjaError(
          items.length < target.length
            ? `not enough values to unpack (expected ${target.length}, got ${items.length})`
            : `too many values to unpack (expected ${target.length})`,
        );
      for (const [i, part] of target.entries()) this.#assign(part, items[i]!, scope);
    } else {
      const namespace = scope.get(target.namespace);
      if (!(namespace instanceof Namespace))
        throw new JinjaError('cannot assign attribute on non-namespace object');
      namespace.attributes.set(target.attribute, value);
    }
  }

  #macro(name: string, { names, defaults }: MacroParts, body: readonly Node[], scope: Scope): Macro {
    const first = names.length - defaults.length;
    const steps = ({ positional, named }: Args) => {
      const inner = new Scope(scope);
      const others = new Dict();
      for (const [key, value] of named) {
        if (key === 'caller' && !names.includes(key)) inner.set(key, value);
        else if (!names.includes(key)) others.set(key, value);
        else if (names.indexOf(key) < positional.length)
          throw new JinjaError(`macro '${name}' got multiple values for argument '${key}'`);
      }
      if (others.size > 0 && !mentions(body, 'kwargs'))
        throw new JinjaError(`macro '${name}' takes no keyword argument ${toText(others.keys()[0]!)}`);
      if (positional.length > names.length && !mentions(body, 'varargs'))
        throw new JinjaError(`macro '${name}' takes not more than ${names.length} argument(s)`);
      inner.set('kwargs', others);
      inner.set('varargs', new Tuple(positional.slice(names.length)));
      if (inner.get('caller') === undefined) inner.set('caller', new Undefined('No caller defined'));
      for (const [i, parameter] of names.entries()) {
        const given = i < positional.length ? positional[i] : named.get(parameter);
        const otherwise = () =>
          i < first
            ? new Undefined(`parameter '${parameter}' was not provided`)
            : this.#evaluate(defaults[i - first]!, inner);
        inner.set(parameter, given === undefined ? otherwise() : given);
      }
      return this.#called(this.#nodes(body, inner));
    };
    return new Macro(name, steps);
  }

  #evaluate(node: Expression, scope: Scope): Value {
    this.#limits.step();
    switch (node.type) {
      case 'constant':
        return node.value;
      case 'name':
        return found(scope.get(node.name), () => `'${node.name}' is undefined`);
      case 'body':
        return this.#body;
      case 'attribute':
        return getAttribute(this.#evaluate(node.value, scope), node.name);
      case 'item': {
        const value = this.#evaluate(node.value, scope);
        const { key } = node;
        if (key.type === 'slice') return this.#slice(value, key, scope);
        this.#limits.charge([value]);
        return getItem(value, this.#evaluate(key, scope));
      }
      case 'list':
        return node.items.map((item) => this.#evaluate(item, scope));
      case 'tuple':
        return new Tuple(node.items.map((item) => this.#evaluate(item, scope)));
      case 'dict':
        return Dict.of(
          node.entries.map(
            ({ key, value }) => [this.#evaluate(key, scope), this.#evaluate(value, scope)] as const,
          ),
        );
      case 'call':
        return this.#call(node, scope);
      case 'filter': {
        const value = this.#evaluate(node.value, scope);
        return runFilter(node.name, value, this.#arguments(node, scope), this.#limits);
      }
      case 'test': {
        const value = this.#evaluate(node.value, scope);
        const { positional } = this.#arguments(node, scope);
        if (node.name === 'filter' || node.name === 'test')
          throw new JinjaError(`the test '${node.name}' is not supported`);
        this.#limits.charge([value, ...positional]);
        return runTest(node.name, value, positional, this.#limits);
      }
      case 'not':
        return !isTrue(this.#evaluate(node.value, scope));
      case 'and': {
        const left = this.#evaluate(node.left, scope);
        return isTrue(left) ? this.#evaluate(node.right, scope) : left;
      }
      case 'or': {
        const left = this.#evaluate(node.left, scope);
        return isTrue(left) ? left : this.#evaluate(node.right, scope);
      }
      case 'unary':
        return unary(node.operator, this.#evaluate(node.value, scope));
      case 'binary': {
        const left = this.#evaluate(node.left, scope);
        const right = this.#evaluate(node.right, scope);
        this.#limits.charge([left, right]);
        if (node.operator !== '~') return binary(node.operator, left, right, this.#limits);
        const [a, b] = [toText(left), toText(right)];
        this.#limits.length(a.length + b.length);
        return a + b;
      }
      case 'compare': {
        let left = this.#evaluate(node.first, scope);
        for (const { operator, value } of node.rest) {
          const right = this.#evaluate(value, scope);
          this.#limits.charge([left, right]);
          if (!compareBy(operator, left, right)) return false;
          left = right;
        }
        return true;
      }
      case 'conditional':
        if (isTrue(this.#evaluate(node.condition, scope))) return this.#evaluate(node.value, scope);
        return node.otherwise
          ? this.#evaluate(node.otherwise, scope)
          : new Undefined('the inline if-expression evaluated to false and no else section was defined.');
      default:
        throw new JinjaError('a slice is only possible of a value');
    }
  }

  #slice(value: Value, key: Expression & { type: 'slice' }, scope: Scope): Value {
    if (value instanceof Undefined) throw undefinedError(value);
    const bound = (part: Expression | undefined) => part && this.#evaluate(part, scope);
    const [start, stop, step] = [bound(key.start), bound(key.stop), bound(key.step)];
    this.#limits.charge([value]);
    const part = slice(value, start, stop, step);
    if (part === undefined) throw new JinjaError(`'${typeName(value)}' object cannot be sliced`);
    return part;
  }

  #arguments(node: Omit<Call, 'type' | 'function'>, scope: Scope): Args {
    const positional = node.positional.map((value) => this.#evaluate(value, scope));
    const named = new Map<string, Value>();
    if (node.list) positional.push(...iterate(this.#evaluate(node.list, scope)));
    for (const { name, value } of node.named) named.set(name, this.#evaluate(value, scope));
    if (node.dict) {
      const dict = this.#evaluate(node.dict, scope);
      if (!(dict instanceof Dict))
        throw new JinjaError(`argument after ** must be a mapping, not ${typeName(dict)}`);
      for (const [name, value] of dict.entries()) named.set(textOf('the name of an argument', name), value);
    }
    return { positional, named };
  }

  #call(node: Call, scope: Scope): Value {
    const { callee, args } = this.#callOf(node, scope);
    return callee.call(args);
  }

  #callOf(node: Call, scope: Scope, caller?: Value): { callee: Callable; args: Args } {
    const callee = this.#evaluate(node.function, scope);
    if (callee instanceof Undefined) throw undefinedError(callee);
    if (!(callee instanceof Callable)) throw new JinjaError(`'${typeName(callee)}' object is not callable`);
    const args = this.#arguments(node, scope);
    return {
      callee,
      args: caller ? { ...args, named: new Map([...args.named, ['caller', caller]]) } : args,
    };
  }
}

/** A value that may be none, or `Undefined` if there is none. */
const found = (value: Value | undefined, reason: () => string): Value =>
  value === undefined ? new Undefined(reason()) : value;

/** Whether a macro uses a name, such as `varargs`. */
function mentions(node: unknown, name: string): boolean {
  if (typeof node !== 'object' || node === null) return false;
  const { type, name: own } = node as { type?: unknown; name?: unknown };
  if (type === 'name' && own === name) return true;
  return Object.values(node).some((part) => mentions(part, name));
}
