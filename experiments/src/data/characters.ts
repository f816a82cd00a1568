import { realPairs } from './pairs/index.ts';
import { type DataSet, type Side, sides } from './split.ts';

/**
 * Running text for a language model of characters: the real pairs of all domains (pairs/index.ts), their English or their Korean side, one
 * text per line. Near-duplicates are on the same side, as they are there.
 */
export async function characters(language: 'en' | 'ko'): Promise<DataSet<string>> {
  const pairs = await realPairs();
  const textOf = (side: Side) => [
    ...new Set(pairs[side].map(({ source, target }) => (language === 'en' ? source : target))),
  ];
  const [train, validation, test] = sides.map(textOf);
  return { train: train!, validation: validation!, test: test! };
}
