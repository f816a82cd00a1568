// Finds the mutants of a source file: small changes that a test should notice. Works on the syntax tree of the TypeScript compiler, which
// reads AssemblyScript too.
import { createHash } from 'node:crypto';
import ts from 'typescript';

const { SyntaxKind: Kind } = ts;

const OPERATORS = new Map([
  [Kind.LessThanToken, ['boundary', '<=']],
  [Kind.LessThanEqualsToken, ['boundary', '<']],
  [Kind.GreaterThanToken, ['boundary', '>=']],
  [Kind.GreaterThanEqualsToken, ['boundary', '>']],
  [Kind.EqualsEqualsEqualsToken, ['equality', '!==']],
  [Kind.ExclamationEqualsEqualsToken, ['equality', '===']],
  [Kind.EqualsEqualsToken, ['equality', '!=']],
  [Kind.ExclamationEqualsToken, ['equality', '==']],
  [Kind.AmpersandAmpersandToken, ['logic', '||']],
  [Kind.BarBarToken, ['logic', '&&']],
  [Kind.PlusToken, ['arithmetic', '-']],
  [Kind.MinusToken, ['arithmetic', '+']],
  [Kind.AsteriskToken, ['arithmetic', '/']],
  [Kind.SlashToken, ['arithmetic', '*']],
  [Kind.PercentToken, ['arithmetic', '*']],
  [Kind.LessThanLessThanToken, ['arithmetic', '>>']],
  [Kind.PlusEqualsToken, ['assignment', '-=']],
  [Kind.MinusEqualsToken, ['assignment', '+=']],
  [Kind.AsteriskEqualsToken, ['assignment', '/=']],
]);

const CALLS = new Map([
  ['Math.min', 'Math.max'],
  ['Math.max', 'Math.min'],
  ['Math.floor', 'Math.ceil'],
  ['Math.ceil', 'Math.floor'],
  ['min', 'max'],
  ['max', 'min'],
  ['f32x4.add', 'f32x4.sub'],
  ['f32x4.sub', 'f32x4.add'],
  ['f32x4.mul', 'f32x4.div'],
  ['f32x4.pmax', 'f32x4.pmin'],
  ['f32x4.max', 'f32x4.min'],
  ['f32x4.min', 'f32x4.max'],
]);

/** Names whose calls and assignments only make texts of errors or reports. */
const TEXT_NAMES = /error|message|describe|warn|console|suggest/i;

/**
 * @typedef {object} Mutant
 * @property {string} id file, function, operator and change; the same while these are
 * @property {string} file path from the repository's root
 * @property {number} line
 * @property {string} operator
 * @property {number} start, @property {number} end: the text that is replaced
 * @property {string} from, @property {string} to
 * @property {number} hitStart, @property {number} hitEnd: the expression or statement that is reached when the mutant could matter
 * @property {boolean} statement
 */

