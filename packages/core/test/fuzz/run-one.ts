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

/** Reads the first inputs of seed 1. Throws for one that gives neither a value nor a `HeadwiseError`, or takes too long. */
export async function readInputs(
  reader: FuzzReader,
  count: number,
): Promise<{ values: number; refused: number }> {
  const counts = { values: 0, refused: 0 };
  for (let index = 0; index < count; index++) {
    const started = process.cpuUsage();
    const result = await readInput(reader, inputOf(reader, 1, index));
    const { user, system } = process.cpuUsage(started);
    if (typeof result === 'object')
      throw new Error(`input ${index} of ${reader.name}`, { cause: result.error });
    if ((user + system) / 1e6 > MAX_SECONDS)
      throw new Error(`input ${index} of ${reader.name} takes too long`);
    counts[result === 'value' ? 'values' : 'refused']++;
  }
  return counts;
}

export function hash(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value = (Math.imul(value, 31) + text.charCodeAt(i)) | 0;
  return value;
}
