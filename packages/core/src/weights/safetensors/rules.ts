import { FormatError } from '../../errors.ts';

/**
 * The rules of the safetensors format that a file can break, each with a name of its own. The format is described at
 * https://github.com/huggingface/safetensors#format; where the text is silent, its reference implementation decides.
 */
export type SafetensorsRule =
  /** The file is shorter than the 8 bytes that hold the header's length. */
  | 'header-too-small'
  /** The header is longer than 100 MB. */
  | 'header-too-large'
  /** The header does not end within the file. */
  | 'header-past-end'
  | 'header-not-utf8'
  /** The header's first byte is not `{`. */
  | 'header-start'
  | 'header-not-json'
  /** A key appears twice in one object, be it a tensor's name or a field. */
  | 'duplicate-key'
  /** `__metadata__` is not a map of strings. */
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
  /** Elements or bytes are more than can be counted exactly. */
  | 'size-overflow'
  /** Elements smaller than a byte do not fill whole bytes. */
  | 'misaligned'
  /** A tensor ends before it begins. */
  | 'offsets-unordered'
  /** A tensor lies past the end of the file. */
  | 'offsets-past-end'
  /** The first tensor does not begin where the data begins. */
  | 'offsets-start'
  | 'offsets-overlap'
  | 'offsets-hole'
  /** A tensor's bytes are not as many as its shape and dtype need. */
  | 'size-mismatch'
  /** The file goes on after its last tensor. */
  | 'trailing-bytes';

/** The error for a file that breaks a rule of the safetensors format. */
export function safetensorsError(rule: SafetensorsRule, what: string): FormatError<SafetensorsRule> {
  return new FormatError(rule, `safetensors: ${what} (${rule})`);
}