/** All mutants of a source. @returns {Mutant[]} */
export function mutantsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const counts = new Map();

  function add(node, operator, start, end, to, hit = node) {
    const from = text.slice(start, end);
    if (from === to) return;
    const where = functionName(node);
    // The text around an operator tells what it compares; it is part of the name.
    const context = collapse(hit.getText(source)).slice(0, 80);
    const base = `${file}#${where} ${operator}: ${context} [${collapse(from).slice(0, 40)} → ${collapse(to).slice(0, 40)}]`;
    const count = (counts.get(base) ?? 0) + 1;
    counts.set(base, count);
    found.push({
      id: count === 1 ? base : `${base} (${count})`,
      file,
      line: source.getLineAndCharacterOfPosition(start).line + 1,
      operator,
      start,
      end,
      from,
      to,
      hitStart: hit.getStart(source),
      hitEnd: hit.getEnd(),
      statement: ts.isStatement(hit),
    });
  }

  function visit(node) {
    if (skipped(node)) return;
    mutate(node);
    ts.forEachChild(node, visit);
  }

  function mutate(node) {
    if (ts.isBinaryExpression(node)) return binary(node);
    if (ts.isPrefixUnaryExpression(node)) return unary(node);
    if (ts.isNumericLiteral(node)) return number(node);
    if (ts.isCallExpression(node)) return call(node);
    if (node.kind === Kind.TrueKeyword || node.kind === Kind.FalseKeyword) {
      if (isExpressionPlace(node))
        add(
          node,
          'boolean',
          node.getStart(source),
          node.getEnd(),
          node.kind === Kind.TrueKeyword ? 'false' : 'true',
        );
      return;
    }
    if (ts.isIfStatement(node)) {
      // As if the condition never held.
      add(
        node,
        'condition',
        node.expression.getStart(source),
        node.expression.getEnd(),
        'false',
        node.expression,
      );
      return;
    }
    if (ts.isConditionalExpression(node)) {
      const swapped = `${node.condition.getText(source)} ? ${wrap(node.whenFalse)} : ${wrap(node.whenTrue)}`;
      add(node, 'branches', node.getStart(source), node.getEnd(), swapped);
      return;
    }
    if (ts.isExpressionStatement(node)) statement(node);
  }

  const wrap = (node) => `(${node.getText(source)})`;

  function binary(node) {
    const kind = node.operatorToken.kind;
    if (kind === Kind.QuestionQuestionToken) {
      add(node, 'default', node.getStart(source), node.getEnd(), wrap(node.right));
      return;
    }
    const change = OPERATORS.get(kind);
    if (!change) return;
    const [operator, to] = change;
    if (kind === Kind.PlusToken && (isText(node.left) || isText(node.right))) return;
    if (kind === Kind.PlusEqualsToken && isText(node.right)) return;
    add(node, operator, node.operatorToken.getStart(source), node.operatorToken.getEnd(), to);
  }

  function unary(node) {
    if (node.operator === Kind.ExclamationToken) {
      add(node, 'negation', node.getStart(source), node.getEnd(), wrap(node.operand));
    } else if (node.operator === Kind.MinusToken) {
      add(node, 'negation', node.getStart(source), node.getEnd(), wrap(node.operand));
    }
  }

  function number(node) {
    if (!isExpressionPlace(node) || ts.isPrefixUnaryExpression(node.parent)) return;
    const value = Number(node.text);
    const to =
      Number.isInteger(value) && !/[.e]/.test(node.getText(source)) ? `${value + 1}` : `${value * 10}`;
    add(node, 'constant', node.getStart(source), node.getEnd(), to, expressionAround(node));
  }

  function call(node) {
    const callee = node.expression.getText(source);
    const other = CALLS.get(callee);
    if (other) add(node, 'function', node.expression.getStart(source), node.expression.getEnd(), other);
    if (/^(Math\.)?(min|max)$/.test(callee) && node.arguments.length === 2) {
      add(node, 'clamp', node.getStart(source), node.getEnd(), wrap(node.arguments[0]));
      add(node, 'clamp', node.getStart(source), node.getEnd(), wrap(node.arguments[1]));
    }
    if (node.questionDotToken || TEXT_NAMES.test(callee)) return;
    for (let i = 0; i + 1 < node.arguments.length; i++) {
      const [a, b] = [node.arguments[i], node.arguments[i + 1]];
      if (!ts.isIdentifier(a) || !ts.isIdentifier(b)) continue;
      add(node, 'arguments', a.getStart(source), b.getEnd(), `${b.text}, ${a.text}`);
    }
  }

  function statement(node) {
    const { expression } = node;
    const dropped =
      ts.isCallExpression(expression) ||
      ts.isAwaitExpression(expression) ||
      (ts.isBinaryExpression(expression) && expression.operatorToken.kind === Kind.EqualsToken);
    if (!dropped || expression.getText(source).startsWith('super(')) return;
    if (!ts.isBlock(node.parent) && !ts.isSourceFile(node.parent) && !ts.isIfStatement(node.parent)) return;
    add(node, 'statement', node.getStart(source), node.getEnd(), ';');
  }

  /** The largest expression that a literal is an operand of, so that its name tells what it is. */
  function expressionAround(node) {
    const { parent } = node;
    return ts.isBinaryExpression(parent) || ts.isElementAccessExpression(parent) ? parent : node;
  }

  visit(source);
  return found.filter(({ from }) => from.length < 400);
}

/** A mutant that replaces the one expression or statement whose text is `from`; undefined if the source has none, or several. */
export function writtenMutant(file, text, { from, to }) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  (function visit(node) {
    const statement = ts.isStatement(node) && !ts.isBlock(node);
    if ((statement || ts.isExpression(node)) && collapse(node.getText(source)) === from) found.push(node);
    else ts.forEachChild(node, visit);
  })(source);
  if (found.length !== 1) return undefined;
  const [start, end] = [found[0].getStart(source), found[0].getEnd()];
  return {
    file,
    line: source.getLineAndCharacterOfPosition(start).line + 1,
    operator: 'written',
    start,
    end,
    from: text.slice(start, end),
    to,
    hitStart: start,
    hitEnd: end,
    statement: ts.isStatement(found[0]),
  };
}

function collapse(text) {
  return text.replace(/\s+/g, ' ');
}

