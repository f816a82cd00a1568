import type { JobContext, ModelStore } from '../job.ts';

/** The tasks of t5-mini, as it was trained to be asked for them. */
export const PREFIXES = [
  'translate English to Korean',
  'translate Korean to English',
  'past',
  'negate',
  'question',
  'polite',
  'casual',
] as const;
export type Prefix = (typeof PREFIXES)[number];

export interface PrefixAnswer {
  readonly prefix: Prefix;
  readonly text: string;
}

/** One sentence behind several prefixes. */
export async function run(
  store: ModelStore,
  { sentence, prefixes }: { readonly sentence: string; readonly prefixes: readonly Prefix[] },
  { signal }: JobContext,
): Promise<readonly PrefixAnswer[]> {
  const model = await store.load('t5-mini');
  const generated = await model.generate(
    prefixes.map((prefix) => `${prefix}: ${sentence}`),
    { maxNewTokens: 40, signal },
  );
  return prefixes.map((prefix, i) => ({ prefix, text: generated[i]?.text ?? '' }));
}
