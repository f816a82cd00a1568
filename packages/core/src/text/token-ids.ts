import { ConfigError } from '../errors.ts';

/** The largest id of the library `tokenizers`, whose ids have 32 bits. */
const MAX_ID = 2 ** 32 - 1;

/** Whether a value is a token id: a whole number from 0 to 2³² − 1, whether or not a vocabulary has it. */
export const isTokenId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_ID;

/** Throws `ConfigError` unless the value is a token id. */
export function requireTokenId(task: string, value: unknown): asserts value is number {
  if (!isTokenId(value)) throw wrongId(task, value, '');
}

/** Throws `ConfigError` unless the value is an array or typed array of token ids. */
export function requireTokenIds(task: string, values: unknown): asserts values is ArrayLike<number> {
  const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));
  if (!isList)
    throw new ConfigError(
      `${task}: token ids must be an array or a typed array of numbers, got ${values === null ? 'null' : typeof values}`,
    );
  const ids = values as ArrayLike<unknown>;
  for (let i = 0; i < ids.length; i++) if (!isTokenId(ids[i])) throw wrongId(task, ids[i], ` at index ${i}`);
}

function wrongId(task: string, value: unknown, where: string): ConfigError {
  const shown =
    typeof value === 'string'
      ? JSON.stringify(value).slice(0, 40)
      : typeof value === 'object' && value !== null
        ? 'an object'
        : String(value);
  return new ConfigError(
    `${task}: token ids must be whole numbers from 0 to ${MAX_ID}, got ${shown}${where}; leave out padding such as -100 before`,
  );
}
