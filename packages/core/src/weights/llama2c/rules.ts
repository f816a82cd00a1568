import { FormatError } from '../../errors.ts';

/**
 * The rules of the llama2.c format that a file can break. Source: `run.c` and version 0 of `export.py` in
 * https://github.com/karpathy/llama2.c
 */
export type Llama2cRule =
  /** The file is shorter than the header of seven 32-bit integers. */
  | 'header-too-small'
  /** The file has version 1 or later, which begins with `ak42`. */
  | 'later-format'
  /** A size in the header is not above 0. */
  | 'invalid-size'
  /** `dim` is not divisible by `numHeads`, `numHeads` not by `numKeyValueHeads`, or the width of a head is odd. */
  | 'invalid-heads'
  /** The size of the weights exceeds the exactly representable integers. */
  | 'size-overflow'
  /** The weights extend past the end of the file. */
  | 'weights-past-end'
  /** There are bytes after the tokenizer, or bytes after the weights that are not a tokenizer. */
  | 'trailing-bytes'
  /** The tokenizer has fewer pieces than the vocabulary. */
  | 'tokenizer-past-end'
  /** A piece is empty or longer than the tokenizer's maximum length. */
  | 'piece-length'
  /** A piece is not valid UTF-8. */
  | 'piece-not-utf8'
  /** The score of a piece is NaN. */
  | 'piece-score'
  /** Two pieces have the same text. */
  | 'duplicate-piece';

/** The error for a file that breaks a rule. */
export function llama2cError(rule: Llama2cRule, what: string): FormatError<Llama2cRule> {
  return new FormatError(rule, `llama2.c: ${what} (${rule})`);
}
