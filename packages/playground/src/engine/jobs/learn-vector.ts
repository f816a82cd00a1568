import type { JobContext, ModelStore } from '../job.ts';
import { type EncoderSteps, readIntoVector, type Translation } from '../learn/recurrent.ts';

/** Translates a date through one fixed vector, and returns the vector after each token too. */
export async function run(
  store: ModelStore,
  { text }: { readonly text: string },
  { signal }: JobContext,
): Promise<EncoderSteps & { readonly translation: Translation }> {
  return readIntoVector(await store.load('dates-fixed'), text, signal);
}
