import { FormatError } from '../errors.ts';

/** The longest text of a tokenizer_config.json; files say 10^30 for "no limit". */
export function maxLengthOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : Infinity;
}

/** Parts that tokenizer.json may leave out, which the library insists on. */
export function withDefaults(tokenizerJson: Record<string, unknown>, added: unknown[]): object {
  const absent = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  return { ...absent, ...tokenizerJson, added_tokens: added };
}

export function broken(what: string, cause?: unknown): FormatError {
  return new FormatError(
    'tokenizer-invalid',
    `tokenizer: ${what}`,
    cause === undefined ? undefined : { cause },
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
