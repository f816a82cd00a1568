// Reads data files: one text per file, or JSON lines with an object each.

import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { ConfigError } from '@headwise/core';

/** An object of a data file, with where it is for messages. */
export interface DataRecord {
  readonly values: Readonly<Record<string, unknown>>;
  /** `data.jsonl:3`. */
  readonly where: string;
}

/** The records of a `.jsonl` file; any other file is a single record with the field `text`. Throws `ConfigError` for lines that are no objects. */
export async function readRecords(path: string): Promise<readonly DataRecord[]> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ConfigError(`train: the data file ${path} cannot be read`, { cause: error });
  });
  if (extname(path) !== '.jsonl') return [{ values: { text: content }, where: path }];
  return content.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const where = `${path}:${i + 1}`;
    const values = parse(line);
    if (values) return [{ values, where }];
    throw new ConfigError(`train: ${where} must be a JSON object, got ${line.slice(0, 60)}`);
  });
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A field that is a string. Throws `ConfigError` otherwise. */
export function textOf({ values, where }: DataRecord, field: string): string {
  const value = values[field];
  if (typeof value === 'string') return value;
  throw new ConfigError(
    `train: ${where} must have ${field}, a string, got ${JSON.stringify(value) ?? 'nothing'}`,
  );
}

/** A field that is a list of strings. */
export function textsOf({ values, where }: DataRecord, field: string): readonly string[] {
  const value = values[field];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ConfigError(
    `train: ${where} must have ${field}, a list of strings, got ${JSON.stringify(value) ?? 'nothing'}`,
  );
}

/** A field that is a number or a list of numbers. */
export function numbersOf({ values, where }: DataRecord, field: string): readonly number[] {
  const value = values[field];
  const list = Array.isArray(value) ? value : [value];
  if (list.every((item) => typeof item === 'number')) return list;
  throw new ConfigError(
    `train: ${where} must have ${field}, a number or a list of numbers, got ${JSON.stringify(value) ?? 'nothing'}`,
  );
}
