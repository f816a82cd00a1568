import { parseAst } from 'rolldown/parseAst';

// Counts how often each branch of a source runs, as libFuzzer's counters do: `__hits[n]++` at the start of functions, branches, loops, cases, and right
// operands of `&&`, `||` and `??`. V8's own block coverage takes milliseconds to read, which is longer than most inputs run.

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}
type Parent = Node & Readonly<Record<string, unknown>>;

/** Fields of a node that hold a statement which runs or not. */
const STATEMENTS = new Map([
  ['IfStatement', ['consequent', 'alternate']],
  ['ForStatement', ['body']],
  ['ForInStatement', ['body']],
  ['ForOfStatement', ['body']],
  ['WhileStatement', ['body']],
  ['DoWhileStatement', ['body']],
  ['FunctionDeclaration', ['body']],
  ['FunctionExpression', ['body']],
  ['CatchClause', ['body']],
]);
/** Fields of a node that hold an expression which is evaluated or not. */
const EXPRESSIONS = new Map([
  ['ConditionalExpression', ['consequent', 'alternate']],
  ['LogicalExpression', ['right']],
  ['AssignmentPattern', ['right']],
]);

const isNode = (value: unknown): value is Parent =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

export interface Instrumented {
  readonly code: string;
  /** Counters up to and with those of this source. */
  readonly counters: number;
  /** Texts and numbers that the source names, which inputs may need. */
  readonly words: ReadonlySet<string | number>;
}

/** Adds counters to a module of JavaScript, from number `first`. */
export function instrument(source: string, first: number): Instrumented {
  let counters = first;
  const words = new Set<string | number>();
  const insertions: { at: number; text: string }[] = [];
  const insert = (at: number, text: string) => insertions.push({ at, text });
  const count = () => `__hits[${counters++}]++`;

  const statement = (node: Parent) => {
    if (node.type === 'BlockStatement') {
      insert(node.start + 1, `${count()};`);
      visit(node);
    } else {
      insert(node.start, `{${count()};`);
      visit(node);
      insert(node.end, '}');
    }
  };
  const expression = (node: Parent) => {
    insert(node.start, `(${count()},`);
    visit(node);
    insert(node.end, ')');
  };

  function visit(node: Parent): void {
    if (node.type === 'Literal') {
      const { value } = node as { value?: unknown };
      if (typeof value === 'number' || (typeof value === 'string' && value.length > 0 && value.length <= 40))
        words.add(value);
    }
    if (node.type === 'ImportDeclaration' || node.type === 'TemplateElement') return;
    const statements = STATEMENTS.get(node.type) ?? [];
    const expressions = EXPRESSIONS.get(node.type) ?? [];
    if (node.type === 'SwitchCase') {
      const [begin] = node.consequent as Parent[];
      insert(begin?.start ?? node.end, `${count()};`);
    }
    for (const [name, value] of Object.entries(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (!isNode(child)) continue;
        if (statements.includes(name)) statement(child);
        else if (expressions.includes(name)) expression(child);
        else if (node.type === 'ArrowFunctionExpression' && name === 'body')
          (child.type === 'BlockStatement' ? statement : expression)(child);
        else visit(child);
      }
    }
    if (node.type === 'IfStatement' && !node.alternate) insert(node.end, ` else ${count()};`);
  }
  visit(parseAst(source) as unknown as Parent);

  let code = '';
  let at = 0;
  // The sort keeps the order of insertions at one place: outer before inner at starts, inner before outer at ends.
  for (const { at: place, text } of insertions.sort((a, b) => a.at - b.at)) {
    code += source.slice(at, place) + text;
    at = place;
  }
  return { code: code + source.slice(at), counters, words };
}
