/** One value in the address of a room. */
export interface Field<Value> {
  /** Its name in the address. Short: people read it. */
  readonly key: string;
  readonly default: Value;
  /** Undefined for a text that is not a value. */
  parse(text: string): Value | undefined;
  print(value: Value): string;
  /** Whether a change makes a new entry of the history, so that Back undoes it. For what is like another page: a model, a chapter. */
  readonly push?: boolean;
}

/** The values in the address of a room, by their names in its code. */
export type Schema = Readonly<Record<string, Field<unknown>>>;

export type ValuesOf<S extends Schema> = {
  readonly [Name in keyof S]: S[Name] extends Field<infer Value> ? Value : never;
};

/** The values in a query. A value that does not parse becomes the default, and its key is named in `invalid`. */
export function readValues<S extends Schema>(
  schema: S,
  query: ReadonlyMap<string, string>,
): { readonly values: ValuesOf<S>; readonly invalid: readonly string[] } {
  const invalid: string[] = [];
  const values = Object.entries(schema).map(([name, field]) => {
    const text = query.get(field.key);
    const value = text === undefined ? field.default : field.parse(text);
    if (value === undefined && text !== undefined) invalid.push(field.key);
    return [name, value === undefined ? field.default : value];
  });
  return { values: Object.fromEntries(values) as ValuesOf<S>, invalid };
}

/** The query of values, without those that are the default. */
export function printValues<S extends Schema>(schema: S, values: ValuesOf<S>): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const [name, field] of Object.entries(schema)) {
    const value = values[name];
    const text = field.print(value);
    // An empty text that was typed is not the one that nobody has typed yet.
    const isDefault = field.default === undefined ? value === undefined : text === field.print(field.default);
    if (!isDefault) query.set(field.key, text);
  }
  return query;
}

type Options = { readonly push?: boolean };

/** Any text. */
export function textField(key: string, initial: string, options: Options = {}): Field<string> {
  return { key, default: initial, parse: (text) => text, print: (value) => value, ...options };
}

/** One of some words. */
export function choiceField<Choice extends string>(
  key: string,
  choices: readonly Choice[],
  initial: Choice,
  options: Options = {},
): Field<Choice> {
  return {
    key,
    default: initial,
    parse: (text) => choices.find((choice) => choice === text),
    print: (value) => value,
    ...options,
  };
}

/** `1` or `0`. */
export function flagField(key: string, initial = false): Field<boolean> {
  return {
    key,
    default: initial,
    parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
    print: (value) => (value ? '1' : '0'),
  };
}

/** A number within bounds, both included. */
export function numberField(
  key: string,
  initial: number,
  { min, max, integer = false }: { readonly min: number; readonly max: number; readonly integer?: boolean },
): Field<number> {
  return {
    key,
    default: initial,
    parse(text) {
      const value = Number(text);
      const isNumber = text.trim() !== '' && value >= min && value <= max;
      return isNumber && (!integer || Number.isInteger(value)) ? value : undefined;
    },
    print: String,
  };
}
