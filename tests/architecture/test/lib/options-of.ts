import ts from 'typescript';
import { readProgram } from './entries.ts';

/** A function, constructor or method that takes an object of options. */
export interface OptionTaker {
  /** `linearSchedule`, `Linear`, `Module.to`. */
  readonly name: string;
  readonly kind: 'function' | 'constructor' | 'method' | 'static';
  /** The names of its parameters before the options. */
  readonly before: readonly string[];
  /** Its options that take one primitive type, with that. */
  readonly primitives: Readonly<Record<string, 'boolean' | 'number' | 'string'>>;
}

/** The functions, constructors and public methods of an entry's values that take an object of options. */
export function readOptionTakers(entry: string): OptionTaker[] {
  const { checker, exportsOf } = readProgram();
  const takers = new Map<string, OptionTaker>();
  const seen = new Set<ts.Declaration>();
  const add = (name: string, kind: OptionTaker['kind'], declaration: ts.SignatureDeclarationBase) => {
    const index = declaration.parameters.findIndex(isOptions);
    if (index < 0) return;
    const before = declaration.parameters.slice(0, index).map((parameter) => parameter.name.getText());
    const primitives = primitivesOf(checker, declaration.parameters[index]!);
    takers.set(name, { name, kind, before, primitives });
  };
  for (const exported of exportsOf(entry)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    for (const declaration of symbol.declarations ?? []) {
      if (ts.isFunctionDeclaration(declaration)) add(exported.name, 'function', declaration);
      if (!ts.isClassDeclaration(declaration)) continue;
      for (const member of declaration.members) {
        if (ts.isConstructorDeclaration(member) && isPublic(member))
          add(exported.name, 'constructor', member);
      }
      const types = [
        ['method', checker.getDeclaredTypeOfSymbol(symbol)],
        ['static', checker.getTypeOfSymbol(symbol)],
      ] as const;
      for (const [kind, type] of types) {
        for (const property of type.getProperties()) {
          for (const member of property.declarations ?? []) {
            // A method of a base class is listed once: with the first class that has it.
            if (!ts.isMethodDeclaration(member) || !isPublic(member) || seen.has(member)) continue;
            seen.add(member);
            add(`${exported.name}.${property.name}`, kind, member);
          }
        }
      }
    }
  }
  return [...takers.values()];
}

const isPublic = (member: ts.HasModifiers): boolean =>
  !ts
    .getModifiers(member)
    ?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword);

/** Whether a parameter is of a type of options, by its name, or of an object type that is written out. */
const isOptions = ({ type, name }: ts.ParameterDeclaration): boolean =>
  type !== undefined && (isOptionsType(type) || ts.isObjectBindingPattern(name));

function isOptionsType(type: ts.TypeNode): boolean {
  if (ts.isTypeLiteralNode(type)) return true;
  if (ts.isIntersectionTypeNode(type)) return type.types.some(isOptionsType);
  if (!ts.isTypeReferenceNode(type)) return false;
  const name = type.typeName.getText();
  if (name === 'ErrorOptions') return false;
  if (['Omit', 'Pick', 'Partial'].includes(name)) return type.typeArguments?.some(isOptionsType) ?? false;
  return /(Options|Call|Sites|State|Buckets|Scaling)$/.test(name);
}

/** The properties of a parameter whose type is boolean, number or string. */
function primitivesOf(
  checker: ts.TypeChecker,
  parameter: ts.ParameterDeclaration,
): OptionTaker['primitives'] {
  const type = checker.getNonNullableType(checker.getTypeAtLocation(parameter));
  const entries = type.getProperties().flatMap((property) => {
    const name = checker.typeToString(
      checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(property, parameter)),
    );
    return name === 'boolean' || name === 'number' || name === 'string'
      ? [[property.name, name] as const]
      : [];
  });
  return Object.fromEntries(entries);
}
