import { FormatError } from '../errors.ts';

/** A parsed JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** The value as an object. Throws `FormatError` for any other; `name` is that of its file. */
export function objectOf(json: unknown, name: string): Json {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
  throw new FormatError('modules-invalid', `${name} must contain objects, got ${JSON.stringify(json)}`);
}
