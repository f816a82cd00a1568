import { spearman } from '@headwise/core/metrics';
import { Choices } from '../../data/random.ts';
import { hash } from '../../data/split.ts';
import { type Contrast, LEFT_OUT, type TestSets } from './data.ts';
import {
  type Place,
  placeOf,
  type RetrievalScores,
  rankOf,
  retrievalScores,
  similarities,
} from './retrieval.ts';
import { dot, type Embed, rowOf, type Vectors } from './vectors.ts';

/** A way to measure one set: what is asked, what is searched, and what belongs to what. */
export interface Search {
  readonly queries: readonly string[];
  readonly candidates: readonly string[];
  /** Index of the candidate that belongs to a query. */
  readonly gold: (query: number) => number;
}

const same = (query: number) => query;
const without = (texts: readonly string[], others: ReadonlySet<string>) =>
  texts.filter((text) => !others.has(text));

/** The searches with Korean queries for Korean texts. */
export function koreanSearches({ paraphrases, translations, real }: TestSets): Record<KoreanSet, Search> {
  const known = new Set(translations.map(({ english }) => english));
  // The real texts of the test as further candidates, but no further translation of the same text.
  const others = real.filter(({ source }) => !known.has(source.toLowerCase())).map(({ target }) => target);
  return {
    paraphrases: {
      queries: paraphrases.map(({ korean }) => korean),
      candidates: paraphrases.map(({ other }) => other),
      gold: same,
    },
    translations: {
      queries: translations.map(({ korean }) => korean),
      candidates: [
        ...translations.map(({ other }) => other),
        ...without(others, new Set(translations.map(({ other }) => other))),
      ],
      gold: same,
    },
  };
}

/** The searches with Korean queries for English texts. */
export function englishSearches({ real, rights, paraphrases }: TestSets): Record<EnglishSet, Search> {
  const search = (pairs: readonly { source: string; target: string }[]): Search => ({
    queries: pairs.map(({ target }) => target),
    candidates: pairs.map(({ source }) => source),
    gold: same,
  });
  const all = search(real);
  const rows = leftOutRows(real);
  return {
    real: all,
    interfaces: { ...all, queries: rows.map((row) => all.queries[row]!), gold: (query) => rows[query]! },
    rights: search(rights),
    grammar: search(paraphrases.map(({ english, korean }) => ({ source: english, target: korean }))),
  };
}

/** Indices of the test pairs of the domains that one student is trained without. */
export const leftOutRows = (real: TestSets['real']): number[] =>
  real.flatMap(({ domain }, row) => (LEFT_OUT.includes(domain) ? [row] : []));

export const englishSets = ['real', 'interfaces', 'rights', 'grammar'] as const;
export type EnglishSet = (typeof englishSets)[number];
export const koreanSets = ['paraphrases', 'translations'] as const;
export type KoreanSet = (typeof koreanSets)[number];

/** How often a Korean sentence is nearer to its translation than to a sentence that differs in one thing. */
export interface ContrastScore {
  readonly count: number;
  readonly accuracy: number;
  /** Mean similarity of the two English sentences by the teacher: how far apart the student can be expected to put them. */
  readonly teacherSimilarity: number;
}

export async function contrastScore(
  contrasts: readonly Contrast[],
  student: Embed,
  teacher: Embed,
): Promise<ContrastScore> {
  const korean = await student(contrasts.map((contrast) => contrast.korean));
  const right = await teacher(contrasts.map((contrast) => contrast.right));
  const wrong = await teacher(contrasts.map((contrast) => contrast.wrong));
  let [correct, similarity] = [0, 0];
  for (let i = 0; i < contrasts.length; i++) {
    if (dot(rowOf(korean, i), rowOf(right, i)) > dot(rowOf(korean, i), rowOf(wrong, i))) correct++;
    similarity += dot(rowOf(right, i), rowOf(wrong, i));
  }
  const count = contrasts.length;
  return { count, accuracy: correct / count, teacherSimilarity: similarity / count };
}

/** Agreement with the teacher on which texts are similar. */
export interface Agreement {
  /** Mean cosine of a text's vector and the teacher's of its English. */
  readonly cosine: number;
  /** Rank correlation of the similarities of random pairs of texts with those by the teacher of their English. */
  readonly spearman: number;
}

/** @param vectors of texts; @param targets the teacher's of the same texts in English; @param count how many random pairs */
export function agreement(vectors: Vectors, targets: Vectors, count: number, seed: number): Agreement {
  const choices = new Choices(seed, 30);
  const { rows } = vectors;
  const drawn = Array.from(
    { length: count },
    () => [choices.integer(0, rows - 1), choices.integer(0, rows - 1)] as const,
  );
  const distinct = drawn.filter(([a, b]) => a !== b);
  const of = (set: Vectors) => distinct.map(([a, b]) => dot(rowOf(set, a), rowOf(set, b)));
  let cosine = 0;
  for (let row = 0; row < rows; row++) cosine += dot(rowOf(vectors, row), rowOf(targets, row)) / rows;
  return { cosine, spearman: spearman(of(vectors), of(targets)) };
}

/** Words of a Korean text in lower case, without the punctuation around them. */
export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\d{]+|[^\p{L}\d}]+$/gu, ''))
    .filter((word) => /\p{L}/u.test(word));

/** Scores of those queries that a property tells apart. */
export interface Part extends RetrievalScores {
  /** The least and the most of the property. */
  readonly from: number;
  readonly to: number | null;
}

/** Scores by a property of the queries, in classes that begin at `starts`. */
export function partsBy(
  values: readonly number[],
  starts: readonly number[],
  found: readonly Place[],
  candidates: number,
): Part[] {
  return starts.flatMap((from, i) => {
    const to = starts[i + 1];
    const members = found.filter(
      (_, query) => values[query]! >= from && (to === undefined || values[query]! < to),
    );
    if (members.length === 0) return [];
    return [{ from, to: to === undefined ? null : to - 1, ...retrievalScores(members, candidates) }];
  });
}

/** A query that was not answered well: what was found first instead. */
export interface Miss {
  readonly korean: string;
  readonly english: string;
  readonly found: string;
  readonly rank: number;
}

/** The first `count` queries, in the order of their hash, whose text is not among the first ten. */
export function misses(
  { queries, candidates, gold }: Search,
  asked: Vectors,
  answers: Vectors,
  count: number,
): Miss[] {
  const order = queries.map((_, i) => i).sort((a, b) => hash(queries[a]!) - hash(queries[b]!));
  const found: Miss[] = [];
  for (const query of order) {
    if (found.length === count) break;
    const scores = similarities(rowOf(asked, query), answers);
    const rank = rankOf(placeOf(scores, gold(query)));
    if (rank <= 10) continue;
    const first = scores.indexOf(Math.max(...scores));
    found.push({
      korean: queries[query]!,
      english: candidates[gold(query)]!,
      found: candidates[first]!,
      rank,
    });
  }
  return found;
}
