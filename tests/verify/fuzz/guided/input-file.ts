import type { FuzzInput } from '../../../../packages/core/test/fuzz/reader.ts';

type Stored = Readonly<Record<string, string | { readonly base64: string }>>;

/** An input as JSON: bytes in base64. */
export const toJson = (input: FuzzInput): Stored =>
  Object.fromEntries(
    Object.entries(input).map(([name, content]) => [
      name,
      typeof content === 'string' ? content : { base64: Buffer.from(content).toString('base64') },
    ]),
  );

export const fromJson = (stored: Stored): FuzzInput =>
  Object.fromEntries(
    Object.entries(stored).map(([name, content]) => [
      name,
      typeof content === 'string' ? content : new Uint8Array(Buffer.from(content.base64, 'base64')),
    ]),
  );

/** Name of a file for a reader. */
export const fileNameOf = (reader: string): string => reader.replace(/\W+/g, '-').toLowerCase();
