import { FormatError } from '../../errors.ts';

/**
 * The rules of whisper.cpp's GGML files that a file can break. Source: `convert-pt-to-ggml.py` and `whisper_model_load` in
 * https://github.com/ggml-org/whisper.cpp
 */
export type GgmlRule =
  /** The file does not begin with the number `ggml`. */
  | 'not-ggml'
  /** A value extends past the end of the file. */
  | 'past-end'
  /** A size is below 1 or beyond what a model has. */
  | 'invalid-size'
  /** A piece of the vocabulary occurs twice, or one of a byte is missing. */
  | 'invalid-vocabulary'
  /** A tensor has no axis or more than four, or an unknown name. */
  | 'invalid-tensor'
  /** A tensor's values are neither floats of 32 nor of 16 bits. */
  | 'unsupported-type'
  | 'duplicate-tensor';

/** The error for a file that breaks a rule. */
export function ggmlError(rule: GgmlRule, what: string): FormatError<GgmlRule> {
  return new FormatError(rule, `GGML: ${what} (${rule})`);
}
