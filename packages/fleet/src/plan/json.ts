import { FormatError } from '@headwise/core';
import * as v from 'valibot';

/** Rules of the files that a run writes and reads again. */
export type FleetFileRule = 'fleet-plan' | 'fleet-model' | 'fleet-record' | 'fleet-manifest';

export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const atLeastOne = v.pipe(count, v.minValue(1));
export const hash = v.pipe(v.string(), v.regex(/^[\da-f]{64}$/));
/** A name within the run's directory, and no path out of it. */
export const fileName = v.pipe(v.string(), v.regex(/^[\w-][\w.-]*$/));

/** Reads JSON of a known shape. Throws `FormatError` with the rule, and where the file differs. */
export function parseJson<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  rule: FleetFileRule,
  name: string,
): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fileError(rule, name, 'is not JSON', { cause });
  }
  const { success, output, issues } = v.safeParse(schema, value, { abortEarly: true });
  if (success) return output;
  const [issue] = issues;
  throw fileError(rule, name, `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
}

export function fileError(
  rule: FleetFileRule,
  name: string,
  what: string,
  options?: ErrorOptions,
): FormatError<FleetFileRule> {
  return new FormatError<FleetFileRule>(rule, `fleet: ${name}: ${what}`, options);
}
