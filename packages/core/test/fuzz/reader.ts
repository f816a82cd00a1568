import type { Chance } from './mutate.ts';

/** What a reader is given: the files by name, or the JSON, and what else it needs. */
export type FuzzInput = Readonly<Record<string, Uint8Array | string>>;

/** A reader of files under test. */
export interface FuzzReader {
  readonly name: string;
  /** How much more time than others it gets. Default: 1. */
  readonly share?: number;
  /** Parts of an input that are no files, and stay as `input` makes them. */
  readonly fixed?: readonly string[];
  /** The input that random numbers make: mutated files. */
  input(chance: Chance): FuzzInput;
  /** Reads the input. May throw or reject with a `HeadwiseError` alone. */
  read(input: FuzzInput): unknown;
}

/** Whether an error is one that Headwise throws on purpose. */
export function isTyped(error: unknown): boolean {
  for (let prototype = error; prototype; prototype = Object.getPrototypeOf(prototype))
    if ((prototype as object).constructor?.name === 'HeadwiseError') return true;
  return false;
}

export const textOf = (value: Uint8Array | string | undefined): string =>
  typeof value === 'string' ? value : new TextDecoder().decode(value);
export const bytesOf = (value: Uint8Array | string | undefined): Uint8Array<ArrayBuffer> =>
  typeof value === 'string' ? new TextEncoder().encode(value) : new Uint8Array(value ?? []);
export const sourceOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: async (from: number, to: number) => bytes.subarray(from, to),
});

/** JSON as Headwise parses it, with a broken text refused before. */
export function parsed(text: Uint8Array | string | undefined): unknown {
  try {
    return JSON.parse(textOf(text));
  } catch {
    return undefined;
  }
}
