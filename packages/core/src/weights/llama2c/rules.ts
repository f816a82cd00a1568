import { FormatError } from '../../errors.ts';

/**
 * The rules that a file of llama2.c can break. The format is what `run.c` reads and `export.py` writes as version 0:
 * https://github.com/karpathy/llama2.c
 */
export type Llama2cRule =
  /** The file is shorter than its header of seven numbers. */
  | 'header-too-small'
  /** The file is of one of llama2.c's later formats, which begin with `ak42`. */
  | 'later-format'
  /** A size in the header is not above 0. */
  | 'invalid-size'
  /** The heads do not share the model's width, or the key-value heads the heads, without a rest; or a head's width is odd. */
  | 'invalid-heads'
  /** The weights would have more bytes than can be counted exactly. */
  | 'size-overflow'
  /** The weights do not end within the file. */
  | 'weights-past-end'
  /** Something that is no tokeniser comes after the weights, or after the tokeniser. */
  | 'trailing-bytes'
  /** The tokeniser ends before it has a piece for each row of the vocabulary. */
  | 'tokenizer-past-end'
  /** A piece is empty, or longer than the tokeniser says that pieces are. */
  | 'piece-length'
  /** A piece is not valid UTF-8. */
  | 'piece-not-utf8'
  /** A piece's score is not a number. */
  | 'piece-score'
  /** Two pieces are spelt the same. */
  | 'duplicate-piece';

/** The error for a file that breaks a rule of llama2.c's format. */
export function llama2cError(rule: Llama2cRule, what: string): FormatError<Llama2cRule> {
  return new FormatError(rule, `llama2.c: ${what} (${rule})`);
}
