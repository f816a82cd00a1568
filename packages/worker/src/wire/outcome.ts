import { transfer } from 'comlink';
import { plainError, reviveError } from './errors.ts';
import type { Outcome } from './protocol.ts';

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

/** The value of an outcome; throws its error. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if ('error' in outcome) throw reviveError(outcome.error);
  return outcome.value;
}
