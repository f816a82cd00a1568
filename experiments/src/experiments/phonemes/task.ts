import { phonemes, type Word } from '../../data/phonemes.ts';
import type { Pair } from '../../data/split.ts';
import type { SequenceTask } from '../../sequences/task.ts';
import { phonemeTokenizer } from '../../sequences/tokenizers.ts';

/** Words to read, and the pairs that are trained on: every pronunciation of a word is a target. */
export interface PhonemeTask extends SequenceTask {
  readonly words: { readonly validation: readonly Word[]; readonly test: readonly Word[] };
}

const pairsOf = (words: readonly Word[]): Pair[] =>
  words.flatMap(({ spelling, pronunciations }) =>
    pronunciations.map((phonemes) => ({ source: spelling, target: phonemes.join(' ') })),
  );

/** @param size number of words to train on and to test with. Default: all */
export async function phonemeTask(size?: {
  readonly train: number;
  readonly test: number;
}): Promise<PhonemeTask> {
  const { train, validation, test } = await phonemes();
  const pairs = pairsOf(train.slice(0, size?.train));
  // Letters and phonemes are known from the first words on.
  const texts = pairsOf(train.slice(0, 20_000)).flatMap(({ source, target }) => [source, target]);
  return {
    name: 'phonemes',
    ...(await phonemeTokenizer(texts)),
    data: { train: pairs, validation: pairsOf(validation), test: pairsOf(test), longer: [] },
    words: { validation: validation.slice(0, size?.test), test: test.slice(0, size?.test) },
  };
}
