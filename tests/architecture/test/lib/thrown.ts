import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { inRoot } from '../../../../scripts/lib/paths.mjs';

/** What a `throw` statement, or a rejection, of the sources throws. */
export interface Thrown {
  /** Path from `packages`. */
  readonly file: string;
  readonly line: number;
  /** The expression, on one line. */
  readonly expression: string;
  /** The names of its type and of the classes that this extends; empty for `any` and `unknown`. */
  readonly classes: readonly string[];
  /** Whether it was thrown elsewhere: the variable of a catch clause, a parameter, or the reason of an AbortSignal. */
  readonly isRethrown: boolean;
}

const PACKAGES = inRoot('packages');

function sources(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.(?:test|d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('/generated/'));
}

/** Every `throw`, `reject(…)` and `Promise.reject(…)` in the sources of all packages. The packages must have been built. */
export function readThrown(): Thrown[] {
  const files = readdirSync(PACKAGES).flatMap((name) => sources(join(PACKAGES, name, 'src')));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    types: ['node'],
  });
  const checker = program.getTypeChecker();
  const thrown: Thrown[] = [];
  for (const file of files) {
    const source = program.getSourceFile(file)!;
    const visit = (node: ts.Node): void => {
      const expression = thrownBy(node);
      if (expression) {
        for (const branch of branches(expression)) thrown.push(describe(checker, source, branch));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return thrown;
}

function thrownBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isThrowStatement(node)) return node.expression;
  if (!ts.isCallExpression(node)) return undefined;
  const callee = node.expression;
  const name = ts.isIdentifier(callee)
    ? callee.text
    : ts.isPropertyAccessExpression(callee)
      ? callee.name.text
      : '';
  return name === 'reject' ? node.arguments[0] : undefined;
}

/** The values of a conditional expression, of `a ?? b` and of `await`. */
function branches(node: ts.Expression): ts.Expression[] {
  if (ts.isParenthesizedExpression(node)) return branches(node.expression);
  if (ts.isAwaitExpression(node)) return [node];
  if (ts.isConditionalExpression(node)) return [...branches(node.whenTrue), ...branches(node.whenFalse)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [...branches(node.left), ...branches(node.right)];
  return [node];
}

function describe(checker: ts.TypeChecker, source: ts.SourceFile, node: ts.Expression): Thrown {
  const type = checker.getNonNullableType(checker.getTypeAtLocation(node));
  const each = type.isUnion()
    ? type.types.map((part) => classesOf(checker, part))
    : [classesOf(checker, type)];
  const common = each[0]!.filter((name) => each.every((names) => names.includes(name)));
  return {
    file: relative(PACKAGES, source.fileName),
    line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1,
    expression: node.getText(source).replace(/\s+/g, ' '),
    classes: common,
    isRethrown: isRethrown(checker, node),
  };
}

function classesOf(checker: ts.TypeChecker, type: ts.Type): string[] {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return [];
  const bases = type.isClassOrInterface()
    ? checker.getBaseTypes(type)
    : type.symbol?.declarations?.some(ts.isClassDeclaration)
      ? checker.getBaseTypes((type as ts.TypeReference).target ?? (type as ts.InterfaceType))
      : [];
  return [type.symbol?.name ?? '', ...bases.flatMap((base) => classesOf(checker, base))];
}

function isRethrown(checker: ts.TypeChecker, node: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'reason';
  if (!ts.isIdentifier(node)) return false;
  const declarations = checker.getSymbolAtLocation(node)?.declarations ?? [];
  return declarations.some(
    (declaration) =>
      ts.isParameter(declaration) ||
      (ts.isVariableDeclaration(declaration) && ts.isCatchClause(declaration.parent)),
  );
}
