import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { inRoot } from '../../../../scripts/lib/paths.mjs';

type Exports = ReadonlyMap<string, ReadonlySet<string>>;

/** The declaration files of all entry points of a built package: the `types` of its `exports`. */
function entryFiles(directory: string): string[] {
  const manifest = JSON.parse(readFileSync(inRoot('packages', directory, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { types?: string; import?: { types: string } }>;
  };
  return Object.values(manifest.exports).flatMap((entry) => {
    const types = typeof entry === 'object' ? (entry.types ?? entry.import?.types) : undefined;
    return types === undefined ? [] : [inRoot('packages', directory, types)];
  });
}

/**
 * The names that the entry points of the built packages export, each with its members: properties and methods of
 * classes (static ones too), interfaces and object types, inherited ones included.
 *
 * @param directories folders of `packages/`
 */
export function entryExports(directories: readonly string[]): Exports {
  const files = directories.flatMap(entryFiles);
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    types: [],
  });
  const checker = program.getTypeChecker();
  const exported = new Map<string, Set<string>>();
  for (const file of files) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${file} is not a module: build the packages first (npm run build)`);
    for (const entry of checker.getExportsOfModule(module)) {
      const symbol = entry.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(entry) : entry;
      const members = exported.get(entry.name) ?? new Set<string>();
      for (const { name } of membersOf(symbol, checker)) members.add(name);
      exported.set(entry.name, members);
    }
  }
  return exported;
}

function membersOf(symbol: ts.Symbol, checker: ts.TypeChecker): readonly ts.Symbol[] {
  const types: ts.Type[] = [];
  if (symbol.flags & ts.SymbolFlags.Type) types.push(checker.getDeclaredTypeOfSymbol(symbol));
  if (symbol.flags & ts.SymbolFlags.Class) types.push(checker.getTypeOfSymbol(symbol));
  // An alias of a string, a tuple or a typed array has no members of its own.
  return types
    .filter((type) => type.flags & ts.TypeFlags.Object || type.isIntersection())
    .flatMap((type) => checker.getPropertiesOfType(type));
}
