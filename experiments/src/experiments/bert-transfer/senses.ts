import { contextualVectors, type EncoderModel } from '@headwise/core';
import { type AmbiguousSentence, ambiguous } from '../../data/grammar/index.ts';
import { groupBy } from './group-by.ts';

/** How well the vectors of ambiguous words tell their meanings apart. Accuracies on sentences of the test part, from 0 to 1. */
export interface SenseResult {
  readonly sentences: number;
  /** Of the most frequent meaning of each word: what a vector that is the same in all sentences reaches. */
  readonly majority: number;
  /** By layer, the embeddings first. */
  readonly layers: readonly number[];
  /** By word. */
  readonly words: readonly {
    readonly word: string;
    readonly meanings: readonly string[];
    readonly majority: number;
    readonly layers: readonly number[];
  }[];
}

/** A word of a sentence with its meaning and its vectors by layer. */
export interface SenseVectors {
  readonly word: string;
  readonly meaning: string;
  readonly layers: readonly ArrayLike<number>[];
}

/** The word as the sentence has it: in Korean with its particle. */
export function wordForm({ text, word }: Pick<AmbiguousSentence, 'text' | 'word'>): string {
  const found = new RegExp(`(?<!\\p{L})${word}(?:은|는|이|가|을|를)?(?!\\p{L})`, 'u').exec(text);
  if (!found) throw new Error(`senses: expected ${word} in "${text}"`);
  return found[0];
}

/** Measures a model on the ambiguous words of the grammar: the nearest centroid of a meaning's vectors in the training part. */
export async function measureSenses(
  model: EncoderModel,
  seed: number,
  counts: { readonly train: number; readonly test: number },
): Promise<SenseResult> {
  const { train, test } = ambiguous({ seed });
  const vectorsOf = async (sentences: readonly AmbiguousSentence[]) => {
    const vectors: SenseVectors[] = [];
    for (const sentence of sentences) {
      const { layers } = await contextualVectors(model, sentence.text, wordForm(sentence));
      vectors.push({ word: sentence.word, meaning: sentence.meaning, layers });
    }
    return vectors;
  };
  return nearestCentroids(
    await vectorsOf(train.slice(0, counts.train)),
    await vectorsOf(test.slice(0, counts.test)),
  );
}

/** Accuracy of the meaning whose centroid is nearest, by layer. */
export function nearestCentroids(train: readonly SenseVectors[], test: readonly SenseVectors[]): SenseResult {
  const depth = train[0]!.layers.length;
  const words = [...groupBy(test, ({ word }) => word)].map(([word, members]) => {
    const known = train.filter((one) => one.word === word);
    const byMeaning = groupBy(known, ({ meaning }) => meaning);
    const [most] = [...byMeaning].reduce((a, b) => (b[1].length > a[1].length ? b : a));
    const layers = Array.from({ length: depth }, (_, layer) => {
      const centroids = [...byMeaning].map(([meaning, group]) => ({
        meaning,
        centroid: meanOf(group.map(({ layers: own }) => own[layer]!)),
      }));
      return members.filter(({ meaning, layers: own }) => {
        const distances = centroids.map(({ centroid }) => squaredDistance(centroid, own[layer]!));
        return centroids[distances.indexOf(Math.min(...distances))]!.meaning === meaning;
      }).length;
    });
    return {
      word,
      meanings: [...byMeaning.keys()].sort(),
      count: members.length,
      majority: members.filter(({ meaning }) => meaning === most).length,
      layers,
    };
  });
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / test.length;
  return {
    sentences: test.length,
    majority: total(words.map(({ majority }) => majority)),
    layers: Array.from({ length: depth }, (_, layer) => total(words.map(({ layers }) => layers[layer]!))),
    words: words.map(({ word, meanings, count, majority, layers }) => ({
      word,
      meanings,
      majority: majority / count,
      layers: layers.map((correct) => correct / count),
    })),
  };
}

function meanOf(vectors: readonly ArrayLike<number>[]): Float64Array {
  const mean = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) for (let i = 0; i < mean.length; i++) mean[i]! += vector[i]! / vectors.length;
  return mean;
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
