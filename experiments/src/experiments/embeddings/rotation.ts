import { hash } from '../../data/split.ts';
import type { Lexeme } from './lexemes.ts';
import { type Translations, translations, WordVectors } from './measures.ts';
import { symmetricEigen } from './pca.ts';
import type { Side } from './vocabulary.ts';

type Matrix = readonly (readonly number[])[];

/**
 * The rotation (or reflection) R that takes the rows of `from` nearest to those of `to`: the orthogonal Procrustes problem (Schönemann 1966).
 * R = M (Mᵀ M)^(−1/2) with M = fromᵀ to; directions in which the rows say nothing are left out.
 */
export function rotationBetween(
  from: readonly ArrayLike<number>[],
  to: readonly ArrayLike<number>[],
): Matrix {
  const width = from[0]!.length;
  const indices = Array.from({ length: width }, (_, i) => i);
  const product = indices.map((i) =>
    indices.map((j) => from.reduce((sum, row, k) => sum + row[i]! * to[k]![j]!, 0)),
  );
  const square = indices.map((i) =>
    indices.map((j) => product.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
  );
  const { values, vectors } = symmetricEigen(square);
  const kept = vectors.filter((_, k) => values[k]! > 1e-9 * values[0]!);
  // Each direction v of `to` comes from the direction M v / |M v| of `from`.
  const sources = kept.map((vector) => {
    const source = product.map((row) => row.reduce((sum, value, j) => sum + value * vector[j]!, 0));
    const length = Math.hypot(...source);
    return source.map((value) => value / length);
  });
  return indices.map((i) => indices.map((j) => kept.reduce((sum, v, k) => sum + sources[k]![i]! * v[j]!, 0)));
}

const apply = (vector: ArrayLike<number>, matrix: Matrix): number[] =>
  matrix.map((_, j) => matrix.reduce((sum, row, i) => sum + vector[i]! * row[j]!, 0));

/** The mean of the vectors of some words. */
function meanOf(vectors: WordVectors, words: readonly string[]): Float64Array {
  const sum = new Float64Array(vectors.of(words[0]!).length);
  for (const word of words)
    for (const [i, value] of vectors.of(word).entries()) sum[i]! += value / words.length;
  return sum;
}

/**
 * Translations after one rotation of the English vectors, which is found from half of the meanings and tried on the other half. The mean
 * vector of each language is subtracted before.
 */
export function rotatedTranslations(
  vectors: WordVectors,
  lexemes: readonly Lexeme[],
  words: Readonly<Record<Side, readonly string[]>>,
): Record<Side, Translations> {
  const means = { en: meanOf(vectors, words.en), ko: meanOf(vectors, words.ko) };
  const centred = (side: Side, vector: Float64Array) => vector.map((value, i) => value - means[side][i]!);
  const isKnown = ({ name }: Lexeme) => hash(name) % 2 === 0;
  const of = (side: Side) =>
    lexemes.filter(isKnown).map((lexeme) => centred(side, meanOf(vectors, lexeme[side])));
  const rotation = rotationBetween(of('en'), of('ko'));
  const english = new Set(words.en);
  const rotated = new WordVectors([...words.en, ...words.ko], (word) =>
    english.has(word) ? apply(centred('en', vectors.of(word)), rotation) : centred('ko', vectors.of(word)),
  );
  const asked = lexemes.filter((lexeme) => !isKnown(lexeme));
  return {
    en: translations(rotated, asked, 'en', words.ko),
    ko: translations(rotated, asked, 'ko', words.en),
  };
}
