import type { Pair } from '../../data/split.ts';
import type { Bench } from './bench.ts';
import { agreement, contrastScore, misses, partsBy, wordsOf } from './measure.ts';
import type { CloserLook } from './result.ts';
import { places, retrievalScores } from './retrieval.ts';
import type { Embed } from './vectors.ts';

/** Random pairs of texts whose similarities are compared with the teacher's. */
const SIMILARITIES = 20_000;

/** What the shipped student does well and where it fails, on the real pairs of the test. */
export async function closerLook(
  bench: Bench,
  student: Embed,
  trainedOn: readonly Pair[],
  seed: number,
): Promise<CloserLook> {
  const { real, negations, days } = bench.sets;
  const { teacher } = bench;
  const english = real.map(({ source }) => source);
  const korean = real.map(({ target }) => target);
  const [targets, asked, own] = [await teacher(english), await student(korean), await student(english)];
  const candidates = real.length;
  const found = places(asked, targets);
  const seen = new Set(trainedOn.flatMap(({ target }) => wordsOf(target)));
  const unseen = korean.map((text) => wordsOf(text).filter((word) => !seen.has(word)).length);
  const agrees = async (vectors: Promise<typeof asked> | typeof asked) =>
    agreement(await vectors, targets, SIMILARITIES, seed);
  const domains = [...new Set(real.map(({ domain }) => domain))];
  return {
    ownEnglish: retrievalScores(places(own, targets), candidates),
    koreanToOwnEnglish: retrievalScores(places(asked, own), candidates),
    agreement: {
      teacherOnKorean: await agrees(teacher(korean)),
      korean: await agrees(asked),
      english: await agrees(own),
    },
    contrasts: {
      negation: await contrastScore(negations, student, teacher),
      day: await contrastScore(days, student, teacher),
    },
    byDomain: domains.map((domain) => ({
      domain,
      ...retrievalScores(
        found.filter((_, i) => real[i]!.domain === domain),
        candidates,
      ),
    })),
    byUnseenWords: partsBy(unseen, [0, 1, 2, 3], found, candidates),
    byLength: partsBy(
      korean.map(({ length }) => length),
      [1, 6, 16, 31, 61],
      found,
      candidates,
    ),
    misses: misses(bench.real, asked, targets, 8),
  };
}
