import { transfer } from 'comlink';
import { deserializeError, type SerializedError, serializeError, WorkerError } from '../errors.ts';

/** The value or the error of a call. Errors are sent as data, since comlink preserves only their name, message and stack. */
export type Outcome<T> = { readonly value: T } | { readonly error: SerializedError };

/** Runs `body` and returns its outcome for posting. `transferable` returns the buffers to transfer instead of copying them. */
export async function outcomeOf<T>(
  body: () => T | Promise<T>,
  transferable: (value: T) => ArrayBufferLike[] = () => [],
): Promise<Outcome<T>> {
  try {
    const value = await body();
    return transfer({ value }, transferable(value) as ArrayBuffer[]);
  } catch (error) {
    return { error: serializeError(error) };
  }
}

/** Returns the value of an outcome, or throws its error. Throws `WorkerError` for anything that is not an outcome. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (typeof outcome === 'object' && outcome !== null) {
    if ('value' in outcome) return outcome.value;
    if (isSerializedError(outcome.error)) throw deserializeError(outcome.error);
  }
  throw new WorkerError('invalid-message', 'the response to a call is not an outcome');
}

function isSerializedError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, message } = value as Partial<SerializedError>;
  return typeof name === 'string' && typeof message === 'string';
}
