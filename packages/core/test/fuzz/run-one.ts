import { Chance } from './mutate.ts';
import { type FuzzInput, type FuzzReader, isTyped } from './reader.ts';

/** Seconds of processor time, and bytes of memory, that an input of up to 1 MB may take. */
export const MAX_SECONDS = 2;
export const MAX_BYTES = 512 * 1024 * 1024;

export const inputOf = (reader: FuzzReader, seed: number, index: number): FuzzInput =>
  reader.input(new Chance(seed, hash(reader.name), index));

/** Reads one input: 'value', 'refused' for a `HeadwiseError`, or what went wrong. */
export async function readInput(
  reader: FuzzReader,
  input: FuzzInput,
): Promise<'value' | 'refused' | { error: unknown }> {
  try {
    await reader.read(input);
    return 'value';
  } catch (error) {
    return isTyped(error) ? 'refused' : { error };
  }
}

function hash(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value = (Math.imul(value, 31) + text.charCodeAt(i)) | 0;
  return value;
}
