import { writeFileSync } from 'node:fs';
import { grammar } from '../data/grammar/index.ts';
import type { Pair } from '../data/split.ts';

const FILE = new URL('../../../packages/playground/src/engine/train/sentence-pairs.ts', import.meta.url);

/** Most words of an English sentence: a page trains on them in seconds. */
const MOST_WORDS = 5;

/** Sentences of one clause, in English and Korean. None of the combinations of words in `test` is in `train`. */
export function shortSentences(seed = 0): {
  readonly train: readonly Pair[];
  readonly test: readonly Pair[];
} {
  const sizes = { train: 5200, validation: 0, test: 400 };
  const { train, test } = grammar({ direction: 'en-ko', seed, maxClauses: 1, sizes });
  const isShort = ({ source }: Pair) => source.split(' ').length <= MOST_WORDS;
  return { train: train.filter(isShort).slice(0, 2000), test: test.filter(isShort).slice(0, 120) };
}

export const textOf = (pairs: readonly Pair[]): string =>
  pairs.map(({ source, target }) => `${source}=${target}`).join('|');

/** Writes the sentences that the playground's room Train trains on. */
export function sentences(): boolean {
  const { train, test } = shortSentences();
  const text = `// Written by npm run experiment -- sentences.

/** English sentences of the experiments' grammar and their translations: \`I love you=나는 너를 사랑해\`, joined by \`|\`. */
export const TRAIN_PAIRS =
  // biome-ignore format: one line
  ${JSON.stringify(textOf(train))};

/** Others, with combinations of words that the ones above do not have. */
export const TEST_PAIRS =
  // biome-ignore format: one line
  ${JSON.stringify(textOf(test))};
`;
  writeFileSync(FILE, text);
  return true;
}
