import { search } from '@headwise/core';
import type { LetterHit } from '../../lib/ngrams.ts';
import { hasHangul } from '../../lib/scripts.ts';
import type { JobContext, ModelStore } from '../job.ts';
import { openVolume } from '../search/library.ts';
import { UNIT } from './edits.ts';

export interface FindParams {
  readonly text: string;
  readonly query: string;
  /** Whether to compare MiniLM's vectors where it knows the language. */
  readonly byMeaning: boolean;
  /** Most results of each kind. */
  readonly count: number;
}

export interface MeaningHit {
  readonly passage: number;
  /** Cosine of the two vectors. */
  readonly score: number;
}

/** The nearest passages, nearest first. */
export interface FindResult {
  readonly query: string;
  /** By meaning; undefined if that was not asked for, or the query is in Korean. */
  readonly meaning: readonly MeaningHit[] | undefined;
  /** How many passages had a vector. */
  readonly vectors: number;
  /** By letters: of all passages, or with results by meaning of those in Korean. */
  readonly letters: readonly LetterHit[];
}

/** Searches a text. Passages without vectors yet are not found by meaning. */
export async function run(
  store: ModelStore,
  { text, query, byMeaning, count }: FindParams,
  { signal, breathe }: JobContext,
): Promise<FindResult> {
  const volume = await openVolume(text, breathe);
  if (!byMeaning || hasHangul(query))
    return { query, meaning: undefined, vectors: 0, letters: volume.letters.search(query, count) };
  const { vectors } = volume;
  const model = await store.load('minilm');
  const size = vectors?.size ?? 0;
  const hits = vectors ? await search(model, query, vectors, { ...UNIT, topK: count, signal }) : [];
  return {
    query,
    vectors: size,
    meaning: hits.map(({ id, score }) => ({ passage: Number(id), score })),
    letters: volume.letters.search(query, count, volume.korean),
  };
}
