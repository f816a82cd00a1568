import { createHash } from 'node:crypto';
import { FormatError } from '@headwise/core';

/** A text of a corpus, with its id if the corpus has ids. */
export interface Row {
  readonly text: string;
  readonly id?: string | number;
}

/** Where a corpus' texts and ids are. */
export interface Fields {
  readonly text: string;
  readonly id?: string;
}

/** A part of a corpus that is computed and written at a time. */
export interface Shard {
  /** Index of its first row in the corpus. */
  readonly firstRow: number;
  readonly rows: number;
  /** Hash of its texts and ids ({@link hashOf}). */
  readonly sha256: string;
  /** JSONL: where its lines are in the file, in bytes. */
  readonly offset?: number;
  readonly bytes?: number;
}

/** What a corpus consists of. */
export interface Contents {
  readonly bytes: number;
  /** Of the file. */
  readonly sha256: string;
  readonly rows: number;
  readonly shards: readonly Shard[];
}

/** A file with texts. */
export interface Corpus {
  /**
   * Reads all of it, checks every row, and divides it into shards of at most `shardSize` rows. Rejects with `FormatError` for a file or a row that is not
   * what it should be.
   */
  divide(shardSize: number, signal?: AbortSignal): Promise<Contents>;
  /** The rows of a shard, unchecked: {@link readShard} compares them with its hash. */
  read(shard: Shard): Promise<Row[]>;
  /** Ends the process that reads it, if there is one. It may be read again, by another. */
  close(): void;
}

/** Rules of corpora that {@link FormatError} names. */
export type CorpusRule = 'corpus-file' | 'corpus-row';

/** Reads a row's values. Throws `FormatError` with the rule `corpus-row`, whose message has the number of the row, counted from 1. */
export function rowOf(value: unknown, { text, id }: Fields, number: number): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw rowError(number, `is ${kindOf(value)}, not an object with the field ${JSON.stringify(text)}`);
  const own = (name: string): unknown =>
    Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  const content = own(text);
  if (typeof content !== 'string')
    throw rowError(number, `has ${kindOf(content)} as ${JSON.stringify(text)}, not a text`);
  if (id === undefined) return { text: content };
  const given = own(id);
  // 64-bit integers of Parquet.
  const key = typeof given === 'bigint' ? numberOrText(given) : given;
  if (typeof key !== 'string' && !Number.isSafeInteger(key))
    throw rowError(number, `has ${kindOf(given)} as ${JSON.stringify(id)}, not a text or a whole number`);
  return { text: content, id: key as string | number };
}

export function rowError(number: number, what: string): FormatError<CorpusRule> {
  return new FormatError<CorpusRule>('corpus-row', `corpus: row ${number} ${what}`);
}

/** SHA-256 of rows: of `[id, text]` as JSON, a line for each; null for no id. */
export function hashOf(rows: readonly Row[]): string {
  const hash = createHash('sha256');
  for (const { text, id = null } of rows) hash.update(`${JSON.stringify([id, text])}\n`);
  return hash.digest('hex');
}

function numberOrText(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
