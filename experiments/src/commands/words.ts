import { writeFileSync } from 'node:fs';
import { grammar } from '../data/grammar/index.ts';

/** So many sentences that more would bring next to no new word. */
const SENTENCES = 60_000;

const FILE = new URL('../../../packages/playground/src/lib/grammar-words.ts', import.meta.url);

/** The words of the grammar's sources in one direction, in lower case and without punctuation. */
export function wordsOf(direction: 'en-ko' | 'ko-en', sentences: number, seed = 0): ReadonlySet<string> {
  const { train } = grammar({ direction, seed, sizes: { train: sentences, validation: 0, test: 0 } });
  return new Set(
    train.flatMap(({ source }) =>
      source
        .toLowerCase()
        .replace(/[.?!,]/g, '')
        .split(' '),
    ),
  );
}

const listOf = (direction: 'en-ko' | 'ko-en'): string =>
  [...wordsOf(direction, SENTENCES)].sort().join(' ').replaceAll("'", "\\'");

/** Writes the words that the models of the grammar were trained on, by which the playground marks unknown ones. */
export function words(): boolean {
  const text = `// Written by npm run experiment -- words.

/** Words of the grammar's English sentences, in lower case. */
export const ENGLISH_WORDS: readonly string[] =
  // biome-ignore format: one line
  '${listOf('en-ko')}'.split(' ');

/** Words of its Korean sentences, with particles and endings. */
export const KOREAN_WORDS: readonly string[] =
  // biome-ignore format: one line
  '${listOf('ko-en')}'.split(' ');
`;
  writeFileSync(FILE, text);
  return true;
}
