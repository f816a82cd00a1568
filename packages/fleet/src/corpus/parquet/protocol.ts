import type { Fields, Row } from '../row.ts';
import type { Part } from './file.ts';

/** What the process that reads a file is asked. Questions are answered in their order. */
export type Question =
  | { readonly kind: 'groups' }
  | { readonly kind: 'divide'; readonly group: number; readonly size: number }
  | { readonly kind: 'rows'; readonly start: number; readonly end: number };

export interface Answers {
  readonly groups: number;
  readonly divide: readonly Part[];
  readonly rows: Row[];
}

/** An error without its class, which does not pass between processes. */
export interface PlainError {
  readonly message: string;
  /** Of a `FormatError`. */
  readonly rule?: string;
  /** Fields of an error of the system. */
  readonly system?: Readonly<Record<string, unknown>>;
}

export type FromProcess =
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'error'; readonly error: PlainError };

export interface Start {
  readonly path: string;
  readonly fields: Fields;
}
