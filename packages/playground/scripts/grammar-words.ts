// Writes src/lib/grammar-words.ts: the words that the grammar models were trained on. Run with Node from this folder: node scripts/grammar-words.ts
import { writeFile } from 'node:fs/promises';
import { grammar } from '../../../experiments/src/data/grammar/index.ts';

/** So many sentences that more would bring next to no new word. */
const SENTENCES = 60_000;

function wordsOf(direction: 'en-ko' | 'ko-en'): string {
  const { train } = grammar({ direction, sizes: { train: SENTENCES, validation: 0, test: 0 } });
  const words = train.flatMap(({ source }) =>
    source
      .toLowerCase()
      .replace(/[.?!,]/g, '')
      .split(' '),
  );
  return [...new Set(words)].sort().join(' ');
}

const file = `/** Words of the grammar's English sentences, in lower case. */
export const ENGLISH_WORDS: readonly string[] =
  // biome-ignore format: one line
  '${wordsOf('en-ko').replaceAll("'", "\\'")}'.split(' ');

/** Words of its Korean sentences, with particles and endings. */
export const KOREAN_WORDS: readonly string[] =
  // biome-ignore format: one line
  '${wordsOf('ko-en')}'.split(' ');
`;
await writeFile(new URL('../src/lib/grammar-words.ts', import.meta.url), file);
