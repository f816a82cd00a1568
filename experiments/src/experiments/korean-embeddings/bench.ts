import type { EncoderModel } from '@headwise/core';
import { allDomains, realPairs } from '../../data/pairs/index.ts';
import type { Pair } from '../../data/split.ts';
import type { Lab } from '../../lab/lab.ts';
import { type TestSets, testSets } from './data.ts';
import { englishSearches, englishSets, koreanSearches, koreanSets, type Search } from './measure.ts';
import { NgramIndex } from './ngrams.ts';
import type { SetScores } from './result.ts';
import { chanceScores, places, type RetrievalScores, retrievalScores } from './retrieval.ts';
import { Teacher } from './teacher.ts';
import { type Embed, pick, type Vectors, vectorsOf } from './vectors.ts';

export const embedWith =
  (model: EncoderModel): Embed =>
  async (texts) =>
    vectorsOf(await model.embed(texts));

async function byName<Name extends string, T>(
  names: readonly Name[],
  compute: (name: Name) => T | Promise<T>,
): Promise<Record<Name, T>> {
  const entries: [Name, T][] = [];
  for (const name of names) entries.push([name, await compute(name)]);
  return Object.fromEntries(entries) as Record<Name, T>;
}

/** All searches of the tests, and the methods that answer them. */
export class Bench {
  readonly sets: TestSets;
  readonly #teacher: Teacher;
  readonly #validation: readonly Pair[];
  readonly #english: ReturnType<typeof englishSearches>;
  readonly #korean: ReturnType<typeof koreanSearches>;

  private constructor(lab: Lab, sets: TestSets, validation: readonly Pair[]) {
    this.sets = sets;
    this.#teacher = new Teacher(lab);
    this.#validation = validation;
    this.#english = englishSearches(sets);
    this.#korean = koreanSearches(sets);
  }

  static async open(lab: Lab): Promise<Bench> {
    const sets = await testSets((full, quick) => lab.size(full, quick), lab.seed);
    const { validation } = await realPairs(allDomains.filter((domain) => domain !== 'rights'));
    return new Bench(lab, sets, validation.slice(0, lab.size(validation.length, 20)));
  }

  /** The teacher's vectors of texts. */
  readonly teacher: Embed = (texts) => this.#teacher.vectors(texts);

  dispose(): Promise<void> {
    return this.#teacher.dispose();
  }

  /** Korean queries for all English texts of the real pairs. */
  get real(): Search {
    return this.#english.real;
  }

  /** The scores of a model that reads Korean, where English texts are at the teacher's vectors, and Korean ones at its own. */
  scores(embed: Embed): Promise<SetScores> {
    const measure = async ({ queries, candidates, gold }: Search, answers: Embed) =>
      retrievalScores(places(await embed(queries), await answers(candidates), gold), candidates.length);
    return this.#measure(
      (search) => measure(search, this.teacher),
      (search) => measure(search, embed),
    );
  }

  chance(): Promise<SetScores> {
    return this.#measure(({ queries, candidates }) => chanceScores(queries.length, candidates.length));
  }

  /** The scores of character n-grams, whose document frequencies are those of `texts`. */
  ngrams(texts: readonly string[]): Promise<SetScores> {
    return this.#measure(({ queries, candidates, gold }) =>
      retrievalScores(new NgramIndex(candidates, texts).places(queries, gold), candidates.length),
    );
  }

  /** The scores of the English text of the training pair whose Korean text has the most similar n-grams. */
  async nearest(pairs: readonly Pair[], english: Vectors): Promise<SetScores> {
    const index = new NgramIndex(pairs.map(({ target }) => target));
    const neighbours = (texts: readonly string[]) =>
      pick(
        english,
        texts.map((text) => index.nearest(text)),
      );
    return this.scores(async (texts) => neighbours(texts));
  }

  /** Scores of Korean queries for English texts of the validation part. */
  async validation(embed: Embed): Promise<RetrievalScores> {
    const english = await this.teacher(this.#validation.map(({ source }) => source));
    return retrievalScores(
      places(await embed(this.#validation.map(({ target }) => target)), english),
      english.rows,
    );
  }

  async #measure(
    english: (search: Search) => RetrievalScores | Promise<RetrievalScores>,
    korean = english,
  ): Promise<SetScores> {
    return {
      english: await byName(englishSets, (set) => english(this.#english[set])),
      korean: await byName(koreanSets, (set) => korean(this.#korean[set])),
    };
  }
}
