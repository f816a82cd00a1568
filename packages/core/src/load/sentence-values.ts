import { ConfigError, FormatError } from '../errors.ts';

/** A parsed JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** The value as an object. Throws `FormatError` for any other; `name` is that of its file. */
export function objectOf(json: unknown, name: string): Json {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  throw new FormatError('modules-invalid', `${name} must contain objects, got ${JSON.stringify(json)}`);
}

/** The path of a file in a module's folder; '' for the repository's own. */
export const fileOf = (path: string, name: string) => (path === '' ? name : `${path}/${name}`);

/** Throws `ConfigError` if a module reads or writes anything but the embedding of the text. */
export function checkInputName(config: Json, path: string): void {
  for (const key of ['module_input_name', 'module_output_name']) {
    const value = config[key] ?? 'sentence_embedding';
    if (value !== 'sentence_embedding') {
      throw new ConfigError(
        `${fileOf(path, 'config.json')}: ${key} must be sentence_embedding, got ${JSON.stringify(value)}`,
      );
    }
  }
}
