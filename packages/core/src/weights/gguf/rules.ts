import { FormatError } from '../../errors.ts';

/**
 * The rules of GGUF that a file can break, each with a name of its own. The format is described at
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; where the text is silent, ggml's own reader decides.
 */
export type GgufRule =
  /** The file does not begin with `GGUF`. */
  | 'magic'
  /** The version is none of those that can be read: 2 and 3. */
  | 'version'
  /** The numbers are big-endian. */
  | 'big-endian'
  /** The header is longer than 256 MiB. */
  | 'header-too-large'
  /** The header does not end within the file. */
  | 'header-past-end'
  /** More metadata, tensors, or elements of an array are announced than the rest of the file has room for. */
  | 'count-past-end'
  /** A key is longer than 65535 bytes. */
  | 'key-too-long'
  /** A name or text is not valid UTF-8. */
  | 'not-utf8'
  | 'duplicate-key'
  | 'unknown-value-type'
  | 'nested-array'
  /** A truth value is neither 0 nor 1. */
  | 'invalid-bool'
  /** `general.alignment` is not a power of two as a number of 32 bits. */
  | 'invalid-alignment'
  /** A tensor's name is longer than 64 bytes. */
  | 'name-too-long'
  | 'duplicate-tensor'
  /** A tensor has more than four axes. */
  | 'too-many-axes'
  | 'unknown-tensor-type'
  /** Elements or bytes are more than can be counted exactly. */
  | 'size-overflow'
  /** A tensor's rows are not made of whole blocks. */
  | 'rows-not-in-blocks'
  /** A tensor does not begin at a multiple of the alignment. */
  | 'offset-misaligned'
  /** A tensor does not end within the file. */
  | 'offsets-past-end'
  /** The first tensor does not begin where the data begin. */
  | 'offsets-start'
  | 'offsets-overlap'
  | 'offsets-hole'
  /** The file goes on after its last tensor. */
  | 'trailing-bytes';

/** The error for a file that breaks a rule of GGUF. */
export function ggufError(rule: GgufRule, what: string): FormatError<GgufRule> {
  return new FormatError(rule, `GGUF: ${what} (${rule})`);
}
