import { ENGLISH_WORDS, KOREAN_WORDS } from '../../lib/grammar-words.ts';
import { type UnknownWord, unknownWords } from '../../lib/unknown-words.ts';
import type { JobContext, ModelStore } from '../job.ts';

export interface WordsParams {
  readonly language: 'en' | 'ko';
  readonly text: string;
}

/** The words of a sentence that the grammar models were not trained on. The comparison with all known words takes too long for the page's thread. */
export async function run(
  _store: ModelStore,
  { language, text }: WordsParams,
  _context: JobContext,
): Promise<readonly UnknownWord[]> {
  return unknownWords(text, language === 'en' ? ENGLISH_WORDS : KOREAN_WORDS);
}
