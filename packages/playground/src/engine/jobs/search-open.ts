import type { JobContext, ModelStore } from '../job.ts';
import { openVolume } from '../search/library.ts';
import type { Passages } from '../search/passages.ts';

export interface OpenResult extends Passages {
  /** Number of passages in Korean. */
  readonly korean: number;
}

/** Divides a text into passages, and indexes their letters. */
export async function run(
  _store: ModelStore,
  { text }: { readonly text: string },
  { breathe }: JobContext,
): Promise<OpenResult> {
  const { sections, passages, korean } = await openVolume(text, breathe);
  return { sections, passages, korean: korean.size };
}
