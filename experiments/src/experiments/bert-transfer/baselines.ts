import { SPECIAL } from './pairs.ts';

const isSpecial = (id: number) => id <= SPECIAL.mask;

/** Predicts masked tokens by counts: the most frequent token, or the most frequent one between the same two neighbours. */
export class CountedTokens {
  readonly #all = new Counter();
  readonly #after = new Map<number, Counter>();
  readonly #between = new Map<string, Counter>();

  constructor(sequences: Iterable<ArrayLike<number>>) {
    for (const ids of sequences)
      for (let i = 1; i < ids.length - 1; i++) {
        const [left, id, right] = [ids[i - 1]!, ids[i]!, ids[i + 1]!];
        if (isSpecial(id)) continue;
        this.#all.add(id);
        counterOf(this.#after, left).add(id);
        counterOf(this.#between, `${left} ${right}`).add(id);
      }
  }

  /** The most frequent token. */
  get unigram(): number {
    return this.#all.most;
  }

  /** The most frequent token between these neighbours; if none has been, the one after the left neighbour, or of all. */
  trigram(left: number, right: number): number {
    return (this.#between.get(`${left} ${right}`) ?? this.#after.get(left) ?? this.#all).most;
  }

  /** The share of tokens, special tokens excepted, that each predicts. The trigram sees both neighbours as they are, never masked. */
  accuracies(sequences: Iterable<ArrayLike<number>>): { readonly unigram: number; readonly trigram: number } {
    let [count, unigram, trigram] = [0, 0, 0];
    for (const ids of sequences)
      for (let i = 1; i < ids.length - 1; i++) {
        if (isSpecial(ids[i]!)) continue;
        count++;
        if (this.unigram === ids[i]) unigram++;
        if (this.trigram(ids[i - 1]!, ids[i + 1]!) === ids[i]) trigram++;
      }
    return { unigram: unigram / count, trigram: trigram / count };
  }
}

/** Counts ids, and knows the most frequent one; of several, the one that was first as frequent. */
class Counter {
  most = -1;
  readonly #counts = new Map<number, number>();

  add(id: number): void {
    const count = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, count);
    if (count > (this.#counts.get(this.most) ?? 0)) this.most = id;
  }
}

function counterOf<Key>(counters: Map<Key, Counter>, key: Key): Counter {
  let counter = counters.get(key);
  if (!counter) {
    counter = new Counter();
    counters.set(key, counter);
  }
  return counter;
}

interface LabelledIds {
  readonly ids: ArrayLike<number>;
  readonly label: number;
}

/**
 * Multinomial naive Bayes over tokens with add-one smoothing (Manning et al. 2008, §13.2): the accuracy on `test` after counting `train`.
 */
export function naiveBayesAccuracy(
  train: readonly LabelledIds[],
  test: readonly LabelledIds[],
  labels: number,
  vocabSize: number,
): number {
  const counts = Array.from({ length: labels }, () => new Float64Array(vocabSize).fill(1));
  const examples = new Float64Array(labels);
  for (const { ids, label } of train) {
    examples[label]!++;
    for (const id of Array.from(ids)) counts[label]![id]!++;
  }
  const logs = counts.map((row) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => Math.log(count / total));
  });
  const correct = test.filter(({ ids, label }) => {
    const scores = logs.map((row, i) =>
      Array.from(ids).reduce((sum, id) => sum + row[id]!, Math.log(examples[i]! / train.length)),
    );
    return scores.indexOf(Math.max(...scores)) === label;
  });
  return correct.length / test.length;
}
