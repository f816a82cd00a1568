import { FormatError } from '../../errors.ts';

/**
 * The rules of the GGUF format that a file can break. Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and, where that is
 * unspecific, ggml's reader.
 */
export type GgufRule =
  /** The file does not begin with `GGUF`. */
  | 'magic'
  /** The version is neither 2 nor 3. */
  | 'version'
  /** The file is big-endian. */
  | 'big-endian'
  /** The header is longer than 256 MiB. */
  | 'header-too-large'
  /** A list of strings or booleans has more elements than are read. */
  | 'array-too-long'
  /** The header extends past the end of the file. */
  | 'header-past-end'
  /** The number of metadata entries, tensors or array elements exceeds the remaining size of the file. */
  | 'count-past-end'
  /** A key is longer than 65535 bytes. */
  | 'key-too-long'
  /** A name or string is not valid UTF-8. */
  | 'not-utf8'
  | 'duplicate-key'
  | 'unknown-value-type'
  | 'nested-array'
  /** A bool is neither 0 nor 1. */
  | 'invalid-bool'
  /** `general.alignment` is not a power of two of type u32. */
  | 'invalid-alignment'
  /** A tensor's name is longer than 64 bytes. */
  | 'name-too-long'
  | 'duplicate-tensor'
  /** A tensor has more than four axes. */
  | 'too-many-axes'
  | 'unknown-tensor-type'
  /** The number of elements or bytes exceeds the exactly representable integers. */
  | 'size-overflow'
  /** The length of a tensor's rows is not a multiple of the block size. */
  | 'rows-not-in-blocks'
  /** A tensor does not begin at a multiple of the alignment. */
  | 'offset-misaligned'
  /** A tensor extends past the end of the file. */
  | 'offsets-past-end'
  /** The first tensor does not begin at offset 0 of the data. */
  | 'offsets-start'
  | 'offsets-overlap'
  /** Bytes between two tensors, other than padding, belong to no tensor. */
  | 'offsets-hole'
  /** The parts of a split model do not fit together. */
  | 'split-invalid'
  /** The file has bytes after the last tensor and its padding. */
  | 'trailing-bytes';

/** The error for a file that breaks a rule. */
export function ggufError(rule: GgufRule, what: string): FormatError<GgufRule> {
  return new FormatError(rule, `GGUF: ${what} (${rule})`);
}
