import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { publicPackages } from '../../../../scripts/lib/workspace.mjs';

/** An entry point of a published package, with the names that it exports. */
export interface Entry {
  /** How it is imported, for example `@headwise/core/nn`. */
  readonly name: string;
  /** Its type declarations. */
  readonly file: string;
  readonly exports: readonly Export[];
}

export interface Export {
  readonly name: string;
  /** Whether it exists when the program runs, unlike a type. */
  readonly isValue: boolean;
  /** Its declaration without comments. */
  readonly declaration: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<
    Record<string, { readonly types?: string; readonly import?: { readonly types: string } } | string>
  >;
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

/** Type declarations of all entry points of the published packages, which must have been built. */
export const readProgram = (() => {
  let read: Program | undefined;
  return (): Program => {
    read ??= openProgram();
    return read;
  };
})();

interface Program {
  readonly checker: ts.TypeChecker;
  readonly files: readonly { readonly name: string; readonly file: string }[];
  /** The exported names of an entry. */
  exportsOf(name: string): ts.Symbol[];
}

function openProgram(): Program {
  const files = publicPackages().flatMap(({ directory }: { directory: string }) => {
    const { name, exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
    return Object.entries(exports).flatMap(([path, target]) => {
      const types = typeof target === 'object' ? (target.types ?? target.import?.types) : undefined;
      // The single files have the exports of the main entries.
      return types === undefined || path === './bundle'
        ? []
        : [{ name: join(name, path), file: join(directory, types) }];
    });
  });
  const program = ts.createProgram(
    files.map(({ file }) => file),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      skipLibCheck: true,
      strict: true,
    },
  );
  const checker = program.getTypeChecker();
  return {
    checker,
    files,
    exportsOf(name) {
      const file = files.find((entry) => entry.name === name)?.file ?? '';
      const source = program.getSourceFile(file);
      const symbol = source && checker.getSymbolAtLocation(source);
      if (!symbol) throw new Error(`${file} is no module: build the packages first`);
      return checker.getExportsOfModule(symbol);
    },
  };
}

/** The entry points that have type declarations, of all published packages. They must have been built. */
export function readEntries(): Entry[] {
  const { checker, files, exportsOf } = readProgram();
  return files.map(({ name, file }) => ({
    name,
    file,
    exports: exportsOf(name)
      .map((own) => describe(checker, own))
      .sort(byName),
  }));
}

const byName = (a: Export, b: Export) => (a.name < b.name ? -1 : 1);

function describe(checker: ts.TypeChecker, exported: ts.Symbol): Export {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const declarations = (symbol.declarations ?? []).map((node) => {
    const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
    return printer.printNode(ts.EmitHint.Unspecified, withoutPrivates(statement), node.getSourceFile());
  });
  return {
    name: exported.name,
    isValue: (symbol.flags & ts.SymbolFlags.Value) !== 0,
    declaration: [...new Set(declarations)].join('\n').replace(/^export (?:declare )?/gm, ''),
  };
}

/** A class without its private members, which are no part of the interface. */
function withoutPrivates(node: ts.Node): ts.Node {
  if (!ts.isClassDeclaration(node)) return node;
  const members = node.members.filter(
    (member) =>
      !(member.name && ts.isPrivateIdentifier(member.name)) &&
      !(
        ts.canHaveModifiers(member) &&
        ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
      ),
  );
  return ts.factory.updateClassDeclaration(
    node,
    node.modifiers,
    node.name,
    node.typeParameters,
    node.heritageClauses,
    members,
  );
}

/** Where the committed list of an entry's exports is. */
export const snapshotOf = ({ name }: Entry): string =>
  join(
    dirname(import.meta.dirname),
    'api',
    `${name.replace('@headwise/', '').replaceAll('/', '-')}.api.ts.txt`,
  );
