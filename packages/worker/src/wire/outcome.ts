import { transfer } from 'comlink';
import { type PlainError, plainError, reviveError, WorkerError } from '../errors.ts';

/** A call's outcome. Errors travel as data: comlink alone would keep no more of them than their message. */
export type Outcome<T> = { readonly value: T } | { readonly error: PlainError };

/** Runs `body` and sends its value, or its error as data. `transferable` names the buffers that move rather than being copied. */
export async function outcomeOf<T>(
  body: () => T | Promise<T>,
  transferable: (value: T) => ArrayBufferLike[] = () => [],
): Promise<Outcome<T>> {
  try {
    const value = await body();
    return transfer({ value }, transferable(value) as ArrayBuffer[]);
  } catch (error) {
    return { error: plainError(error) };
  }
}

/** The value of an outcome; throws its error. What is no outcome is a `WorkerError`. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (typeof outcome === 'object' && outcome !== null) {
    if ('value' in outcome) return outcome.value;
    if (isPlainError(outcome.error)) throw reviveError(outcome.error);
  }
  throw new WorkerError('rubbish', 'a call was answered with something that is no outcome');
}

function isPlainError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, message } = value as Partial<PlainError>;
  return typeof name === 'string' && typeof message === 'string';
}