/** Types, imports, and everything that only makes the text of an error. */
function skipped(node) {
  if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return true;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return true;
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isDecorator(node)) return true;
  if (ts.isThrowStatement(node) || ts.isTemplateExpression(node)) return true;
  if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && TEXT_NAMES.test(node.expression.getText()))
    return true;
  if (
    (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) &&
    node.name &&
    TEXT_NAMES.test(node.name.getText())
  )
    return true;
  if (ts.isClassDeclaration(node) && /Error$/.test(node.name?.text ?? '')) return true;
  if (ts.isVariableDeclaration(node) && TEXT_NAMES.test(node.name.getText())) return true;
  return ts.isTypeOperatorNode(node) || ts.isLiteralTypeNode(node);
}

function isText(node) {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return true;
  if (ts.isBinaryExpression(node)) return isText(node.left) || isText(node.right);
  return (
    ts.isCallExpression(node) &&
    /\.(slice|join|repeat|trim|toString)$|^String$/.test(node.expression.getText())
  );
}

function isExpressionPlace({ parent, kind }) {
  if (ts.isCaseClause(parent)) return false;
  if (ts.isPropertyAssignment(parent)) return parent.initializer.kind === kind;
  return !ts.isLiteralTypeNode(parent) && !ts.isEnumMember(parent) && !ts.isPropertySignature(parent);
}

function functionName(node) {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isFunctionLike(at)) {
      if (at.name) {
        const owner = ts.isClassLike(at.parent) && at.parent.name ? `${at.parent.name.text}.` : '';
        return owner + at.name.getText();
      }
      if (ts.isConstructorDeclaration(at)) return `${at.parent.name?.text ?? ''}.constructor`;
      if (ts.isVariableDeclaration(at.parent) || ts.isPropertyAssignment(at.parent))
        return at.parent.name.getText();
    } else if (ts.isPropertyDeclaration(at)) return at.name.getText();
    else if (ts.isVariableDeclaration(at) && at.parent.parent.parent.kind === Kind.SourceFile)
      return at.name.getText();
  }
  return '';
}

/** The source with one mutant. */
export function apply(text, { start, end, to }) {
  return text.slice(0, start) + to + text.slice(end);
}

/**
 * The source with all mutants, each of which is switched on by its index: `__mutant(index) ? changed : original`. What switches them is
 * in switch.mjs.
 */
export function withSwitches(text, mutants) {
  const changes = mutants.map((mutant) => {
    const { hitStart, hitEnd, start, end, to, statement, index } = mutant;
    const changed = text.slice(hitStart, start) + to + text.slice(end, hitEnd);
    const [open, close] = statement
      ? [`if (__mutant(${index})) { ${changed} } else { `, ' }']
      : [`(__mutant(${index}) ? (${changed}) : (`, '))'];
    return { hitStart, hitEnd, open, close };
  });
  const insertions = changes.flatMap(({ hitStart, hitEnd, open, close }, i) => [
    { at: hitStart, opens: true, size: hitEnd - hitStart, i, text: open },
    { at: hitEnd, opens: false, size: hitEnd - hitStart, i, text: close },
  ]);
  // At one place what closes comes before what opens; the larger opens first and closes last.
  insertions.sort((a, b) => {
    if (a.at !== b.at) return a.at - b.at;
    if (a.opens !== b.opens) return a.opens ? 1 : -1;
    return a.opens ? b.size - a.size || a.i - b.i : a.size - b.size || b.i - a.i;
  });
  let result = '';
  let last = 0;
  for (const { at, text: inserted } of insertions) {
    result += text.slice(last, at) + inserted;
    last = at;
  }
  return `${SWITCH} ${result}${text.slice(last)}`;
}

// In every thread: the mutant that is switched on, and which have been reached.
const SWITCH = `const __mutant = (globalThis as any).__headwiseMutants ??= (() => {
  const process = (globalThis as any).process, fs = process.getBuiltinModule('node:fs');
  const state = { active: Number(process.env.HEADWISE_MUTANT ?? -1), reached: new Set(), calls: 0, deadline: Infinity };
  return Object.assign((index: number) => {
    if (index === state.active) {
      if ((++state.calls & 0xffff) === 0 && performance.now() > state.deadline) throw new Error('the mutant does not end');
      return true;
    }
    if (!state.reached.has(index)) {
      state.reached.add(index);
      if (process.env.HEADWISE_REACHED) fs.appendFileSync(process.env.HEADWISE_REACHED, index + '\\n');
    }
    return false;
  }, { state });
})();`.replaceAll('\n', ' ');

/** A number in [0, 1) by which mutants are chosen: it depends on the id alone. */
export function rank(id, seed) {
  return createHash('sha256').update(`${seed}\n${id}`).digest().readUInt32BE() / 2 ** 32;
}
