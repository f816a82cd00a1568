/** `model_max_length` of tokenizer_config.json, in tokens. Files without a limit have 10^30, which is read as `Infinity`. */
export function readModelMaxLength(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : Infinity;
}

