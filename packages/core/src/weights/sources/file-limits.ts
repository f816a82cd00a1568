import { FormatError } from '../../errors.ts';

const MIB = 2 ** 20;

/** Files that are read into memory as a whole. Those of published models have at most 70 MB, and their configurations less than 2 MB. */
const CONFIGURATION = /config[^/]*\.json$|\.jinja$/i;
const TEXT = /\.(?:json|jsonl|txt|md|ya?ml|model|vocab|bpe)$/i;

const limitOf = (name: string) =>
  CONFIGURATION.test(name) ? 16 * MIB : TEXT.test(name) ? 128 * MIB : Infinity;

/** Whether a file has weights, or may. */
export const isLarge = (name: string): boolean => limitOf(name) === Infinity;

/** Throws `FormatError` if a file that is read into memory as a whole has more bytes than any of its kind. Weights have no limit. */
export function checkFileSize(name: string, location: string, bytes: number): void {
  const limit = limitOf(name);
  if (bytes <= limit) return;
  throw new FormatError(
    'too-large',
    `${name} in ${location}: expected at most ${limit / MIB} MiB in a file of this kind, got ${bytes} bytes or more (too-large)`,
  );
}
