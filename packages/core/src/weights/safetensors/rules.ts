import { FormatError } from '../../errors.ts';

/**
 * The rules of the safetensors format that a file can break. Source: https://github.com/huggingface/safetensors#format
 * and, where that is unspecific, the reference implementation.
 */
export type SafetensorsRule =
  /** The file is shorter than the 8 bytes of the header length. */
  | 'header-too-small'
  /** The header is longer than 100 MB. */
  | 'header-too-large'
  /** The header extends past the end of the file. */
  | 'header-past-end'
  | 'header-not-utf8'
  /** The header's first byte is not `{`. */
  | 'header-start'
  | 'header-not-json'
  /** A key occurs twice in one object: a tensor name or a field. */
  | 'duplicate-key'
  /** `__metadata__` is not an object of strings. */
  | 'invalid-metadata'
  /** A tensor's entry is not an object. */
  | 'invalid-tensor'
  | 'missing-field'
  | 'unknown-field'
  /** `dtype` is not a string. */
  | 'invalid-dtype'
  | 'unknown-dtype'
  /** `shape` is not a list of non-negative integers. */
  | 'invalid-shape'
  /** `data_offsets` is not a pair of non-negative integers. */
  | 'invalid-offsets'
  /** The number of elements or bytes exceeds the exactly representable integers. */
  | 'size-overflow'
  /** Elements of less than 8 bits do not fill whole bytes. */
  | 'misaligned'
  /** A tensor ends before it begins. */
  | 'offsets-unordered'
  /** A tensor extends past the end of the file. */
  | 'offsets-past-end'
  /** The first tensor does not begin at offset 0 of the data. */
  | 'offsets-start'
  | 'offsets-overlap'
  /** Bytes between two tensors belong to no tensor. */
  | 'offsets-hole'
  /** The number of bytes of a tensor does not match its shape and dtype. */
  | 'size-mismatch'
  /** The file has bytes after the last tensor. */
  | 'trailing-bytes';

/** The error for a file that breaks a rule. */
export function safetensorsError(rule: SafetensorsRule, what: string): FormatError<SafetensorsRule> {
  return new FormatError(rule, `safetensors: ${what} (${rule})`);
}
