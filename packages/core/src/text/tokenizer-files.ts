import { FormatError } from '../errors.ts';

/** `model_max_length` of tokenizer_config.json, in tokens. Files without a limit have 10^30, which is read as `Infinity`. */
export function readModelMaxLength(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : Infinity;
}

/** Adds the fields that tokenizer.json may omit but `@huggingface/tokenizers` requires. */
export function withDefaults(tokenizerJson: Record<string, unknown>, added: unknown[]): object {
  const absent = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  return { ...absent, ...tokenizerJson, added_tokens: added };
}

export function tokenizerError(what: string, cause?: unknown): FormatError {
  return new FormatError(
    'tokenizer-invalid',
    `tokenizer: ${what}`,
    cause === undefined ? undefined : { cause },
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
