import { tokenizerError } from './json/component.ts';

/** A boolean of tokenizer_config.json. Throws `FormatError` for another value. */
export function flag(config: Readonly<Record<string, unknown>>, name: string, otherwise: boolean): boolean {
  const value = config[name] ?? otherwise;
  if (typeof value === 'boolean') return value;
  throw tokenizerError(`${name} in tokenizer_config.json must be a boolean, got ${JSON.stringify(value)}`);
}
